/**
 * The attempts of workers and askers, kept in Redis: each word is one script, which checks the attempt's token first and bears being sent
 * twice. Here are also the start of an attempt, which takes a ticket, and what only lockstep groups and askers say.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import Type from 'typebox';
import {
  cutMessage,
  requireFinite,
  type AttemptEnd,
  type AttemptKeeper,
  type AttemptToken,
  type Binding,
  type FinishAnswer,
  type Outcome,
  type Refused,
  type RenewAnswer,
  type Reply,
  type Report,
  type ReportAnswer,
  type ResumePoint,
  type StoredKind,
} from '../core/attempt.ts';
import { MaggyError } from '../core/errors.ts';
import { MetricsSchema, ReadyEntry } from '../core/events.ts';
import type { RankFigures } from '../core/results.ts';
import { DecisionSchema, type Decision } from '../core/states.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';
import { runScript, unexpected, type Answer, type ScriptName } from './scripts.ts';

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

export type StartAnswer =
  | { readonly kind: 'bound'; readonly binding: Binding }
  /** Nothing to start with this ticket: it was settled, or the experiment is idle, ended or gone. */
  | { readonly kind: 'nothing'; readonly why: 'gone' | 'closed' | 'idle' }
  /** The slot holds another version of the training function than the experiment pinned. */
  | { readonly kind: 'wrong-hash'; readonly pinned: string };

const parseReplyRecord = recordReader(
  Type.Object({
    guard: Type.String(),
    trial: Type.Integer(),
    attempt: Type.Integer(),
    stop: Type.Optional(Type.Boolean()),
    step: Type.Optional(Type.Integer()),
    decision: Type.Optional(DecisionSchema),
  }),
);

/** Reads a message of a worker's channel (`keys.replies(workerId)`). */
export function parseReply(message: string): Reply {
  const { guard, stop = false, ...reply } = parseReplyRecord(message, 'a message on a channel of replies');
  return { ...reply, experiment: /\{([^}]*)\}/.exec(guard)?.[1] ?? '', stop };
}

const MAX_OUTPUT_LINES = 1000;
const MAX_OUTPUT_BYTES = 256 * 1024;

const parseEntry = recordReader(ReadyEntry);
/** Of what cannot be read, told to people. */
const MAX_TOLD_CHARACTERS = 100;
const parseMetrics = recordReader(MetricsSchema);

