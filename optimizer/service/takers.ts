/**
 * Who takes an experiment's tickets: workers of its pool, each ticket a job in the pool's queue; lockstep workers, each ticket a group
 * that takes several slots; or askers over HTTP, who need no jobs, only the word that there are tickets.
 */
import { isAsked } from '../../core/asked.ts';
import type { LockstepPlan } from '../../core/lockstep.ts';
import type { CommitAnswer } from '../../queue/decisions.ts';
import type { ExperimentRecords } from '../../queue/experiment-records.ts';
import type { Tickets } from '../../queue/tickets.ts';
import type { Engine } from '../engine/engine.ts';
import type { Capacity, CapacityWatch, Market } from './capacity.ts';

type Committed = Extract<CommitAnswer, { kind: 'committed' }>;

export interface Takers {
  /** @param now Redis time, ms */
  capacity(now: number): Promise<Capacity>;
  /** A commit opened tickets, closed some, or made something ready for those that were open. */
  committed(answer: Committed): Promise<void>;
  /** Sees to it that open tickets are taken. */
  offer(open: readonly string[]): Promise<void>;
  /** The experiment has ended. */
  dismiss(): Promise<void>;
  /** Whom the experiment waits for at this capacity; null where there is somebody. */
  missing(capacity: Capacity): string | null;
}

export interface TakersServices {
  readonly tickets: Tickets;
  /** Those of lockstep experiments. */
  readonly groupTickets: Tickets;
  readonly capacity: CapacityWatch;
}

export function takersOf(engine: Engine, services: TakersServices, records: ExperimentRecords): Takers {
  return isAsked(engine.state.specification) ? new Askers(engine, services.tickets, records) : new PoolWorkers(engine, services);
}

class PoolWorkers implements Takers {
  readonly #engine: Engine;
  readonly #capacity: CapacityWatch;
  readonly #tickets: Tickets;
  readonly #experiment: string;
  readonly #market: Market;
  readonly #lockstep: LockstepPlan | undefined;

  constructor(engine: Engine, { capacity, tickets, groupTickets }: TakersServices) {
    const { id, pool, lockstep } = engine.state.specification;
    this.#engine = engine;
    this.#capacity = capacity;
    this.#tickets = lockstep === undefined ? tickets : groupTickets;
    this.#experiment = id;
    this.#market = { pool, kind: lockstep === undefined ? 'trials' : 'lockstep' };
    this.#lockstep = lockstep;
  }

  async capacity(): Promise<Capacity> {
    const { state, pinned } = this.#engine;
    const { priority, parallelism = Infinity } = state.specification;
    const slotsEach = this.#lockstep?.worldSize ?? 1;
    const demand = slotsEach * Math.min(parallelism, this.#engine.startable());
    const claim = { experiment: this.#experiment, weight: priority, demand };
    const capacity = await this.#capacity.claim(this.#market, claim, pinned, performance.now());
    return this.#lockstep === undefined ? capacity : { ...capacity, share: groupsOf(capacity, this.#lockstep) };
  }

  async committed({ openedTickets, closedTickets }: Committed): Promise<void> {
    await this.#tickets.add(this.#market.pool, this.#experiment, this.#engine.pinned, openedTickets);
    await this.#tickets.remove(this.#market.pool, this.#experiment, closedTickets);
  }

  offer(open: readonly string[]): Promise<void> {
    return this.#tickets.addIfGone(this.#market.pool, this.#experiment, this.#engine.pinned, open);
  }

  dismiss(): Promise<void> {
    return this.#capacity.withdraw(this.#market, this.#experiment);
  }

  missing({ slots, idle }: Capacity): string | null {
    const { name, hash } = this.#engine.pinned;
    const holding = `of pool ${this.#market.pool} that holds ${name} (${hash.slice(0, 12)})`;
    if (this.#lockstep === undefined) return slots > 0 ? null : `a worker ${holding}`;
    const { minWorldSize } = this.#lockstep;
    const group = `${String(minWorldSize)} slot${minWorldSize === 1 ? '' : 's'} for a lockstep group, on lockstep workers ${holding.replace('holds', 'hold')}`;
    if (slots < minWorldSize) return `${group}: there ${slots === 1 ? 'is' : 'are'} ${String(slots)}`;
    const isStuck = this.#engine.state.counts.running === 0 && idle < minWorldSize;
    return isStuck ? `${group}: of ${String(slots)} there, ${String(idle)} ${idle === 1 ? 'is' : 'are'} free now` : null;
  }
}

/** How many groups a share of slots is: at least the one that there is room for, whose turn comes by the order of arrival. */
function groupsOf({ share, slots }: Capacity, { worldSize, minWorldSize }: LockstepPlan): number {
  return slots < minWorldSize || share === 0 ? 0 : Math.max(1, Math.floor(share / worldSize));
}

/** Stands for no limit: more than ask at once. */
const MOST_ASKERS = 100_000;

class Askers implements Takers {
  readonly #engine: Engine;
  readonly #tickets: Tickets;
  readonly #records: ExperimentRecords;
  readonly #experiment: string;

  constructor(engine: Engine, tickets: Tickets, records: ExperimentRecords) {
    this.#engine = engine;
    this.#tickets = tickets;
    this.#records = records;
    this.#experiment = engine.state.specification.id;
  }

  /** Askers come and go unannounced: there is room for those that wait, and for one more, who then need not wait. */
  async capacity(now: number): Promise<Capacity> {
    const waiting = await this.#records.waitingAskers(now);
    return { share: MOST_ASKERS, slots: waiting, free: waiting + 1, idle: waiting };
  }

  async committed({ openedTickets, readyAccepted }: Committed): Promise<void> {
    if (openedTickets.length > 0 || readyAccepted) await this.#tickets.announce(this.#experiment);
  }

  async offer(open: readonly string[]): Promise<void> {
    if (open.length > 0) await this.#tickets.announce(this.#experiment);
  }

  dismiss(): Promise<void> {
    return this.#tickets.announce(this.#experiment);
  }

  missing({ slots }: Capacity): string | null {
    return slots > 0 || this.#engine.state.counts.running > 0 ? null : `an asker: POST /v1/experiments/${this.#experiment}/ask`;
  }
}
