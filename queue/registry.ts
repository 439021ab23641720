/**
 * Who is there: workers with their slots and the training functions they hold (a heartbeat with an expiry), the
 * declarations of those functions (kept without a holder, so that an experiment may be submitted before its workers are up),
 * and the demands of the experiments that share a pool. All of it is soft state, rewritten by its owners.
 */
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { DeclarationSchema, type Declaration } from '../core/declaration.ts';
import { PinnedFunction, PoolName } from '../core/experiment.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';

/** What a worker's slots are for: whole trials, or ranks of lockstep groups. */
export const WorkerKind = Type.Enum(['trials', 'lockstep'], {
  description: 'What its slots run: whole trials, or ranks of lockstep groups',
});
export type WorkerKind = Static<typeof WorkerKind>;

export const WorkerRecord = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}$' }),
    pool: PoolName,
    kind: WorkerKind,
    host: Type.String(),
    pid: Type.Integer(),
    startedAt: Type.Integer({ description: 'ms since 1970' }),
    backend: Type.Object({ name: Type.String(), version: Type.String(), device: Type.String() }),
    functions: Type.Array(PinnedFunction),
    broken: Type.Array(Type.Object({ file: Type.String(), reason: Type.String() }), {
      description: 'Files of the functions folder that cannot be loaded',
    }),
    /** What each slot runs; null where it is free. */
    slots: Type.Array(
      Type.Union([
        Type.Object({ experiment: Type.String(), trial: Type.Integer(), attempt: Type.Integer(), rank: Type.Optional(Type.Integer()) }),
        Type.Null(),
      ]),
    ),
    draining: Type.Boolean(),
  },
  { additionalProperties: false, title: 'Worker' },
);
export type WorkerRecord = Static<typeof WorkerRecord>;

const parseWorker = recordReader(WorkerRecord);
const parseDeclaration = recordReader(DeclarationSchema);

/** A worker that has not beaten for so long is not counted on any more. */
const WORKER_EXPIRY_MS = 10_000;
export const HEARTBEAT_MS = 2_000;
/** Versions of one training function in one pool that are remembered though no worker holds them. */
const KEPT_VERSIONS = 20;
/** A demand that was not renewed for so long belongs to an experiment whose optimizer is gone. */
export const DEMAND_EXPIRY_MS = 30_000;

