/**
 * Chooses params that no trial has and no earlier entry of the list: the first proposal that is free, else an independent draw,
 * else what is left of a finite space. In a continuous space params never run out.
 */
import { cardinality } from '../../core/cardinality.ts';
import type { CompiledSpace } from '../../core/compiled-space.ts';
import { configurations } from '../../core/configurations.ts';
import { decodePoint } from '../../core/encoding.ts';
import { randomStream, type RandomStream } from '../../core/random.ts';
import type { Params } from '../../core/space.ts';
import type { History } from './sampler.ts';

/** Draws before the free configurations of a finite space are listed: with half of them free, one in 2^32 gets that far. */
const MAX_DRAWS = 32;

export class UntakenParams {
  readonly #space: CompiledSpace;
  readonly #seed: number;
  readonly #isFinite: boolean;
  #order: ShuffledConfigurations | undefined;

  constructor(space: CompiledSpace, seed: number) {
    this.#space = space;
    this.#seed = seed;
    this.#isFinite = Number.isFinite(cardinality(space));
  }

  /**
   * @param proposals points of the unit cube, best first
   * @returns null once every configuration of the space is taken
   */
  choose(history: History, random: RandomStream, proposals: Iterable<ArrayLike<number>> = []): Params | null {
    for (const point of proposals) {
      const params = decodePoint(this.#space, point);
      if (!isTaken(history, params)) return params;
    }
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const params = decodePoint(this.#space, drawPoint(this.#space, random));
      if (!isTaken(history, params)) return params;
    }
    if (!this.#isFinite) return decodePoint(this.#space, drawPoint(this.#space, random));
    this.#order ??= new ShuffledConfigurations(this.#space, this.#seed);
    return this.#order.firstFree(history);
  }
}

/**
 * All configurations of a finite space in one random order, for when most of them are taken and drawing would go on for long.
 * The first free one of that order is an even draw among the free ones. Draws fail so often only when about as many trials were
 * made as there are configurations, so the list is never much longer than the experiment.
 */
class ShuffledConfigurations {
  readonly #order: readonly Params[];
  /** Everything before it is bound, and what is bound stays so. */
  #start = 0;

  constructor(space: CompiledSpace, seed: number) {
    this.#order = randomStream(seed, 'order').shuffle([...configurations(space)]);
  }

  firstFree(history: History): Params | null {
    for (let at = this.#start; at < this.#order.length; at++) {
      const params = this.#order[at];
      if (params === undefined) break;
      if (!history.isBound(params)) {
        if (!history.isListed(params)) return params;
      } else if (at === this.#start) this.#start += 1;
    }
    return null;
  }
}

function drawPoint(space: CompiledSpace, random: RandomStream): Float64Array {
  return Float64Array.from(space.dimensions, () => random.uniform());
}

function isTaken(history: History, params: Params): boolean {
  return history.isBound(params) || history.isListed(params);
}