export class Attempts implements AttemptKeeper {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async start(request: StartRequest): Promise<StartAnswer> {
    const { experiment, ticket, nonce, worker, slot, hash, leaseMs, provenance } = request;
    const reply = this.#keys.replies(ticket === null ? nonce : worker);
    const { guard } = this.#keys.of(experiment);
    const said = [ticket ?? '', nonce, worker, slot, hash, leaseMs, reply, JSON.stringify(provenance)];
    const answer = await runScript(this.#redis, 'start', guard, said);
    const [first = '', checkpoint = '', step, best = '', reported = ''] = answer.rest.map(String);
    switch (answer.word) {
      case 'ok': {
        const entry = parseEntry(first, this.#keys.of(experiment).ready);
        const token = { experiment, trial: entry.trial, attempt: entry.attempt, nonce };
        const resumeFrom = checkpoint === '' ? null : this.#resumePoint(token, checkpoint, Number(step), reported);
        return { kind: 'bound', binding: { token, entry, resumeFrom, best: best === '' ? null : Number(best) } };
      }
      case 'gone':
      case 'closed':
      case 'idle':
        return { kind: 'nothing', why: answer.word };
      case 'corrupt':
        throw unreadable(this.#keys.of(experiment).ready, first);
      case 'wrong-hash':
        return { kind: 'wrong-hash', pinned: first };
      default:
        throw unexpected('start', answer);
    }
  }

  async report(token: AttemptToken, first: number | 'next', reports: readonly Report[], decides: boolean): Promise<ReportAnswer> {
    const args: (string | number)[] = [first === 'next' ? '' : first, decides ? 1 : 0];
    for (const report of reports) {
      requireFinite(report);
      args.push(report.step, report.value, JSON.stringify(report.metrics));
    }
    const answer = await this.#run('report', token, args);
    if (answer.word === 'gap') return { kind: 'gap', resendFrom: Number(answer.rest[0]) };
    if (answer.word !== 'ok') return refusal('report', answer);
    return { kind: 'taken', taken: Number(answer.rest[0]), decision: parseDecision('report', answer, answer.rest[1]) };
  }

  async renew(token: AttemptToken, leaseMs: number, awaitedStep?: number): Promise<RenewAnswer> {
    const answer = await this.#run('renew', token, [leaseMs, awaitedStep ?? '']);
    if (answer.word !== 'ok') return refusal('renew', answer);
    const decision = answer.rest[1] === '' ? 'wait' : parseDecision('renew', answer, answer.rest[1]);
    return { kind: 'renewed', stop: answer.rest[0] === 1, decision: decision === 'wait' ? null : decision };
  }

  async timeOutDecision(token: AttemptToken, step: number): Promise<{ readonly kind: 'decided'; readonly decision: Decision } | Refused> {
    const answer = await this.#run('time-out-decision', token, [step]);
    if (answer.word !== 'ok') return refusal('time-out-decision', answer);
    const decision = parseDecision('time-out-decision', answer, answer.rest[0]);
    if (decision === 'wait') throw unexpected('time-out-decision', answer);
    return { kind: 'decided', decision };
  }

  async finish(token: AttemptToken, outcome: Outcome, said?: number): Promise<FinishAnswer> {
    if (outcome.state === 'completed') requireFinite(outcome);
    const { state, ...members } = outcome.state === 'failed' ? { ...outcome, message: cutMessage(outcome.message) } : outcome;
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

  async release(token: AttemptToken, why = ''): Promise<{ readonly kind: 'released' } | Refused> {
    const answer = await this.#run('release', token, [cutMessage(why)]);
    return answer.word === 'ok' ? { kind: 'released' } : refusal('release', answer);
  }

  async registerFiles(token: AttemptToken, kind: StoredKind, id: string, step: number): Promise<{ readonly kind: 'registered' } | Refused> {
    const record = JSON.stringify({ kind, id, step, attempt: token.attempt });
    const answer = await this.#run('register-files', token, [kind, id, step, record]);
    return answer.word === 'ok' ? { kind: 'registered' } : refusal('register-files', answer);
  }

  async registeredCheckpoint({ experiment, trial }: AttemptToken): Promise<string | null> {
    return this.#redis.hget(this.#keys.of(experiment).trial(trial), 'checkpoint');
  }

  async appendOutput(token: AttemptToken, lines: readonly string[], rank = 0): Promise<{ readonly kind: 'kept' } | Refused> {
    const answer = await this.#run('output', token, [rank, randomUUID(), MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES, ...lines]);
    return answer.word === 'ok' ? { kind: 'kept' } : refusal('output', answer);
  }

  /** Keeps what a rank of the attempt's lockstep group says of itself, in place of what it said before. */
  async recordRank(token: AttemptToken, figures: RankFigures): Promise<{ readonly kind: 'recorded' } | Refused> {
    const answer = await this.#run('record-rank', token, [figures.rank, JSON.stringify(figures)]);
    return answer.word === 'ok' ? { kind: 'recorded' } : refusal('record-rank', answer);
  }

  /** @param reported metrics of the last report (JSON), or '' where the trial has gone beyond the checkpoint */
  #resumePoint({ experiment, trial }: AttemptToken, id: string, step: number, reported: string): ResumePoint {
    if (reported === '') return { id, step };
    return { id, step, reported: parseMetrics(reported, this.#keys.of(experiment).curve(trial)) };
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

function refusal(name: ScriptName, answer: Answer): Refused {
  if (answer.word === 'gone' || answer.word === 'superseded' || answer.word === 'lost') return { kind: 'refused', why: answer.word };
  throw unexpected(name, answer);
}

function parseDecision(name: ScriptName, answer: Answer, word: string | number | undefined): Decision | 'wait' {
  if (word === 'continue' || word === 'pause' || word === 'stop' || word === 'wait') return word;
  throw unexpected(name, answer);
}
