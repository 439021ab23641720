/**
 * What a running attempt says and hears: start, report, renew, finish. Each call carries the attempt's token (trial,
 * attempt and a random nonce) and is refused as soon as the attempt no longer holds its lease. Every call may be sent
 * again by its writer. Workers, lockstep groups and HTTP askers all come through here.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import Type from 'typebox';
import { invalid, MaggyError } from '../core/errors.ts';
import type { FailureReason, Metrics, ReadyEntry } from '../core/events.ts';
import { MetricsSchema, ReadyEntry as ReadyEntrySchema } from '../core/events.ts';
import type { RankFigures } from '../core/results.ts';
import { compileSchema } from '../core/validate.ts';
import { DecisionSchema, type Decision } from '../core/states.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';
import { runScript, unexpected, type Answer, type ScriptName } from './scripts.ts';

/** Proof that its holder runs this attempt. */
export interface AttemptToken {
  readonly experiment: string;
  readonly trial: number;
  readonly attempt: number;
  readonly nonce: string;
}

/** What a slot says of itself when it presents a ticket. Names and ids are free of quotes and backslashes. */
export interface StartRequest {
  readonly experiment: string;
  /** Null: an asker, which takes any open ticket, hears on a channel of its nonce, and counts as waiting for a while where there is none. */
  readonly ticket: string | null;
  readonly nonce: string;
  readonly worker: string;
  readonly slot: number;
  /** Content hash of the training function that the child has loaded. */
  readonly hash: string;
  readonly leaseMs: number;
  /** Recorded with the trial: versions, backend, machine. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

export interface ResumePoint {
  readonly id: string;
  readonly step: number;
  /** The trial's last report, where the checkpoint was saved no earlier: nothing may be left to report. */
  readonly reported?: Metrics;
}

export interface Binding {
  readonly token: AttemptToken;
  readonly entry: ReadyEntry;
  /** The last registered checkpoint of the trial, if it may be resumed from. */
  readonly resumeFrom: ResumePoint | null;
  /** The best completed value when the attempt started, in the user's sign; null before the first. */
  readonly best: number | null;
}

export type StartAnswer =
  | { readonly kind: 'bound'; readonly binding: Binding }
  /** Nothing to start with this ticket: it was settled, or the experiment is idle, ended or gone. */
  | { readonly kind: 'nothing'; readonly why: 'gone' | 'closed' | 'idle' }
  /** The slot holds another version of the training function than the experiment pinned. */
  | { readonly kind: 'wrong-hash'; readonly pinned: string };

export interface Report {
  readonly step: number;
  /** The experiment's metric. */
  readonly value: number;
  readonly metrics: Metrics;
}

/** The attempt no longer holds its lease: its process must end and nothing it says counts. */
export interface Refused {
  readonly kind: 'refused';
  readonly why: 'gone' | 'superseded' | 'lost';
}

export type ReportAnswer =
  | { readonly kind: 'taken'; readonly taken: number; readonly decision: Decision | 'wait' }
  | { readonly kind: 'gap'; readonly resendFrom: number }
  | Refused;

export type FinishAnswer =
  { readonly kind: 'finished' } | { readonly kind: 'gap'; readonly resendFrom: number } | { readonly kind: 'undecided' } | Refused;

export type Outcome =
  | { readonly state: 'completed'; readonly value: number; readonly metrics: Metrics }
  | { readonly state: 'stopped' | 'paused' }
  | { readonly state: 'failed'; readonly reason: FailureReason; readonly message: string };

export type AttemptEnd = Outcome['state'];

/** A stop or a decision as published to a worker's channel: a hint, behind which `renew` tells the same. */
export interface Reply {
  readonly experiment: string;
  readonly trial: number;
  readonly attempt: number;
  readonly stop: boolean;
  readonly step?: number;
  readonly decision?: Decision;
}

const ReplySchema = Type.Object({
  guard: Type.String(),
  trial: Type.Integer(),
  attempt: Type.Integer(),
  stop: Type.Optional(Type.Boolean()),
  step: Type.Optional(Type.Integer()),
  decision: Type.Optional(DecisionSchema),
});
const parseReplySchema = compileSchema(ReplySchema);

/** Reads a message of a worker's channel (`keys.replies(workerId)`). */
export function parseReply(message: string): Reply {
  const { guard, trial, attempt, stop = false, step, decision } = parseReplySchema(JSON.parse(message), 'reply');
  const experiment = /\{([^}]*)\}/.exec(guard)?.[1] ?? '';
  return { experiment, trial, attempt, stop, ...(step === undefined ? {} : { step }), ...(decision === undefined ? {} : { decision }) };
}

export type StoredKind = 'checkpoint' | 'model';

const MAX_OUTPUT_LINES = 1000;
const MAX_OUTPUT_BYTES = 256 * 1024;
const MAX_MESSAGE_CHARACTERS = 4000;

