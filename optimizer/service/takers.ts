/**
 * Who takes an experiment's tickets: workers of its pool, each ticket a job in the pool's queue, or askers over HTTP, who need
 * no jobs, only the word that there are tickets.
 */
import { isAsked } from '../../core/asked.ts';
import type { CommitAnswer } from '../../queue/decisions.ts';
import type { ExperimentRecords } from '../../queue/experiment-records.ts';
import type { Tickets } from '../../queue/tickets.ts';
import type { Engine } from '../engine/engine.ts';
import type { Capacity, CapacityWatch } from './capacity.ts';

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
  readonly capacity: CapacityWatch;
}

export function takersOf(engine: Engine, services: TakersServices, records: ExperimentRecords): Takers {
  return isAsked(engine.state.specification) ? new Askers(engine, services.tickets, records) : new PoolWorkers(engine, services);
}

class PoolWorkers implements Takers {
  readonly #engine: Engine;
  readonly #services: TakersServices;
  readonly #experiment: string;
  readonly #pool: string;

  constructor(engine: Engine, services: TakersServices) {
    this.#engine = engine;
    this.#services = services;
    const { id, pool } = engine.state.specification;
    this.#experiment = id;
    this.#pool = pool;
  }

  capacity(): Promise<Capacity> {
    const { state, pinned } = this.#engine;
    const { priority, parallelism = Infinity } = state.specification;
    const demand = Math.min(parallelism, this.#engine.startable());
    const claim = { experiment: this.#experiment, weight: priority, demand };
    return this.#services.capacity.claim(this.#pool, claim, pinned, performance.now());
  }

  async committed({ openedTickets, closedTickets }: Committed): Promise<void> {
    await this.offer(openedTickets);
    await this.#services.tickets.remove(this.#pool, this.#experiment, closedTickets);
  }

  offer(open: readonly string[]): Promise<void> {
    return this.#services.tickets.add(this.#pool, this.#experiment, this.#engine.pinned, open);
  }

  dismiss(): Promise<void> {
    return this.#services.capacity.withdraw(this.#pool, this.#experiment);
  }

  missing({ slots }: Capacity): string | null {
    const { name, hash } = this.#engine.pinned;
    return slots > 0 ? null : `a worker of pool ${this.#pool} that holds ${name} (${hash.slice(0, 12)})`;
  }
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
    return { share: MOST_ASKERS, slots: waiting, free: waiting + 1 };
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
