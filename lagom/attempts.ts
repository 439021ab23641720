/**
 * The attempts of a script, kept in memory: what they say goes to the log of this process, and decisions are made at once, so that no
 * report waits. A process that was given up may still have said something, so each word's token is checked here too.
 */
import { randomUUID } from 'node:crypto';
import {
  cutMessage,
  requireFinite,
  type AttemptKeeper,
  type AttemptToken,
  type Binding,
  type FinishAnswer,
  type Outcome,
  type Refused,
  type RenewAnswer,
  type Report,
  type ReportAnswer,
  type ResumePoint,
  type StoredKind,
} from '../core/attempt.ts';
import type { ReadyEntry } from '../core/events.ts';
import type { Decision } from '../core/states.ts';
import type { LocalLog } from '../optimizer/local-log.ts';

/** One trial, over all of its attempts. */
interface TrialRecord {
  readonly attempt: AttemptRecord;
  readonly decisions: Map<number, Decision>;
  reports: number;
  last: Report | null;
  checkpoint: { readonly id: string; readonly step: number } | null;
}

/** The newest attempt of a trial. */
interface AttemptRecord {
  readonly token: AttemptToken;
  /** Step that its segment runs to; 0 where there are no rungs. */
  readonly resource: number;
  state: 'running' | 'over' | 'lost';
  /** Reports taken, and the step of the last that counted. */
  taken: number;
  step: number;
  isStopped: boolean;
}

interface LocalAttemptsOptions {
  readonly log: LocalLog;
  readonly experiment: string;
  /** Called after each event of the log. */
  readonly onEvent: () => void;
  readonly onLine: (line: string, trial: number) => void;
}

const superseded: Refused = { kind: 'refused', why: 'superseded' };
const lost: Refused = { kind: 'refused', why: 'lost' };

export class LocalAttempts implements AttemptKeeper {
  readonly #options: LocalAttemptsOptions;
  readonly #trials: TrialRecord[] = [];

  constructor(options: LocalAttemptsOptions) {
    this.#options = options;
  }

  /** The last report of a trial, in the user's sign. */
  lastValue(trial: number): number | undefined {
    return this.#trials[trial]?.last?.value;
  }

  /** An attempt that the log has bound. */
  begin(entry: ReadyEntry): Binding {
    const { trial, attempt, resource = 0 } = entry;
    const { log, experiment } = this.#options;
    const token = { experiment, trial, attempt, nonce: randomUUID() };
    const before = this.#trials[trial] ?? { decisions: new Map<number, Decision>(), reports: 0, last: null, checkpoint: null };
    this.#trials[trial] = { ...before, attempt: { token, resource, state: 'running', taken: 0, step: 0, isStopped: false } };
    const { incumbent, trials } = log.engine.state;
    return { token, entry, resumeFrom: resumePointOf(before), best: incumbent === null ? null : (trials[incumbent]?.value ?? null) };
  }

  /** The attempt ended without an outcome. */
  lose(token: AttemptToken): void {
    const trial = this.#running(token);
    if ('kind' in trial) return;
    trial.attempt.state = 'lost';
    this.#append({ type: 'attemptLost', ...progressOf(trial), ...lastValueOf(trial) });
  }