const parseEntry = recordReader(ReadyEntrySchema);
/** Of what cannot be read, told to people. */
const MAX_TOLD_CHARACTERS = 100;
const parseMetrics = compileSchema(MetricsSchema);

/** Where an attempt says what becomes of it. `Attempts` says it to Redis; `lagom` keeps it in its own memory. */
export type AttemptKeeper = Omit<Attempts, 'start' | 'endOf' | 'recordRank'>;

export class Attempts {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async start(request: StartRequest): Promise<StartAnswer> {
    const { experiment, ticket, nonce, worker, slot, hash, leaseMs, provenance } = request;
    const reply = this.#keys.replies(ticket === null ? nonce : worker);
    const answer = await runScript(this.#redis, 'start', this.#keys.of(experiment).guard, [
      ticket ?? '',
      nonce,
      worker,
      slot,
      hash,
      leaseMs,
      reply,
      JSON.stringify(provenance),
    ]);
    const [first, checkpoint, step, best, reported] = answer.rest.map(String);
    switch (answer.word) {
      case 'ok': {
        const entry = parseEntry(first ?? '', this.#keys.of(experiment).ready);
        return {
          kind: 'bound',
          binding: {
            token: { experiment, trial: entry.trial, attempt: entry.attempt, nonce },
            entry,
            resumeFrom: checkpoint === undefined || checkpoint === '' ? null : resumePoint(checkpoint, Number(step), reported ?? ''),
            best: best === undefined || best === '' ? null : Number(best),
          },
        };
      }
      case 'gone':
      case 'closed':
      case 'idle':
        return { kind: 'nothing', why: answer.word };
      case 'corrupt':
        throw unreadable(this.#keys.of(experiment).ready, first ?? '');
      case 'wrong-hash':
        return { kind: 'wrong-hash', pinned: first ?? '' };
      default:
        throw unexpected('start', answer);
    }
  }

  /**
   * Takes reports into the curve. `first` is the number of the first one in this attempt, counted from 1, or `next` from whoever
   * keeps no count; `decides` says that the last is at a decision step, where the answer `wait` means: a decision follows on the
   * worker's channel.
   */
  async report(token: AttemptToken, first: number | 'next', reports: readonly Report[], decides: boolean): Promise<ReportAnswer> {
    const args: (string | number)[] = [first === 'next' ? '' : first, decides ? 1 : 0];
    for (const { step, value, metrics } of reports) {
      requireFinite('value', value);
      requireAllFinite(metrics);
      args.push(step, value, JSON.stringify(metrics));
    }
    const answer = await this.#run('report', token, args);
    if (answer.word === 'gap') return { kind: 'gap', resendFrom: Number(answer.rest[0]) };
    if (answer.word !== 'ok') return refusal('report', answer);
    return { kind: 'taken', taken: Number(answer.rest[0]), decision: parseDecision('report', answer, answer.rest[1]) };
  }

  /** Renews the lease; `awaitedStep` asks again for a decision whose message may have been missed. */
  async renew(
    token: AttemptToken,
    leaseMs: number,
    awaitedStep?: number,
  ): Promise<{ readonly kind: 'renewed'; readonly stop: boolean; readonly decision: Decision | null } | Refused> {
    const answer = await this.#run('renew', token, [leaseMs, awaitedStep ?? '']);
    if (answer.word !== 'ok') return refusal('renew', answer);
    const decision = answer.rest[1] === '' ? 'wait' : parseDecision('renew', answer, answer.rest[1]);
    return { kind: 'renewed', stop: answer.rest[0] === 1, decision: decision === 'wait' ? null : decision };
  }

  /** No decision came within its bound. The answer is what holds now: continue, or a decision recorded meanwhile. */
  async timeOutDecision(token: AttemptToken, step: number): Promise<{ readonly kind: 'decided'; readonly decision: Decision } | Refused> {
    const answer = await this.#run('time-out-decision', token, [step]);
    if (answer.word !== 'ok') return refusal('time-out-decision', answer);
    const decision = parseDecision('time-out-decision', answer, answer.rest[0]);
    if (decision === 'wait') throw unexpected('time-out-decision', answer);
    return { kind: 'decided', decision };
  }

  /**
   * Tells the outcome, which ends the lease.
   * @param said reports that the attempt has made, by a writer that counts them. A Redis that lost some of them asks for these first, and
   *   answers `undecided` where it lost the word to stop or pause that the outcome carries out.
   */
  async finish(token: AttemptToken, outcome: Outcome, said?: number): Promise<FinishAnswer> {
    const { state, ...members } = outcome;
    if (outcome.state === 'completed') {
      requireAllFinite(outcome.metrics);
      requireFinite('value', outcome.value);
    }
    if ('message' in members) members.message = members.message.slice(0, MAX_MESSAGE_CHARACTERS);
    const value = outcome.state === 'completed' ? outcome.value : '';
    const answer = await this.#run('finish', token, [state, JSON.stringify(members).slice(1, -1), value, said ?? '']);
    if (answer.word === 'gap') return { kind: 'gap', resendFrom: Number(answer.rest[0]) };
    if (answer.word === 'undecided') return { kind: 'undecided' };
    return answer.word === 'ok' ? { kind: 'finished' } : refusal('finish', answer);
  }

  /** How the attempt ended, once it did; null while it runs, and after it was lost or another one has followed. */
  async endOf({ experiment, trial, attempt, nonce }: AttemptToken): Promise<AttemptEnd | null> {
    const [state, ...held] = await this.#redis.hmget(this.#keys.of(experiment).trial(trial), 'state', 'attempt', 'nonce');
    if (held[0] !== String(attempt) || held[1] !== nonce) return null;
    return state === 'completed' || state === 'stopped' || state === 'paused' || state === 'failed' ? state : null;
  }

  /** Hands the attempt back before its end, so that its trial need not wait for the lease to lapse. */
  async release(token: AttemptToken, why = ''): Promise<{ readonly kind: 'released' } | Refused> {
    const answer = await this.#run('release', token, [why.slice(0, MAX_MESSAGE_CHARACTERS)]);
    return answer.word === 'ok' ? { kind: 'released' } : refusal('release', answer);
  }

  /** Registers files that the attempt wrote to the checkpoint store under `id`. */
  async registerFiles(token: AttemptToken, kind: StoredKind, id: string, step: number): Promise<{ readonly kind: 'registered' } | Refused> {
    const record = JSON.stringify({ kind, id, step, attempt: token.attempt });
    const answer = await this.#run('register-files', token, [kind, id, step, record]);
    return answer.word === 'ok' ? { kind: 'registered' } : refusal('register-files', answer);
  }

  /** The checkpoint that the trial would be resumed from now, whichever of its attempts wrote it; null where there is none. */
  async registeredCheckpoint({ experiment, trial }: AttemptToken): Promise<string | null> {
    return this.#redis.hget(this.#keys.of(experiment).trial(trial), 'checkpoint');
  }

  /**
   * Keeps lines that the trial printed; the oldest go when there are too many. A rank sends its next ones when these are kept.
   * @param rank of a lockstep group, whose ranks print into one record
   */
  async appendOutput(token: AttemptToken, lines: readonly string[], rank = 0): Promise<{ readonly kind: 'kept' } | Refused> {
    const answer = await this.#run('output', token, [rank, randomUUID(), MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES, ...lines]);
    return answer.word === 'ok' ? { kind: 'kept' } : refusal('output', answer);
  }

  /** Keeps what a rank of the attempt's lockstep group says of itself, in place of what it said before. */
  async recordRank(token: AttemptToken, figures: RankFigures): Promise<{ readonly kind: 'recorded' } | Refused> {
    const answer = await this.#run('record-rank', token, [figures.rank, JSON.stringify(figures)]);
    return answer.word === 'ok' ? { kind: 'recorded' } : refusal('record-rank', answer);
  }

  #run(name: ScriptName, token: AttemptToken, args: readonly (string | number)[]): Promise<Answer> {
    return runScript(this.#redis, name, this.#keys.of(token.experiment).guard, [token.trial, token.attempt, token.nonce, ...args]);
  }
}

function unreadable(key: string, entry: string): MaggyError {
  const value = entry.slice(0, MAX_TOLD_CHARACTERS);
  return new MaggyError('corrupt', `${key} cannot be read and was thrown away, the optimizer makes another: ${value}`, {
    field: key,
    value,
  });
}

/** JSON has no NaN: written as null it would make the record unreadable. A trial with such a metric has failed as `diverged`. */
function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw invalid(name, 'must be a finite number', value);
}

function requireAllFinite(metrics: Metrics): void {
  for (const [name, value] of Object.entries(metrics)) requireFinite(name, value);
}

/** @param reported metrics of the last report (JSON), or '' where the trial has gone beyond the checkpoint */
function resumePoint(id: string, step: number, reported: string): ResumePoint {
  return { id, step, ...(reported === '' ? {} : { reported: parseMetrics(JSON.parse(reported), 'the last report') }) };
}

function refusal(name: ScriptName, answer: Answer): Refused {
  if (answer.word === 'gone' || answer.word === 'superseded' || answer.word === 'lost') return { kind: 'refused', why: answer.word };
  throw unexpected(name, answer);
}

function parseDecision(name: ScriptName, answer: Answer, word: string | number | undefined): Decision | 'wait' {
  if (word === 'continue' || word === 'pause' || word === 'stop' || word === 'wait') return word;
  throw unexpected(name, answer);
}
