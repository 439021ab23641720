/**
 * A rank's slot as its worker holds it: renewed a few times a lease, and with each renewal the worker hears how far its group is. A seat
 * that cannot be renewed in time is lost, and its process with it, before Redis gives the slot away.
 */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { GroupRecord, Groups, Said, Seat } from '../../queue/lockstep/groups.ts';
import { deferred } from '../deferred.ts';
import type { LeaseTimes } from '../lease.ts';
import { monotonicMs } from '../monotonic.ts';
import type { GroupNews } from './news.ts';

export interface HeldSeatWiring {
  readonly groups: Groups;
  readonly news: GroupNews;
  readonly times: LeaseTimes;
  readonly log: Logger;
}

/** Looks at the clock this often. */
const TICK_MS = 250;

export class HeldSeat {
  readonly seat: Seat;
  readonly host = hostname();
  readonly #wiring: HeldSeatWiring;
  readonly #over = deferred<string>();
  readonly #changed = new Set<(record: GroupRecord) => void>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #record: GroupRecord | undefined;
  #why: string | undefined;
  #askedAtMs = monotonicMs();
  #isAsking = false;
  #isStale = false;

  constructor(seat: Seat, wiring: HeldSeatWiring) {
    this.seat = seat;
    this.#wiring = wiring;
    this.#stopListening = wiring.news.on(seat.group, () => void this.#renew());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Resolves with the reason when nothing more comes of the group, or this rank is in it no more. */
  get over(): Promise<string> {
    return this.#over.promise;
  }

  /** When the rank's process must be gone unless the seat was renewed. */
  get deadlineMs(): number {
    const { leaseMs, leaseGraceMs } = this.#wiring.times;
    return this.#askedAtMs + leaseMs - leaseGraceMs;
  }

  /** Says something to the group, once. */
  async say(said: Said): Promise<void> {
    await this.#ask(said);
  }

  /** The first thing that `pick` finds in the group's record; undefined once the group is over, or after `withinMs`. */
  async until<Value>(pick: (record: GroupRecord) => Value | undefined, withinMs: number): Promise<Value | undefined> {
    const found = deferred<Value | undefined>();
    const look = (record: GroupRecord): void => {
      const value = pick(record);
      if (value !== undefined) found.resolve(value);
    };
    this.#changed.add(look);
    const timer = setTimeout(() => found.resolve(undefined), withinMs);
    void this.#over.promise.then(() => found.resolve(undefined));
    if (this.#record !== undefined) look(this.#record);
    return found.promise.finally(() => {
      clearTimeout(timer);
      this.#changed.delete(look);
    });
  }

  /** Nothing more shall come of the group; heard by all of it. */
  async closeGroup(why: string): Promise<void> {
    this.#end(why);
    await this.#wiring.groups.close(this.seat.group, why);
  }

  /** The slot is free again. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#end('this rank has left');
    await this.#wiring.groups.leave(this.seat);
  }

  #tick(): void {
    const nowMs = monotonicMs();
    if (nowMs >= this.deadlineMs) this.#end(`rank ${this.seat.rank} could not renew its slot in time`);
    else if (nowMs >= this.#askedAtMs + this.#wiring.times.leaseMs / 4) void this.#renew();
  }

  /** One at a time; a hint that comes meanwhile asks for another. */
  async #renew(): Promise<void> {
    this.#isStale = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#isStale && this.#why !== 'this rank has left') {
        this.#isStale = false;
        await this.#ask({});
      }
    } catch (error) {
      this.#wiring.log.warn({ err: error }, 'a slot could not be renewed');
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(said: Said): Promise<void> {
    const askedAtMs = monotonicMs();
    const record = await this.#wiring.groups.takePart(this.seat, said);
    if (record === null) {
      this.#end('the slot is not reserved for it any more');
      return;
    }
    this.#askedAtMs = Math.max(this.#askedAtMs, askedAtMs);
    this.#record = record;
    for (const look of this.#changed) look(record);
    if (record.over !== null) this.#end(record.over);
  }

  #end(why: string): void {
    this.#why ??= why;
    this.#over.resolve(this.#why);
  }
}
