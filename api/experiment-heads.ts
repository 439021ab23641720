/**
 * What never changes of an experiment, its specification and time of creation: read from the first entry of its log, and kept
 * while the connection lasts: a Redis that comes back may have lost its last second, and the same id may stand for another experiment.
 */
import { MaggyError } from '../core/errors.ts';
import type { Specification } from '../core/experiment.ts';
import type { connect } from '../queue/connection.ts';
import type { Keys } from '../queue/keys.ts';
import { readLog } from '../queue/log.ts';

export interface ExperimentHead {
  readonly specification: Specification;
  /** ms since 1970, Redis time */
  readonly createdAt: number;
}

const kept = 1000;

export class ExperimentHeads {
  readonly #redis: ReturnType<typeof connect>;
  readonly #keys: Keys;
  readonly #known = new Map<string, ExperimentHead>();

  constructor(redis: ReturnType<typeof connect>, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    redis.on('close', () => this.#known.clear());
  }

  /** Whether the experiment still exists is not asked here: a deleted one may still be known. */
  async get(id: string): Promise<ExperimentHead> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const [first] = await readLog(this.#redis, this.#keys, id, 0, 1);
    if (first?.event.type !== 'submitted') throw new MaggyError('corrupt', `${this.#keys.of(id).log} does not begin with a submission`);
    const head = { specification: first.event.specification, createdAt: first.event.at };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= kept && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(id, head);
    return head;
  }
}
