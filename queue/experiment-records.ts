/** What an optimizer reads of one experiment beside its commits, and what it removes of a deleted one before the purge. */
import type { Redis } from 'ioredis';
import Type from 'typebox';
import { MaggyError } from '../core/errors.ts';
import { states } from '../core/states.ts';
import type { Keys } from './keys.ts';
import { parseLog, readLog, type LogEntry } from './log.ts';
import { recordReader } from './records.ts';

const parseTags = recordReader(Type.Object({ tags: Type.Array(Type.String()) }));
const INDEXED = ['all', ...states];
const SORTS = ['number', 'value', 'duration'];

export class ExperimentRecords {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #experiment: string;

  constructor(redis: Redis, keys: Keys, experiment: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#experiment = experiment;
  }

  /** Entries of the log after number `after`, oldest first, `count` at most. */
  readLog(after: number, count: number): Promise<LogEntry[]> {
    return readLog(this.#redis, this.#keys, this.#experiment, after, count);
  }

  /** The entries after number `after` that a hint on the experiment's `news` channel carries. */
  entriesIn(hint: string, after: number): LogEntry[] {
    return parseLog(this.#keys.of(this.#experiment), hint, after);
  }

  /** The snapshot as it was saved; null where there is none. */
  snapshot(): Promise<string | null> {
    return this.#redis.get(this.#keys.of(this.#experiment).snapshot);
  }

  openTickets(): Promise<string[]> {
    return this.#redis.smembers(this.#keys.of(this.#experiment).tickets);
  }

  /** Askers that wait for a trial at Redis time `now`. */
  waitingAskers(now: number): Promise<number> {
    return this.#redis.zcount(this.#keys.of(this.#experiment).askers, now, '+inf');
  }

  /** Whether an attempt runs whose lease has not lapsed. */
  async isRunning(): Promise<boolean> {
    return (await this.#redis.zcount(this.#keys.of(this.#experiment).leases, await this.timeMs(), '+inf')) > 0;
  }

  /** How many trial numbers were given away. */
  async trials(): Promise<number> {
    return Number((await this.#redis.hget(this.#keys.of(this.#experiment).guard, 'trials')) ?? 0);
  }

  /** By which it is listed; none where its specification cannot be read. */
  async tags(): Promise<readonly string[]> {
    const key = this.#keys.of(this.#experiment).specification;
    try {
      return parseTags((await this.#redis.get(key)) ?? '', key).tags;
    } catch (error) {
      if (error instanceof MaggyError && error.code === 'corrupt') return [];
      throw error;
    }
  }

  /** Redis time, ms since 1970: the clock of the log. */
  async timeMs(): Promise<number> {
    const [seconds, micros] = await this.#redis.time();
    return 1000 * Number(seconds) + Number(micros) / 1000;
  }

  /** Removes what these trials have beside the log. */
  async unlinkTrials(numbers: readonly number[]): Promise<void> {
    const keys = this.#keys.of(this.#experiment);
    const namesOf = (n: number): string[] => [
      keys.trial(n),
      keys.decisions(n),
      keys.curve(n),
      keys.output(n),
      keys.group(n),
      keys.artefacts(n),
    ];
    await this.#redis.unlink(numbers.flatMap(namesOf));
  }

  async unlinkReadModel(): Promise<void> {
    const keys = this.#keys.of(this.#experiment);
    const indexes = INDEXED.flatMap((name) => SORTS.map((sort) => keys.index(name, sort)));
    await this.#redis.unlink(keys.rows, keys.states, keys.result, keys.position, ...indexes);
  }
}
