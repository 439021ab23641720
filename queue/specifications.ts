/**
 * Reads specifications. They never change, so a process keeps those it has read while its connection lasts: a Redis that comes
 * back may have lost its last second, and the same id may stand for another experiment.
 */
import type { Redis } from 'ioredis';
import { SpecificationSchema, type Specification } from '../core/experiment.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';

export const parseSpecification = recordReader(SpecificationSchema);
const KEPT = 1000;

export class Specifications {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #known = new Map<string, Specification>();

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    redis.on('close', () => this.#known.clear());
  }

  /** The specification of an experiment; null where there is none. That of a deleted one may still be known here: its guard says so. */
  async get(experiment: string): Promise<Specification | null> {
    const known = this.#known.get(experiment);
    if (known !== undefined) return known;
    const key = this.#keys.of(experiment).specification;
    const text = await this.#redis.get(key);
    if (text === null) return null;
    const specification = parseSpecification(text, key);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(experiment, specification);
    return specification;
  }
}