const DemandRecord = Type.Object(
  { experiment: Type.String(), weight: Type.Number(), demand: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
);
/** How many slots an experiment could use now, and the weight of its claim. Those of lockstep experiments are on the pool's lockstep slots. */
export type Demand = Static<typeof DemandRecord>;
const parseDemand = recordReader(DemandRecord);

/** One version of a training function, as workers of one pool declare it. */
export interface Declared {
  readonly pool: string;
  readonly declaration: Declaration;
  /** When a worker first held it or came back to it; ms since 1970, the worker's clock. */
  readonly declaredAt: number;
}

export class Registry {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #now: () => number;

  /** @param now this process's clock, ms since 1970 */
  constructor(redis: Redis, keys: Keys, now: () => number = Date.now) {
    this.#redis = redis;
    this.#keys = keys;
    this.#now = now;
  }

  /** Answers those of its training functions whose declaration is not here: it never arrived, or Redis lost it. */
  async beat(worker: WorkerRecord): Promise<PinnedFunction[]> {
    await this.#redis
      .multi()
      .set(this.#keys.worker(worker.id), JSON.stringify(worker), 'PX', WORKER_EXPIRY_MS)
      .sadd(this.#keys.workers, worker.id)
      .exec();
    const { pool, functions } = worker;
    if (functions.length === 0) return [];
    const declaredAt = await this.#redis.zmscore(
      this.#keys.declared,
      functions.map((held) => functionField(pool, held)),
    );
    return functions.filter((_, i) => declaredAt[i] === null);
  }

  async leave(workerId: string): Promise<void> {
    await this.#redis.multi().del(this.#keys.worker(workerId)).srem(this.#keys.workers, workerId).exec();
  }

  /** The workers that live, in the order of their ids; ids of lapsed ones are forgotten on the way. */
  async workers(): Promise<WorkerRecord[]> {
    const { members, texts } = await this.#living(this.#keys.workers, (id) => this.#keys.worker(id));
    return texts.map((text, i) => parseWorker(text, this.#keys.worker(members[i] ?? '')));
  }

  /** Declares training functions that workers of a pool hold, and forgets old versions of them that nobody holds. */
  async declare(pool: string, declarations: readonly Declaration[]): Promise<void> {
    if (declarations.length === 0) return;
    const now = this.#now();
    const write = this.#redis.multi();
    for (const declaration of declarations) {
      const field = functionField(pool, declaration);
      write.hset(this.#keys.functions, field, JSON.stringify(declaration)).zadd(this.#keys.declared, now, field);
    }
    await write.exec();
    await this.#forgetVersions(declarations.map(({ name }) => `${pool}/${name}/`));
  }

  /** What is declared, in the order of pool, name and hash. */
  async declarations(): Promise<Declared[]> {
    const [all, declaredAt] = await Promise.all([this.#redis.hgetall(this.#keys.functions), this.#declaredAt()]);
    return Object.entries(all)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, text]) => ({
        pool: field.slice(0, field.indexOf('/')),
        declaration: parseDeclaration(text, `${this.#keys.functions} ${field}`),
        declaredAt: declaredAt.get(field) ?? 0,
      }));
  }

  async declaration(pool: string, pinned: PinnedFunction): Promise<Declaration | null> {
    const field = functionField(pool, pinned);
    const text = await this.#redis.hget(this.#keys.functions, field);
    return text === null ? null : parseDeclaration(text, `${this.#keys.functions} ${field}`);
  }

  /** Says how much an experiment could use; forgotten unless renewed within `DEMAND_EXPIRY_MS`. */
  async claim(pool: string, kind: WorkerKind, demand: Demand): Promise<void> {
    await this.#redis
      .multi()
      .set(this.#keys.demand(pool, kind, demand.experiment), JSON.stringify(demand), 'PX', DEMAND_EXPIRY_MS)
      .sadd(this.#keys.demands(pool, kind), demand.experiment)
      .exec();
  }

  async withdraw(pool: string, kind: WorkerKind, experiment: string): Promise<void> {
    await this.#redis
      .multi()
      .del(this.#keys.demand(pool, kind, experiment))
      .srem(this.#keys.demands(pool, kind), experiment)
      .exec();
  }

  /** The demands on a pool in the order of their experiments' ids. */
  async demands(pool: string, kind: WorkerKind): Promise<Demand[]> {
    const keyOf = (experiment: string): string => this.#keys.demand(pool, kind, experiment);
    const { members, texts } = await this.#living(this.#keys.demands(pool, kind), keyOf);
    return texts.map((text, i) => parseDemand(text, keyOf(members[i] ?? '')));
  }

  /** When each version was declared last, the latest first. */
  async #declaredAt(): Promise<Map<string, number>> {
    const words = await this.#redis.zrevrange(this.#keys.declared, 0, -1, 'WITHSCORES');
    return new Map(words.flatMap((field, i) => (i % 2 === 0 ? [[field, Number(words[i + 1])] as const] : [])));
  }

  /** @param functions beginnings of their fields. A worker that lapsed and comes back declares anew what is missing. */
  async #forgetVersions(functions: readonly string[]): Promise<void> {
    const [latest, workers] = await Promise.all([this.#redis.zrevrange(this.#keys.declared, 0, -1), this.workers()]);
    const held = new Set(workers.flatMap(({ pool, functions }) => functions.map((version) => functionField(pool, version))));
    const old = functions.flatMap((beginning) => latest.filter((field) => field.startsWith(beginning)).slice(KEPT_VERSIONS));
    const forgotten = old.filter((field) => !held.has(field));
    if (forgotten.length === 0) return;
    await this.#redis
      .multi()
      .hdel(this.#keys.functions, ...forgotten)
      .zrem(this.#keys.declared, ...forgotten)
      .exec();
  }

  /** The members of a set whose own keys have not expired, in order; the others are taken out of the set on the way. */
  async #living(set: string, keyOf: (member: string) => string): Promise<{ members: string[]; texts: string[] }> {
    const all = (await this.#redis.smembers(set)).sort();
    if (all.length === 0) return { members: [], texts: [] };
    const records = await this.#redis.mget(all.map(keyOf));
    const lapsed = all.filter((_, i) => records[i] == null);
    if (lapsed.length > 0) await this.#redis.srem(set, lapsed);
    return { members: all.filter((_, i) => records[i] != null), texts: records.filter((text) => text != null) };
  }
}

function functionField(pool: string, { name, hash }: PinnedFunction): string {
  return `${pool}/${name}/${hash}`;
}
