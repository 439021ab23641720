/**
 * An ended experiment taken out of Redis and put back: all of its keys as portable records, in parts of bounded size. What the records are
 * written to, and whether they can be relied on, is the caller's business.
 */
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../core/errors.ts';
import type { Experiments } from './experiments.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';
import { runScript, unexpected } from './scripts.ts';
import { parseSpecification } from './specifications.ts';

const Pair = Type.Tuple([Type.String(), Type.String()]);

/** A part of what one key holds; `name` is that of the key without what all keys of the experiment begin with. */
export const ArchiveRecord = Type.Union(
  [
    Type.Object({ type: Type.Literal('string'), name: Type.String(), value: Type.String() }),
    Type.Object({ type: Type.Literal('list'), name: Type.String(), value: Type.Array(Type.String()) }),
    Type.Object({ type: Type.Literal('set'), name: Type.String(), value: Type.Array(Type.String()) }),
    Type.Object({ type: Type.Literal('hash'), name: Type.String(), value: Type.Array(Pair) }),
    /** Members with their scores. */
    Type.Object({ type: Type.Literal('zset'), name: Type.String(), value: Type.Array(Pair) }),
    Type.Object({
      type: Type.Literal('stream'),
      name: Type.String(),
      value: Type.Array(Type.Tuple([Type.String(), Type.Array(Type.String())])),
    }),
  ],
  { discriminator: { propertyName: 'type' } },
);
export type ArchiveRecord = Static<typeof ArchiveRecord>;
export const readArchiveRecord = recordReader(ArchiveRecord);

/** Members in one record. */
const PART = 1000;

export class Archive {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #experiments: Experiments;

  constructor(redis: Redis, keys: Keys, experiments: Experiments) {
    this.#redis = redis;
    this.#keys = keys;
    this.#experiments = experiments;
  }

