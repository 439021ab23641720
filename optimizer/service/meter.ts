/** Counts what happens to one experiment for Prometheus, from the events of its log as they are folded. Decides nothing and keeps next to nothing. */
import type { LogEvent } from '../../core/events.ts';
import type { OptimizerMetrics } from '../../metrics/metrics.ts';

export class Meter {
  readonly #metrics: OptimizerMetrics;
  /** When each trial reported at the decision step that it waits at, by the clock of Redis; ms. */
  readonly #reportedAt = new Map<number, number>();

  constructor(metrics: OptimizerMetrics) {
    this.#metrics = metrics;
  }

  count(event: LogEvent): void {
    const { decisions, decisionLatency, decisionsTimedOut, attempts, attemptsLost, outcomes } = this.#metrics;
    switch (event.type) {
      case 'reported':
        this.#reportedAt.set(event.trial, event.at);
        return;
      case 'decided': {
        decisions.inc({ decision: event.decision });
        const reportedAt = this.#reportedAt.get(event.trial);
        // Of one that was waiting at the takeover nobody here has seen the report.
        if (reportedAt !== undefined) decisionLatency.observe((event.at - reportedAt) / 1000);
        this.#reportedAt.delete(event.trial);
        return;
      }
      case 'decisionTimedOut':
        decisionsTimedOut.inc();
        return;
      case 'bound':
        attempts.inc({ origin: event.origin });
        return;
      case 'attemptLost':
        attemptsLost.inc();
        this.#reportedAt.delete(event.trial);
        return;
      case 'completed':
      case 'stopped':
      case 'paused':
      case 'failed':
        outcomes.inc({ outcome: event.type });
        this.#reportedAt.delete(event.trial);
        return;
      case 'submitted':
      case 'added':
      case 'surrogateFitted':
      case 'capacityChanged':
      case 'controlRequested':
      case 'timerExpired':
      case 'ended':
        return;
    }
  }
}