  async report(token: AttemptToken, first: number | 'next', reports: readonly Report[], decides: boolean): Promise<ReportAnswer> {
    for (const report of reports) requireFinite(report);
    const trial = this.#running(token);
    if ('kind' in trial) return trial;
    const { attempt } = trial;
    const skipped = first === 'next' ? 0 : attempt.taken + 1 - first;
    if (skipped < 0) return { kind: 'gap', resendFrom: attempt.taken + 1 };
    let counts = false;
    for (const report of reports.slice(skipped)) {
      attempt.taken += 1;
      counts = report.step > attempt.step;
      if (!counts) continue;
      attempt.step = report.step;
      trial.reports += 1;
      trial.last = report;
    }
    const last = reports.at(-1);
    const { taken } = attempt;
    if (this.#isToStop(trial)) return { kind: 'taken', taken, decision: 'stop' };
    return { kind: 'taken', taken, decision: decides && last !== undefined ? this.#decide(trial, last, counts) : 'continue' };
  }

  async renew(token: AttemptToken, _leaseMs: number, awaitedStep?: number): Promise<RenewAnswer> {
    const trial = this.#running(token);
    if ('kind' in trial) return trial;
    const decision = awaitedStep === undefined ? null : (recordedDecision(trial, awaitedStep) ?? null);
    return { kind: 'renewed', stop: this.#isToStop(trial), decision };
  }

  async timeOutDecision(token: AttemptToken, step: number) {
    const trial = this.#running(token);
    return 'kind' in trial ? trial : { kind: 'decided' as const, decision: recordedDecision(trial, step) ?? 'continue' };
  }

  async finish(token: AttemptToken, outcome: Outcome, said?: number): Promise<FinishAnswer> {
    if (outcome.state === 'completed') requireFinite(outcome);
    const trial = this.#held(token);
    if ('kind' in trial) return trial;
    const { attempt } = trial;
    if (attempt.state === 'over') return { kind: 'finished' };
    if (said !== undefined && said > attempt.taken) return { kind: 'gap', resendFrom: attempt.taken + 1 };
    if (said !== undefined && !this.#isAsked(trial, outcome.state)) return { kind: 'undecided' };
    attempt.state = 'over';
    this.#tell(trial, outcome);
    return { kind: 'finished' };
  }

  async release(token: AttemptToken) {
    const trial = this.#newest(token);
    if ('kind' in trial) return trial;
    this.lose(token);
    return { kind: 'released' as const };
  }

  async registerFiles(token: AttemptToken, kind: StoredKind, id: string, step: number) {
    const trial = this.#running(token);
    if ('kind' in trial) return trial;
    if (kind === 'checkpoint') trial.checkpoint = { id, step };
    return { kind: 'registered' as const };
  }

  async registeredCheckpoint({ trial }: AttemptToken) {
    return this.#trials[trial]?.checkpoint?.id ?? null;
  }

  async appendOutput(token: AttemptToken, lines: readonly string[]) {
    const trial = this.#held(token);
    if ('kind' in trial) return trial;
    for (const line of lines) this.#options.onLine(line, token.trial);
    return { kind: 'kept' as const };
  }

  // Each answers the record of the token's trial, or why its attempt is refused.

  #newest({ trial: number, attempt, nonce }: AttemptToken): TrialRecord | Refused {
    const trial = this.#trials[number];
    return trial?.attempt.token.attempt === attempt && trial.attempt.token.nonce === nonce ? trial : superseded;
  }

  #held(token: AttemptToken): TrialRecord | Refused {
    const trial = this.#newest(token);
    return 'kind' in trial || trial.attempt.state !== 'lost' ? trial : lost;
  }

  #running(token: AttemptToken): TrialRecord | Refused {
    const trial = this.#newest(token);
    return 'kind' in trial || trial.attempt.state === 'running' ? trial : lost;
  }

  #isToStop({ attempt }: TrialRecord): boolean {
    return attempt.isStopped || this.#options.log.engine.state.phase === 'stopping';
  }

  /** Whether an outcome that carries a decision out has one. */
  #isAsked(trial: TrialRecord, state: Outcome['state']): boolean {
    if (state === 'paused') return recordedDecision(trial, trial.attempt.step) === 'pause';
    return state !== 'stopped' || this.#isToStop(trial);
  }

  #decide(trial: TrialRecord, { step, value }: Report, counts: boolean): Decision {
    const recorded = recordedDecision(trial, step);
    if (recorded !== undefined) return recorded;
    // A report of an older step changes nothing, so there is nothing to decide.
    if (!counts) return 'continue';
    const { token } = trial.attempt;
    const decision = this.#options.log.decide({ trial: token.trial, attempt: token.attempt, step, value });
    trial.decisions.set(step, decision);
    if (decision === 'stop') trial.attempt.isStopped = true;
    this.#options.onEvent();
    return decision;
  }

  #tell(trial: TrialRecord, outcome: Outcome): void {
    const progress = progressOf(trial);
    switch (outcome.state) {
      case 'completed':
        return this.#append({ type: 'completed', ...progress, value: outcome.value, metrics: outcome.metrics });
      case 'failed':
        return this.#append({ type: 'failed', ...progress, reason: outcome.reason, message: cutMessage(outcome.message) });
      case 'stopped':
      case 'paused':
        return this.#append({ type: outcome.state, ...progress, ...lastValueOf(trial) });
    }
  }

  #append(event: Parameters<LocalLog['append']>[0]): void {
    this.#options.log.append(event);
    this.#options.onEvent();
  }
}

function resumePointOf({ checkpoint, last }: Pick<TrialRecord, 'checkpoint' | 'last'>): ResumePoint | null {
  if (checkpoint === null) return null;
  return last !== null && last.step <= checkpoint.step ? { ...checkpoint, reported: last.metrics } : checkpoint;
}

/** A trial that was promoted and starts from scratch gets through the pauses on its way. */
function recordedDecision({ decisions, attempt }: TrialRecord, step: number): Decision | undefined {
  const decision = decisions.get(step);
  return decision === 'pause' && step < attempt.resource ? 'continue' : decision;
}

function progressOf({ attempt: { token }, reports, last }: TrialRecord) {
  return { trial: token.trial, attempt: token.attempt, reports, lastStep: last?.step ?? 0 };
}

function lastValueOf({ last }: TrialRecord): { readonly value?: number } {
  return last === null ? {} : { value: last.value };
}
