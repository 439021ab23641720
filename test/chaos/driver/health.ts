/** Whether things go on: what a fault has struck counts as recovered when these say so. They only look. */
import { Registry } from '../../../queue/registry.ts';
import { isFinal, type State } from '../../../core/states.ts';
import type { Service } from './service.ts';
import type { System } from './system.ts';

/** Who looks after an experiment, and how often it has said so: an optimizer commits each second, also when nothing is due. */
interface Tenure {
  readonly epoch: number;
  readonly commits: number;
}
export type Tenures = ReadonlyMap<string, Tenure>;

export interface RunningAttempt {
  readonly experiment: string;
  readonly trial: number;
  readonly attempt: number;
}

const READY_TIMEOUT_MS = 2000;
/** Of a worker's record; a heartbeat sets it anew. */
const WORKER_EXPIRY_MS = 10_000;

export class Health {
  readonly #system: System;
  readonly #registry: Registry;
  /** Experiments that have been submitted. */
  readonly experiments = new Set<string>();

  constructor(system: System) {
    this.#system = system;
    this.#registry = new Registry(system.redis, system.keys);
  }

  async apiAnswers(): Promise<boolean> {
    return fetch(`${this.#system.url}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Whether the service works, by a sign of life that is no older than `since` (monotonic, ms). */
  async isWell(service: Service, since: number): Promise<boolean> {
    if (service.kind === 'api') return this.apiAnswers();
    if (service.kind === 'optimizer') return service.pid !== null;
    const record = (await this.#registry.workers()).find(({ pid }) => pid === service.pid);
    if (record === undefined || record.draining) return false;
    const leftMs = await this.#system.redis.pttl(this.#system.keys.worker(record.id));
    return performance.now() - (WORKER_EXPIRY_MS - leftMs) > since;
  }

  /** Of the experiments that have not ended. */
  async tenures(): Promise<Tenures> {
    const found = new Map<string, Tenure>();
    for (const id of this.experiments) {
      const [phase, epoch, commits] = await this.#system.redis.hmget(this.#system.keys.of(id).guard, 'phase', 'epoch', 'decisionSeq');
      if (phase !== null && phase !== 'ended') found.set(id, { epoch: Number(epoch), commits: Number(commits) });
    }
    return found;
  }

  /** Whether each experiment of then has ended, or is looked after: one commit may have been on its way from an optimizer that is gone, two cannot. */
  async areLookedAfter(before: Tenures): Promise<boolean> {
    const now = await this.tenures();
    return [...before].every(([id, { epoch, commits }]) => {
      const tenure = now.get(id);
      return tenure === undefined || (tenure.epoch > epoch ? tenure.commits > 0 : tenure.commits > commits + 1);
    });
  }

  /** What a process runs now, by the leases. */
  async attemptsOf(pid: number): Promise<RunningAttempt[]> {
    const { redis, keys } = this.#system;
    const found: RunningAttempt[] = [];
    for (const experiment of (await this.tenures()).keys()) {
      for (const trial of await redis.zrange(keys.of(experiment).leases, '0', '-1')) {
        const [worker, attempt] = await redis.hmget(keys.of(experiment).trial(Number(trial)), 'worker', 'attempt');
        if (worker?.includes(`-${pid}-`) === true) found.push({ experiment, trial: Number(trial), attempt: Number(attempt) });
      }
    }
    return found;
  }

  /** Whether another attempt has followed on each of these, or its trial needs none any more. */
  async haveGoneOn(attempts: readonly RunningAttempt[]): Promise<boolean> {
    const { redis, keys } = this.#system;
    for (const { experiment, trial, attempt } of attempts) {
      const [phase] = await redis.hmget(keys.of(experiment).guard, 'phase');
      const [state, last] = await redis.hmget(keys.of(experiment).trial(trial), 'state', 'attempt');
      const isOver = phase === 'ended' || Number(last) > attempt || (state !== null && state !== 'running' && state !== 'lost');
      if (!isOver) return false;
    }
    return true;
  }

  /** Trials that have completed so far, in all experiments. */
  async completed(): Promise<number> {
    const { redis, keys } = this.#system;
    const counts = [...this.experiments].map((id) => redis.zcard(keys.of(id).index('completed', 'number')));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  /** State of an experiment as users read it; null before there is one. */
  async stateOf(id: string): Promise<State | null> {
    const text = await this.#system.redis.get(this.#system.keys.of(id).result);
    return text === null ? null : (JSON.parse(text) as { state: State }).state;
  }

  async hasEnded(id: string): Promise<boolean> {
    const state = await this.stateOf(id);
    return state !== null && isFinal(state);
  }
}
