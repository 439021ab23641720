/**
 * An attempt, as whoever runs it and whoever keeps its record agree on it: the token that proves who runs it, the binding that says
 * what, the words that it says and the answers it hears. Redis keeps the attempts of workers and askers (`queue/attempts.ts`), memory those of
 * a script (`lagom/attempts.ts`); an attempt in `worker/` knows only an `AttemptKeeper`. `test/contract/attempt-keeper.ts` is what both promise.
 */
import Type, { type Static } from 'typebox';
import { invalid } from './errors.ts';
import { MetricsSchema, ReadyEntry, type FailureReason, type Metrics } from './events.ts';
import type { Decision } from './states.ts';

/** Proof that its holder runs this attempt. */
export const AttemptToken = Type.Object({
  experiment: Type.String(),
  trial: Type.Integer({ minimum: 0 }),
  attempt: Type.Integer({ minimum: 1 }),
  /** Random: whoever has it may say what becomes of the attempt. */
  nonce: Type.String(),
});
export type AttemptToken = Static<typeof AttemptToken>;

/** The checkpoint that an attempt may go on from. */
export const ResumePoint = Type.Object({
  id: Type.String(),
  step: Type.Integer({ minimum: 0 }),
  /** Metrics of the trial's last report, where the checkpoint was saved no earlier: nothing may be left to report. */
  reported: Type.Optional(MetricsSchema),
});
export type ResumePoint = Static<typeof ResumePoint>;

/** What an attempt is to run. */
export const Binding = Type.Object({
  token: AttemptToken,
  entry: ReadyEntry,
  /** The trial's last registered checkpoint, if it may be resumed from. */
  resumeFrom: Type.Union([ResumePoint, Type.Null()]),
  /** The best completed value when the attempt started, in the user's sign; null before the first. */
  best: Type.Union([Type.Number(), Type.Null()]),
});
export type Binding = Static<typeof Binding>;

export interface Report {
  readonly step: number;
  /** The experiment's metric. */
  readonly value: number;
  readonly metrics: Metrics;
}

export type Outcome =
  | { readonly state: 'completed'; readonly value: number; readonly metrics: Metrics }
  | { readonly state: 'stopped' | 'paused' }
  | { readonly state: 'failed'; readonly reason: FailureReason; readonly message: string };

export type AttemptEnd = Outcome['state'];

/** What an attempt writes to the checkpoint store. */
export type StoredKind = 'checkpoint' | 'model';

/**
 * Nothing that the attempt says counts any more: its process must end. The experiment is `gone`, another attempt of its trial has
 * `superseded` this one, or this one is over: it has told its outcome, or was `lost`.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly why: 'gone' | 'superseded' | 'lost';
}

/** Some of what was said before is not here: it is to be said again from this number on. */
interface Gap {
  readonly kind: 'gap';
  readonly resendFrom: number;
}

/** `wait`: a decision follows on the attempt's channel, and `renew` tells it. */
export type ReportAnswer = { readonly kind: 'taken'; readonly taken: number; readonly decision: Decision | 'wait' } | Gap | Refused;

export type RenewAnswer = { readonly kind: 'renewed'; readonly stop: boolean; readonly decision: Decision | null } | Refused;

/** `undecided`: nothing here says that the attempt is to stop or pause; what it was told is lost. */
export type FinishAnswer = { readonly kind: 'finished' } | { readonly kind: 'undecided' } | Gap | Refused;

/** A stop or a decision on its way to the attempt: a hint, behind which `renew` tells the same. */
export interface Reply {
  readonly experiment: string;
  readonly trial: number;
  readonly attempt: number;
  readonly stop: boolean;
  readonly step?: number;
  readonly decision?: Decision;
}

/**
 * Takes what attempts say. Each word comes under the attempt's token and is refused once the attempt no longer runs; each may be said
 * twice by whoever was not answered.
 */
export interface AttemptKeeper {
  /**
   * Takes reports into the curve; of each step the first counts, and an older step changes nothing.
   * @param first number of the first one in this attempt, from 1, or `next` by whoever keeps no count
   * @param decides whether the last is at a decision step
   * @throws {MaggyError} `invalid` (rejection) for what is no finite number
   */
  report(token: AttemptToken, first: number | 'next', reports: readonly Report[], decides: boolean): Promise<ReportAnswer>;

  /** Renews the lease; `awaitedStep` asks again for a decision whose hint may have been missed. */
  renew(token: AttemptToken, leaseMs: number, awaitedStep?: number): Promise<RenewAnswer>;

  /** No decision came within its bound. The answer is what holds now: continue, or a decision recorded meanwhile. */
  timeOutDecision(token: AttemptToken, step: number): Promise<{ readonly kind: 'decided'; readonly decision: Decision } | Refused>;

  /**
   * Tells the outcome, which ends the lease. What was told first stands.
   * @param said reports that the attempt has made, by a writer that counts them: only then can what was lost be missed
   * @throws {MaggyError} `invalid` (rejection) for what is no finite number
   */
  finish(token: AttemptToken, outcome: Outcome, said?: number): Promise<FinishAnswer>;

  /** Hands the attempt back before its end, so that its trial need not wait for the lease to lapse. */
  release(token: AttemptToken, why?: string): Promise<{ readonly kind: 'released' } | Refused>;

  /** Registers files that the attempt wrote to the checkpoint store under `id`. */
  registerFiles(token: AttemptToken, kind: StoredKind, id: string, step: number): Promise<{ readonly kind: 'registered' } | Refused>;

  /** The checkpoint that the trial would be resumed from now, whichever of its attempts wrote it; null where there is none. */
  registeredCheckpoint(token: AttemptToken): Promise<string | null>;

  /**
   * Keeps lines that the trial printed, also after its outcome. Whoever sends them waits until they are kept.
   * @param rank of a lockstep group, whose ranks print into one record; 0 where there is none
   */
  appendOutput(token: AttemptToken, lines: readonly string[], rank?: number): Promise<{ readonly kind: 'kept' } | Refused>;
}

const MAX_MESSAGE_CHARACTERS = 4000;

/** Of a message from outside, as much as a log keeps. */
export function cutMessage(message: string): string {
  return message.slice(0, MAX_MESSAGE_CHARACTERS);
}

/**
 * JSON has no NaN: written as null it would make the record unreadable. A trial with such a metric has failed as `diverged`.
 * @throws {MaggyError} `invalid` naming the number
 */
export function requireFinite({ value, metrics }: { readonly value: number; readonly metrics: Metrics }): void {
  for (const [name, number] of [['value', value] as const, ...Object.entries(metrics)]) {
    if (!Number.isFinite(number)) throw invalid(name, 'must be a finite number', number);
  }
}
