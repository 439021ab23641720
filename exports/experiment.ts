/**
 * What an export is made of: an experiment, read one trial at a time, so that none of any size is ever in memory whole. Where it is read
 * from is the caller's; files of this room turn it into rows and bytes.
 */
import type { Metrics } from '../core/events.ts';
import type { Specification } from '../core/experiment.ts';
import type { TrialRow } from '../core/results.ts';

/** One report of a curve, in the user's sign; `at` is in ms since 1970. */
export interface Report {
  readonly attempt: number;
  readonly step: number;
  readonly value: number;
  readonly at: number;
  readonly metrics: Metrics;
}

/** A trial with its curve, in the order of arrival. */
export interface Run {
  readonly trial: TrialRow;
  readonly reports: AsyncIterable<Report>;
}

export interface ExportedExperiment {
  readonly specification: Specification;
  /** ms since 1970 */
  readonly createdAt: number;
  /** By number; read anew on each call. */
  trials(): AsyncIterable<TrialRow>;
  /** By number; the reports of one are read before the next is asked for. */
  runs(): AsyncIterable<Run>;
}

/** All that was measured of a trial, with the outcome behind the reports where it says more than the last of them. */
export async function* measurements({ trial, reports }: Run): AsyncGenerator<Pick<Report, 'step' | 'at' | 'metrics'>, void, undefined> {
  let last: Metrics = {};
  for await (const report of reports) {
    last = report.metrics;
    yield report;
  }
  const { metrics, lastStep, endedAt } = trial;
  if (metrics === null || endedAt === null) return;
  const news = Object.entries(metrics).filter(([name, value]) => last[name] !== value);
  if (news.length > 0) yield { step: lastStep, at: endedAt, metrics: Object.fromEntries(news) };
}