  /** When it was submitted, ms since 1970: its place in every list. */
  async createdAt(id: string): Promise<number> {
    return Number((await this.#redis.zscore(this.#keys.experiments, id)) ?? 0);
  }

  /**
   * Everything that Redis holds of an ended experiment.
   * @throws {MaggyError} not-found, gone; conflict where it has not ended
   */
  async *read(id: string): AsyncGenerator<ArchiveRecord, void, undefined> {
    const { phase } = await this.#experiments.guard(id);
    if (phase !== 'ended') throw new MaggyError('conflict', `experiment ${id} has not ended: only what has ended can be archived`);
    for (const name of await this.#names(id)) yield* this.#parts(id, name);
  }

  /**
   * Removes it, the records that make it an experiment first and at once: what a crash leaves is nothing but keys that nobody looks for,
   * and a second call removes them. Its files stay in the store.
   * @param seq last log entry of what was read: nothing may have happened since
   * @throws {MaggyError} conflict where something has
   */
  async remove(id: string, seq: number): Promise<void> {
    const text = await this.#redis.get(this.#keys.of(id).specification);
    const answer = await runScript(this.#redis, 'archive', this.#keys.of(id).guard, [seq]);
    if (answer.word === 'changed') throw new MaggyError('conflict', `experiment ${id} went on while it was archived: nothing was removed`);
    if (answer.word !== 'ok' && answer.word !== 'gone') throw unexpected('archive', answer);
    await this.#experiments.forget(id, text === null ? [] : parseSpecification(text, id).tags);
    const names = (await this.#names(id)).filter((name) => name !== 'tombstone');
    for (let start = 0; start < names.length; start += PART) {
      await this.#redis.unlink(names.slice(start, start + PART).map((name) => this.#base(id) + name));
    }
  }

  /**
   * Puts it back as it was. Its guard comes last, so that it is an experiment again only when all of it is there.
   * @throws {MaggyError} conflict where there is an experiment of this id
   */
  async restore(id: string, createdAt: number, records: AsyncIterable<ArchiveRecord>): Promise<void> {
    const { guard, tombstone, specification } = this.#keys.of(id);
    if ((await this.#redis.exists(guard)) === 1) throw new MaggyError('conflict', `experiment ${id} is in Redis already`);
    const begun = new Set<string>();
    const guardFields: string[] = [];
    for await (const record of records) {
      const key = this.#base(id) + record.name;
      if (key === guard && record.type === 'hash') {
        guardFields.push(...record.value.flat());
        continue;
      }
      if (!begun.has(key)) await this.#redis.unlink(key);
      begun.add(key);
      await this.#write(key, record);
    }
    if (guardFields.length === 0) throw new MaggyError('corrupt', `the records of experiment ${id} have no guard`);
    const { tags } = parseSpecification((await this.#redis.get(specification)) ?? '', specification);
    await this.#redis
      .multi()
      .hset(guard, ...guardFields)
      .unlink(tombstone)
      .exec();
    const listing = this.#redis.multi().zadd(this.#keys.experiments, createdAt, id);
    for (const tag of tags) listing.zadd(this.#keys.tagged(tag), createdAt, id);
    await listing.exec();
    await this.#experiments.relist(id);
  }

  /** What its keys begin with. */
  #base(id: string): string {
    return this.#keys.of(id).guard.slice(0, -'guard'.length);
  }

  /** In the order of the alphabet, so that two archives of one experiment are alike. */
  async #names(id: string): Promise<string[]> {
    const base = this.#base(id);
    const names = new Set<string>();
    for await (const page of this.#redis.scanStream({ match: `${base}*`, count: PART })) {
      if (Array.isArray(page)) for (const key of page) names.add(String(key).slice(base.length));
    }
    return [...names].sort();
  }

  async *#parts(id: string, name: string): AsyncGenerator<ArchiveRecord, void, undefined> {
    const key = this.#base(id) + name;
    const type = await this.#redis.type(key);
    switch (type) {
      case 'string':
        yield { type, name, value: (await this.#redis.get(key)) ?? '' };
        return;
      case 'list':
        yield* inParts(async (start) => this.#redis.lrange(key, start, start + PART - 1), type, name);
        return;
      case 'set':
        yield { type, name, value: (await this.#redis.smembers(key)).sort() };
        return;
      case 'hash':
        yield* cut(pairs(Object.entries(await this.#redis.hgetall(key)).flat()), type, name);
        return;
      case 'zset':
        yield* cut(pairs(await this.#redis.zrange(key, '0', '-1', 'WITHSCORES')), type, name);
        return;
      case 'stream': {
        let last = '-';
        for (;;) {
          const value = await this.#redis.xrange(key, last === '-' ? '-' : `(${last}`, '+', 'COUNT', PART);
          if (value.length > 0) yield { type, name, value };
          if (value.length < PART) return;
          last = value.at(-1)?.[0] ?? last;
        }
      }
      default:
        throw new MaggyError('corrupt', `${key} is of a type that no experiment has: ${type}`);
    }
  }

  async #write(key: string, record: ArchiveRecord): Promise<void> {
    switch (record.type) {
      case 'string':
        await this.#redis.set(key, record.value);
        return;
      case 'list':
        await this.#redis.rpush(key, ...record.value);
        return;
      case 'set':
        await this.#redis.sadd(key, ...record.value);
        return;
      case 'hash':
        await this.#redis.hset(key, ...record.value.flat());
        return;
      case 'zset':
        await this.#redis.zadd(key, ...record.value.flatMap(([member, score]) => [score, member]));
        return;
      case 'stream': {
        const writes = this.#redis.pipeline();
        for (const [entry, fields] of record.value) writes.xadd(key, entry, ...fields);
        await writes.exec();
      }
    }
  }
}

async function* inParts(
  read: (start: number) => Promise<string[]>,
  type: 'list',
  name: string,
): AsyncGenerator<ArchiveRecord, void, undefined> {
  for (let start = 0; ; start += PART) {
    const value = await read(start);
    if (value.length > 0) yield { type, name, value };
    if (value.length < PART) return;
  }
}

function* cut(all: readonly [string, string][], type: 'hash' | 'zset', name: string): Generator<ArchiveRecord, void, undefined> {
  for (let start = 0; start < all.length; start += PART) yield { type, name, value: all.slice(start, start + PART) };
}

function pairs(words: readonly string[]): [string, string][] {
  return words.flatMap((word, i): [string, string][] => (i % 2 === 0 ? [[word, words[i + 1] ?? '']] : []));
}
