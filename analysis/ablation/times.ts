/**
 * What training times say. The first trial of a process also lets the compiler warm up and loads the data, and so does its first one with other data;
 * a trial that was retried counts the time of lost attempts. Such times say more of the study than of the component, and are left out. What is left is
 * paired by seed like the values, and since replicates take turns (`course.ts`), a pair ran on a machine that was about as busy.
 */
import { mean, standardDeviation } from '../statistics/moments.ts';
import { twoSidedQuantile } from '../statistics/student-t.ts';
import type { Duration } from './answer.ts';
import type { StudyTrial } from './course.ts';

const confidence = 0.95;

/** When and where one trial of a study ran. */
export interface Timed {
  readonly trial: number;
  readonly durationSeconds?: number;
  readonly attempts?: number;
  /** Trials of one place run in one process, one after the other. */
  readonly place?: string;
  /** ms since 1970. */
  readonly startedAt?: number;
}

/**
 * By trial, in whole ms, in which trials are timed: so that equal times differ by 0.
 * @param trials of the study, in their order
 */
export function comparableTimes(trials: readonly StudyTrial[], measured: ReadonlyMap<number, Timed>): Map<number, number> {
  const firsts = new Map<string, Timed>();
  const placed = trials.flatMap(({ component: { exclusion } }, number) => {
    const trial = measured.get(number);
    if (trial?.place === undefined || trial.startedAt === undefined) return [];
    const data = JSON.stringify([trial.place, exclusion.features, exclusion.variant]);
    const first = firsts.get(data)?.startedAt ?? Infinity;
    if (trial.startedAt < first) firsts.set(data, trial);
    return [{ trial, data }];
  });
  const times = new Map<number, number>();
  for (const { trial, data } of placed) {
    const { durationSeconds, attempts } = trial;
    if (durationSeconds === undefined || attempts !== 1 || firsts.get(data) === trial) continue;
    times.set(trial.trial, Math.round(1000 * durationSeconds));
  }
  return times;
}

/** @param differencesMs paired by seed */
export function durationChange(differencesMs: readonly number[]): Duration | null {
  const pairs = differencesMs.length;
  if (pairs === 0) return null;
  const centre = mean(differencesMs) / 1000;
  if (pairs === 1) return { pairs, differenceSeconds: centre, intervalSeconds: null };
  const half = (twoSidedQuantile(confidence, pairs - 1) * standardDeviation(differencesMs)) / Math.sqrt(pairs) / 1000;
  return { pairs, differenceSeconds: centre, intervalSeconds: [centre - half, centre + half] };
}
