/**
 * What an API key answers for: its experiments that have not ended, each with the trials that it may run at once. A charge is written
 * before it is counted, so that of two requests at the same moment both may be refused, but never both get past a limit.
 */
import type { Redis } from 'ioredis';
import Type from 'typebox';
import { MaggyError } from '../core/errors.ts';
import type { ApiKey } from './api-keys.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';

const Charge = Type.Object({ trials: Type.Integer({ minimum: 0 }), at: Type.Integer() }, { additionalProperties: false });
const parseCharge = recordReader(Charge);

/** A submission that was cut short leaves a charge and no experiment. */
const CUT_SHORT_MS = 600_000;

export class Charges {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * Charges the key with an experiment that is about to begin, or to begin again.
   * @param trials that it may run at once; 0 where the key has no limit of these
   * @throws {MaggyError} too-many, with nothing charged
   */
  async charge(key: ApiKey, experiment: string, trials: number): Promise<void> {
    if (key.experiments === undefined && key.runningTrials === undefined) return;
    const charges = this.#keys.charges(key.id);
    const isNew = await this.#redis.hsetnx(charges, experiment, JSON.stringify({ trials, at: Date.now() }));
    const refusal = refusalOf(key, await this.#standing(charges, experiment));
    if (refusal === null) return;
    if (isNew === 1) await this.#redis.hdel(charges, experiment);
    throw refusal;
  }

  /** The trials that each charged experiment may run; what has ended is taken off on the way, but for the one about to begin. */
  async #standing(charges: string, beginning: string): Promise<number[]> {
    const all = Object.entries(await this.#redis.hgetall(charges));
    const phases = await Promise.all(all.map(([id]) => this.#redis.hget(this.#keys.of(id).guard, 'phase')));
    const standing: number[] = [];
    const over: string[] = [];
    for (const [i, [id, text]] of all.entries()) {
      const { trials, at } = parseCharge(text, `${charges} ${id}`);
      const phase = phases[i] ?? null;
      const isOver = phase === 'ended' || phase === 'deleting' || (phase === null && at < Date.now() - CUT_SHORT_MS);
      if (isOver && id !== beginning) over.push(id);
      else standing.push(trials);
    }
    if (over.length > 0) await this.#redis.hdel(charges, ...over);
    return standing;
  }
}

function refusalOf({ experiments, runningTrials }: ApiKey, standing: readonly number[]): MaggyError | null {
  if (experiments !== undefined && standing.length > experiments) {
    return new MaggyError('too-many', `this key may have ${experiments} unfinished experiments at once, and has them`);
  }
  const trials = standing.reduce((sum, each) => sum + each, 0);
  if (runningTrials !== undefined && trials > runningTrials) {
    const rule = `must leave its key at most ${runningTrials} trials at once, and all its unfinished experiments together have ${trials}`;
    return new MaggyError('too-many', `parallelism: ${rule}`, { field: 'parallelism', rule });
  }
  return null;
}
