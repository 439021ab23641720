/**
 * What an optimizer writes: takeover and commits, fenced by the epoch, and the purge of a deleted experiment. Runs on a
 * `strict` connection: after any failure the optimizer does not repeat itself but takes over anew.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { MaggyError } from '../core/errors.ts';
import type { OptimizerEvent, ReadyEntry } from '../core/events.ts';
import type { ResultDocument, TrialRow } from '../core/results.ts';
import { ExperimentRecords } from './experiment-records.ts';
import type { ExperimentKeys, Keys } from './keys.ts';
import { parseLog, type LogEntry } from './log.ts';
import { runScript, unexpected, type Answer, type ScriptName } from './scripts.ts';

/** Thrown when this optimizer's view is no longer valid: discard the state and take over anew, or leave it to the successor. */
export class Superseded extends Error {
  /**
   * `gone`: the experiment was deleted; `superseded`: another optimizer took over after this one; the others: Redis lost what
   * this optimizer has seen, so that it must take over anew.
   */
  readonly why: 'gone' | 'superseded' | 'out-of-sequence' | 'behind';

  constructor(why: Superseded['why']) {
    super(`the decision was refused: ${why}`);
    this.name = 'Superseded';
    this.why = why;
  }
}

export interface ReadyList {
  /** Number of the log entry up to which it was made. */
  readonly basis: number;
  readonly engine: string;
  /** Whether an outcome empties it: its suggestions depend on the newest result. */
  readonly fresh: boolean;
  readonly entries: readonly ReadyEntry[];
}

export interface Commit {
  readonly decisions: readonly Extract<OptimizerEvent, { type: 'decided' }>[];
  readonly events: readonly Exclude<OptimizerEvent, { type: 'decided' }>[];
  /** Running trials that are to stop. */
  readonly stops: readonly number[];
  /** Replaces the ready list whole; absent: it stays as it is. */
  readonly ready?: ReadyList;
  /** Trials at once at most. */
  readonly limit: number;
  /** Open tickets that there should be. */
  readonly tickets: number;
}

/** What an optimizer has folded: a commit is refused where the log does not hold it. */
export interface Folded {
  /** Number of the last entry. */
  readonly seq: number;
  /** Nonces of the last entries, at least of the one: all that were folded since the log was seen to hold the first of them. */
  readonly nonces: readonly string[];
}

export type CommitAnswer =
  | {
      readonly kind: 'committed';
      /** Redis time, ms. */
      readonly now: number;
      /** The log after what was folded: what others wrote meanwhile, and what this commit wrote. A long one may lack a part between these. */
      readonly entries: readonly LogEntry[];
      readonly readyAccepted: boolean;
      readonly readyLength: number;
      readonly running: number;
      readonly openedTickets: readonly string[];
      /** Tickets that were too many. */
      readonly closedTickets: readonly string[];
    }
  /** The end was refused because something happened that is not folded yet. */
  | { readonly kind: 'news' };

interface TenureFence {
  readonly epoch: number;
  readonly nonce: string;
  readonly isDeleting: boolean;
}

/** One optimizer's hold on one experiment, from its takeover until it is superseded. */
export class Tenure {
  /** What it reads; reading needs no fence. */
  readonly records: ExperimentRecords;
  /** Whether the experiment was to be removed when it was taken over. */
  readonly isDeleting: boolean;
  readonly #redis: Redis;
  readonly #keys: ExperimentKeys;
  readonly #epoch: number;
  readonly #nonce: string;
  #decisionSeq = 0;

  private constructor(redis: Redis, keys: Keys, experiment: string, held: TenureFence) {
    this.records = new ExperimentRecords(redis, keys, experiment);
    this.isDeleting = held.isDeleting;
    this.#redis = redis;
    this.#keys = keys.of(experiment);
    this.#epoch = held.epoch;
    this.#nonce = held.nonce;
  }

  /** @throws {Superseded} `gone` when the experiment was deleted */
  static async begin(redis: Redis, keys: Keys, experiment: string): Promise<Tenure> {
    const nonce = randomUUID();
    const answer = await runScript(redis, 'takeover', keys.of(experiment).guard, [nonce]);
    if (answer.word !== 'ok') throw refusal('takeover', answer);
    const [epoch, phase] = answer.rest;
    return new Tenure(redis, keys, experiment, { epoch: Number(epoch), nonce, isDeleting: phase === 'deleting' });
  }

