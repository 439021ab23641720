/**
 * How many slots there are and for whom: reads the registry of a pool, once a second for all experiments of this process, and
 * gives each its fair share.
 */
import type { PinnedFunction } from '../../core/experiment.ts';
import { DEMAND_EXPIRY_MS, type Demand, type Registry, type WorkerKind, type WorkerRecord } from '../../queue/registry.ts';
import { fairShare } from './shares.ts';

const REFRESH_MS = 1000;

export interface Capacity {
  readonly share: number;
  /** Live slots of workers that hold the pinned training function, or askers that wait. */
  readonly slots: number;
  /** How many trials beside those that run somebody could start now; Infinity where the share says enough. */
  readonly free: number;
  /** Of the slots, those in which nothing ran at the workers' last beats. */
  readonly idle: number;
}

/** The slots that an experiment competes for. */
export interface Market {
  readonly pool: string;
  readonly kind: WorkerKind;
}

interface PoolView {
  readonly workers: readonly WorkerRecord[];
  readonly demands: readonly Demand[];
}

export class CapacityWatch {
  readonly #registry: Registry;
  readonly #views = new Map<string, { readonly readAt: number; readonly view: Promise<PoolView> }>();
  /** What this process claimed last, to write only what changed or would expire. */
  readonly #claimed = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Says how many slots an experiment could use, and answers what it may use. `now` is monotonic, ms. */
  async claim(market: Market, demand: Demand, pinned: PinnedFunction, now: number): Promise<Capacity> {
    const { workers, demands } = await this.#view(market, now);
    const holders = workers.filter((worker) => worker.functions.some(({ name, hash }) => name === pinned.name && hash === pinned.hash));
    const count = (some: readonly WorkerRecord[]): number => some.reduce((sum, worker) => sum + worker.slots.length, 0);
    const slots = count(holders);
    const idle = holders.reduce((sum, worker) => sum + worker.slots.filter((slot) => slot === null).length, 0);
    // Whoever cannot run here leaves the pool to the others.
    const usable = { ...demand, demand: Math.min(demand.demand, slots) };
    await this.#write(market, usable, now);
    const claims = [...demands.filter(({ experiment }) => experiment !== demand.experiment), usable];
    return { share: fairShare(count(workers), claims, usable), slots, free: Infinity, idle };
  }

  async withdraw({ pool, kind }: Market, experiment: string): Promise<void> {
    this.#claimed.delete(experiment);
    await this.#registry.withdraw(pool, kind, experiment);
  }

  async #write({ pool, kind }: Market, demand: Demand, now: number): Promise<void> {
    const text = JSON.stringify(demand);
    const before = this.#claimed.get(demand.experiment);
    if (before?.text === text && now - before.at < DEMAND_EXPIRY_MS / 3) return;
    this.#claimed.set(demand.experiment, { text, at: now });
    await this.#registry.claim(pool, kind, demand);
  }

  #view({ pool, kind }: Market, now: number): Promise<PoolView> {
    const name = `${pool}/${kind}`;
    const known = this.#views.get(name);
    if (known !== undefined && now - known.readAt < REFRESH_MS) return known.view;
    const view = Promise.all([this.#registry.workers(), this.#registry.demands(pool, kind)]).then(([workers, demands]) => ({
      workers: workers.filter((worker) => worker.pool === pool && worker.kind === kind && !worker.draining),
      demands,
    }));
    // A failed read is told to those who asked and forgotten, so that the next one tries again.
    view.catch(() => this.#views.delete(name));
    this.#views.set(name, { readAt: now, view });
    return view;
  }
}
