/**
 * The lockstep groups of one pool in Redis: workers offer slots, groups ask for as many as they have ranks and get all or none, the
 * ranks of a group find one another and keep their slots for as long as they renew them. Gradients never pass through here.
 */
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { Binding } from '../../core/attempt.ts';
import type { PinnedFunction } from '../../core/experiment.ts';
import type { Keys } from '../keys.ts';
import { recordReader } from '../records.ts';
import { runScript, unexpected } from '../scripts.ts';

/** What a worker has for groups. */
export interface SlotOffer {
  /** Workers that name the same machine reach one another through its file system. */
  readonly machine: string;
  readonly slots: number;
  readonly functions: readonly PinnedFunction[];
}

export interface GroupRequest {
  readonly worldSize: number;
  readonly minWorldSize: number;
  /** From when on fewer than `worldSize` will do. */
  readonly regroupSeconds: number;
  readonly trainingFunction: PinnedFunction;
}

export interface GroupTimes {
  /** How long a reserved slot is kept without being renewed. */
  readonly rankLeaseMs: number;
  /** A group that has waited for so long keeps free slots from those that came after it. */
  readonly patienceMs: number;
}

export type Placement =
  /** Ids of the workers, by rank. */
  { readonly kind: 'placed'; readonly workers: readonly string[] } | { readonly kind: 'waiting'; readonly arrivedAt: number };

/** A rank of a group on a worker: who holds a slot. */
export interface Seat {
  readonly group: string;
  readonly rank: number;
  readonly worker: string;
}

/** What rank 0 tells the others, once it has begun an attempt: all that they need to run the same. */
export const GroupOrder = Type.Object({
  binding: Binding,
  /** Proves to a rank that another is of the same generation; from a cryptographic source, hexadecimal. */
  secret: Type.String({ minLength: 32 }),
});
export type GroupOrder = Static<typeof GroupOrder>;

export interface GroupRecord {
  /** Ids of the workers, by rank. */
  readonly workers: readonly string[];
  /** Where all ranks are on one machine. */
  readonly isOnOneMachine: boolean;
  /** Ranks that are ready to begin. */
  readonly present: readonly boolean[];
  readonly order: GroupOrder | null;
  /** Where ranks listen; null for those that have not said. */
  readonly addresses: readonly (string | null)[];
  /** Why nothing more comes of it; null while something may. */
  readonly over: string | null;
}

/** What a rank says, once. */
export type Said = { readonly present: true } | { readonly order: GroupOrder } | { readonly address: string } | Record<string, never>;

/** A group that has not asked for so long waits no more, and an offer that was not renewed is none. */
const WAIT_MS = 5000;
const OFFER_MS = 6000;

const parseWorkers = recordReader(Type.Array(Type.String()));
const parseOrder = recordReader(GroupOrder);

export class Groups {
  readonly #redis: Redis;
  readonly #base: string;
  readonly #times: GroupTimes;

  constructor(redis: Redis, keys: Keys, pool: string, times: GroupTimes) {
    this.#redis = redis;
    this.#base = keys.lockstep(pool);
    this.#times = times;
  }

  /** Channel: carries the id of a group that has changed. */
  get news(): string {
    return `${this.#base}news`;
  }

  /** Offers a worker's slots for a few seconds; answers the workers whose offers have expired. */
  async offer(worker: string, { machine, slots, functions }: SlotOffer): Promise<string[]> {
    const offer = { machine, slots, holds: functions.map(nameOf) };
    const { rest } = await this.#run('offer', [worker, JSON.stringify(offer), OFFER_MS]);
    return rest.map(String);
  }

  async withdrawOffer(worker: string): Promise<void> {
    await this.#run('offer', [worker, '', 0]);
  }

  /**
   * Asks for slots for a group; to be asked again every second or so until they are there.
   * @param arrivedAt when it came, if it had waited before under another name
   */
  async place(group: string, request: GroupRequest, arrivedAt?: number): Promise<Placement> {
    const { worldSize, minWorldSize, regroupSeconds, trainingFunction } = request;
    const { rankLeaseMs, patienceMs } = this.#times;
    const asked = {
      worldSize,
      minWorldSize,
      regroupMs: 1000 * regroupSeconds,
      holding: nameOf(trainingFunction),
      leaseMs: rankLeaseMs,
      patienceMs,
    };
    const answer = await this.#run('place', [group, JSON.stringify(asked), WAIT_MS, arrivedAt ?? '']);
    const first = String(answer.rest[0]);
    if (answer.word === 'waiting') return { kind: 'waiting', arrivedAt: Number(first) };
    if (answer.word === 'placed') return { kind: 'placed', workers: parseWorkers(first, this.#key(group)) };
    throw unexpected('lockstep/place', answer);
  }

  async withdraw(group: string): Promise<void> {
    await this.#run('withdraw', [group]);
  }

  /** Renews a rank's slot, says what it has to say, and hears the group's record; null where the slot is not its any more. */
  async takePart({ group, rank, worker }: Seat, said: Said = {}): Promise<GroupRecord | null> {
    const fields = Object.entries(said).flatMap(([name, value]) =>
      name === 'order' ? [name, JSON.stringify(value)] : [`${name}:${rank}`, String(value)],
    );
    const answer = await this.#run('take-part', [group, rank, worker, this.#times.rankLeaseMs, ...fields]);
    if (answer.word === 'gone') return null;
    const words = answer.rest.map(String);
    return this.#recordOf(group, Object.fromEntries(words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? '']] : []))));
  }

  /** The slot is free again. */
  async leave({ group, rank, worker }: Seat): Promise<void> {
    await this.#run('leave', [group, rank, worker]);
  }

  /** Nothing more comes of the group; the first reason stands. */
  async close(group: string, why: string): Promise<void> {
    await this.#run('close', [group, why]);
  }

  /** Null where it was not placed, or is over and gone. */
  async read(group: string): Promise<GroupRecord | null> {
    const fields = await this.#redis.hgetall(this.#key(group));
    return Object.keys(fields).length === 0 ? null : this.#recordOf(group, fields);
  }

  #recordOf(group: string, fields: Readonly<Record<string, string>>): GroupRecord {
    const where = this.#key(group);
    const workers = parseWorkers(fields.workers ?? '', where);
    return {
      workers,
      isOnOneMachine: fields.machine !== '',
      present: workers.map((_, rank) => fields[`present:${rank}`] !== undefined),
      order: fields.order === undefined ? null : parseOrder(fields.order, where),
      addresses: workers.map((_, rank) => fields[`address:${rank}`] ?? null),
      over: fields.over ?? null,
    };
  }

  #key(group: string): string {
    return `${this.#base}group:${group}`;
  }

  #run(name: 'offer' | 'place' | 'withdraw' | 'take-part' | 'close' | 'leave', args: readonly (string | number)[]) {
    return runScript(this.#redis, `lockstep/${name}`, this.#base, args);
  }
}

function nameOf({ name, hash }: PinnedFunction): string {
  return `${name}/${hash}`;
}
