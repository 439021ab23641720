/**
 * What attempts say, kept in memory: the counterpart of the scripts in `queue/scripts`, with the same answers. Each attempt's token is
 * checked here too, since a process that was given up may still have said something. Decisions are made at once, so no report waits.
 */
import { randomUUID } from 'node:crypto';
import type { Metrics, ReadyEntry } from '../core/events.ts';
import type { Decision } from '../core/states.ts';
import type { LocalLog } from '../optimizer/local-log.ts';
import type { AttemptKeeper, AttemptToken, Binding, Outcome, Refused, Report, ReportAnswer, StoredKind } from '../queue/attempts.ts';

/** One trial, over all of its attempts. */
interface TrialRecord {
  token: AttemptToken;
  isRunning: boolean;
  /** Step that its segment runs to; 0 where there are no rungs. */
  resource: number;
  /** Of the attempt: reports taken, and the step of the last that counted. */
  taken: number;
  attemptStep: number;
  reports: number;
  lastStep: number;
  lastValue: number | undefined;
  readonly decisions: Map<number, Decision>;
  lastMetrics: Metrics | undefined;
  checkpoint: { readonly id: string; readonly step: number } | null;
}

interface LocalAttemptsOptions {
  readonly log: LocalLog;
  readonly experiment: string;
  /** Called after each event of the log. */
  readonly onEvent: () => void;
  readonly onLine: (line: string, trial: number) => void;
}

const lost: Refused = { kind: 'refused', why: 'lost' };

export class LocalAttempts implements AttemptKeeper {
  readonly #options: LocalAttemptsOptions;
  readonly #trials: TrialRecord[] = [];

  constructor(options: LocalAttemptsOptions) {
    this.#options = options;
  }

  /** The last report of a trial, in the user's sign. */
  lastValue(trial: number): number | undefined {
    return this.#trials[trial]?.lastValue;
  }

  /** An attempt that the log has bound. */
  begin(entry: ReadyEntry): Binding {
    const { trial, attempt, resource = 0 } = entry;
    const token = { experiment: this.#options.experiment, trial, attempt, nonce: randomUUID() };
    const before = this.#trials[trial];
    const { checkpoint = null, decisions = new Map<number, Decision>(), reports = 0, lastStep = 0, lastValue, lastMetrics } = before ?? {};
    this.#trials[trial] = {
      token,
      isRunning: true,
      resource,
      taken: 0,
      attemptStep: 0,
      reports,
      lastStep,
      lastValue,
      lastMetrics,
      decisions,
      checkpoint,
    };
    const { state } = this.#options.log.engine;
    const best = state.incumbent === null ? null : (state.trials[state.incumbent]?.value ?? null);
    const reported = checkpoint !== null && lastMetrics !== undefined && lastStep <= checkpoint.step ? { reported: lastMetrics } : {};
    return { token, entry, resumeFrom: checkpoint === null ? null : { ...checkpoint, ...reported }, best };
  }

  /** The attempt ended without an outcome. */
  lose(token: AttemptToken): void {
    const record = this.#held(token);
    if (record !== undefined) this.#end(record, { type: 'attemptLost', ...progressOf(record), ...lastOf(record) });
  }

  async report(token: AttemptToken, first: number, reports: readonly Report[], decides: boolean): Promise<ReportAnswer> {
    const record = this.#held(token);
    if (record === undefined) return lost;
    if (first > record.taken + 1) return { kind: 'gap', resendFrom: record.taken + 1 };
    let counts = false;
    for (const { step, value, metrics } of reports.slice(record.taken + 1 - first)) {
      record.taken += 1;
      // The first report of an (attempt, step) counts; an older step changes nothing.
      counts = step > record.attemptStep;
      if (!counts) continue;
      record.attemptStep = step;
      record.lastStep = step;
      record.lastValue = value;
      record.lastMetrics = metrics;
      record.reports += 1;
    }
    const { taken } = record;
    const last = reports.at(-1);
    if (this.#isStopping) return { kind: 'taken', taken, decision: 'stop' };
    return { kind: 'taken', taken, decision: decides && last !== undefined ? this.#decide(record, last, counts) : 'continue' };
  }

  async renew(token: AttemptToken, _leaseMs: number, awaitedStep?: number) {
    const record = this.#held(token);
    if (record === undefined) return lost;
    const decision = awaitedStep === undefined ? null : (recordedDecision(record, awaitedStep) ?? null);
    return { kind: 'renewed' as const, stop: this.#isStopping, decision };
  }

  async timeOutDecision(token: AttemptToken, step: number) {
    const record = this.#held(token);
    return record === undefined ? lost : { kind: 'decided' as const, decision: recordedDecision(record, step) ?? 'continue' };
  }

  async finish(token: AttemptToken, outcome: Outcome) {
    const record = this.#held(token);
    if (record === undefined) return lost;
    switch (outcome.state) {
      case 'completed':
        this.#end(record, { type: 'completed', ...progressOf(record), value: outcome.value, metrics: outcome.metrics });
        break;
      case 'failed':
        this.#end(record, { type: 'failed', ...progressOf(record), reason: outcome.reason, message: outcome.message });
        break;
      case 'stopped':
      case 'paused':
        this.#end(record, { type: outcome.state, ...progressOf(record), ...lastOf(record) });
        break;
    }
    return { kind: 'finished' as const };
  }

  async release(token: AttemptToken) {
    this.lose(token);
    return { kind: 'released' as const };
  }

  async registerFiles(token: AttemptToken, kind: StoredKind, id: string, step: number) {
    const record = this.#held(token);
    if (record === undefined) return lost;
    if (kind === 'checkpoint') record.checkpoint = { id, step };
    return { kind: 'registered' as const };
  }

  async registeredCheckpoint({ trial }: AttemptToken) {
    return this.#trials[trial]?.checkpoint?.id ?? null;
  }

  async appendOutput(token: AttemptToken, lines: readonly string[]) {
    const record = this.#held(token);
    if (record === undefined) return lost;
    for (const line of lines) this.#options.onLine(line, token.trial);
    return { kind: 'kept' as const };
  }

  get #isStopping(): boolean {
    return this.#options.log.engine.state.phase === 'stopping';
  }

  #held({ trial, attempt, nonce }: AttemptToken): TrialRecord | undefined {
    const record = this.#trials[trial];
    return record?.isRunning === true && record.token.attempt === attempt && record.token.nonce === nonce ? record : undefined;
  }

  #decide(record: TrialRecord, { step, value }: Report, counts: boolean): Decision {
    const recorded = recordedDecision(record, step);
    if (recorded !== undefined) return recorded;
    // A report of an older step changes nothing, so there is nothing to decide.
    if (!counts) return 'continue';
    const { trial, attempt } = record.token;
    const decision = this.#options.log.decide({ trial, attempt, step, value });
    record.decisions.set(step, decision);
    this.#options.onEvent();
    return decision;
  }

  #end(record: TrialRecord, event: Parameters<LocalLog['append']>[0]): void {
    record.isRunning = false;
    this.#options.log.append(event);
    this.#options.onEvent();
  }
}

/** A trial that was promoted and starts from scratch gets through the pauses on its way. */
function recordedDecision({ decisions, resource }: TrialRecord, step: number): Decision | undefined {
  const decision = decisions.get(step);
  return decision === 'pause' && step < resource ? 'continue' : decision;
}

function progressOf({ token: { trial, attempt }, reports, lastStep }: TrialRecord) {
  return { trial, attempt, reports, lastStep };
}

function lastOf({ lastValue }: TrialRecord): { readonly value?: number } {
  return lastValue === undefined ? {} : { value: lastValue };
}