  /** Commits decisions made from the log up to `folded`. Lapsed leases are turned into `attemptLost` on the way. */
  async commit(commit: Commit, folded: Folded): Promise<CommitAnswer> {
    const { ready } = commit;
    const request = {
      folded: folded.nonces,
      decisions: commit.decisions.map((event) => ({
        trial: event.trial,
        step: event.step,
        decision: event.decision,
        data: eventData(event),
      })),
      events: commit.events.map((event) => ({ type: event.type, data: eventData(event) })),
      stops: commit.stops,
      ...(ready ? { ready: { ...ready, entries: ready.entries.map((entry) => JSON.stringify(entry)) } } : {}),
      limit: commit.limit,
      tickets: commit.tickets,
    };
    const fence = [this.#epoch, this.#nonce, this.#decisionSeq + 1, folded.seq, randomUUID()];
    const answer = await runScript(this.#redis, 'commit', this.#keys.guard, [...fence, JSON.stringify(request)]);
    if (answer.word === 'news') return { kind: 'news' };
    if (answer.word !== 'ok') throw this.#refusal('commit', answer);
    this.#decisionSeq += 1;
    const [now, entries, accepted, readyLength, running, opened, ...tickets] = answer.rest;
    return {
      kind: 'committed',
      now: Number(now),
      entries: parseLog(this.#keys, String(entries), folded.seq),
      readyAccepted: accepted === 1,
      readyLength: Number(readyLength),
      running: Number(running),
      openedTickets: tickets.slice(0, Number(opened)).map(String),
      closedTickets: tickets.slice(Number(opened)).map(String),
    };
  }

  /**
   * Writes what users read, as of `position` of the log; `rows` holds the trials that changed.
   * @param folded what it follows from; absent where it says nothing that is new
   */
  async publish(position: number, result: ResultDocument, rows: readonly TrialRow[], folded?: Folded): Promise<void> {
    await this.#publish(position, JSON.stringify(result), rows, folded);
  }

  /** Writes rows ahead of the position that they belong to: more than one script should take at once. */
  async publishAhead(rows: readonly TrialRow[], folded: Folded): Promise<void> {
    await this.#publish('', '', rows, folded);
  }

  async #publish(position: number | '', result: string, rows: readonly TrialRow[], folded?: Folded): Promise<void> {
    const changed = rows.map((row) => ({
      number: row.number,
      state: row.state,
      row: JSON.stringify(row),
      ...(row.value === null ? {} : { value: row.value }),
      ...(row.durationSeconds === null ? {} : { seconds: row.durationSeconds }),
    }));
    const known = [folded?.seq ?? 0, JSON.stringify(folded?.nonces ?? [])];
    await this.#write('publish', [position, result, JSON.stringify(changed), ...known]);
  }

  async saveSnapshot(snapshot: string): Promise<void> {
    await this.#write('save-snapshot', [snapshot]);
  }

  /** An epoch below this one's means that Redis lost this takeover, not that another came after it. */
  #refusal(name: ScriptName, answer: Answer): Superseded | MaggyError {
    if (answer.word === 'superseded' && Number(answer.rest[0]) < this.#epoch) return new Superseded('behind');
    return refusal(name, answer);
  }

  async #write(name: ScriptName, args: readonly (string | number)[]): Promise<void> {
    const answer = await runScript(this.#redis, name, this.#keys.guard, [this.#epoch, this.#nonce, ...args]);
    if (answer.word !== 'ok') throw this.#refusal(name, answer);
  }

  /** Removes the primary records of an experiment that is being deleted; false while an attempt of it still holds a lease. */
  async purge(): Promise<boolean> {
    const answer = await runScript(this.#redis, 'purge', this.#keys.guard, [this.#epoch, this.#nonce]);
    if (answer.word === 'busy') return false;
    if (answer.word !== 'ok') throw this.#refusal('purge', answer);
    return true;
  }
}

/** JSON leaves out what is undefined. */
function eventData(event: OptimizerEvent): string {
  return JSON.stringify({ ...event, type: undefined });
}

function refusal(name: ScriptName, answer: Answer): Superseded | MaggyError {
  const { word } = answer;
  if (word === 'gone' || word === 'superseded' || word === 'out-of-sequence' || word === 'behind') return new Superseded(word);
  return unexpected(name, answer);
}
