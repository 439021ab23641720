/** What attempts say to Redis, counted for Prometheus. */
import type { WorkerMetrics } from '../metrics/metrics.ts';
import type { AttemptToken, Report, ReportAnswer } from '../core/attempt.ts';
import { Attempts } from '../queue/attempts.ts';

export class MeteredAttempts extends Attempts {
  readonly #metrics: WorkerMetrics;

  constructor(metrics: WorkerMetrics, ...where: ConstructorParameters<typeof Attempts>) {
    super(...where);
    this.#metrics = metrics;
  }

  override async report(token: AttemptToken, first: number | 'next', reports: readonly Report[], decides: boolean): Promise<ReportAnswer> {
    const answer = await super.report(token, first, reports, decides);
    if (answer.kind === 'taken') this.#metrics.reports.inc(reports.length);
    return answer;
  }
}
