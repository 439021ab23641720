/**
 * Independent uniform draws from the unit cube of the space (Bergstra & Bengio 2012, "Random search for hyper-parameter
 * optimization"), without repeating a configuration.
 */
import { RandomSamplerOptions } from '../../core/catalogue.ts';
import { cardinality } from '../../core/cardinality.ts';
import type { CompiledSpace } from '../../core/compiled-space.ts';
import { configurations } from '../../core/configurations.ts';
import { decodePoint } from '../../core/encoding.ts';
import { randomStream, type RandomStream } from '../../core/random.ts';
import type { Params } from '../../core/space.ts';
import type { History, Sampler, SamplerDefinition } from './sampler.ts';

/** Draws before the free configurations of a finite space are listed: with half of them free, one in 2^32 gets that far. */
const MAX_DRAWS = 32;

export const randomSampler: SamplerDefinition = {
  type: 'random',
  options: RandomSamplerOptions,
  create: ({ space, seed }): Sampler => {
    const isFinite = Number.isFinite(cardinality(space));
    let order: ShuffledConfigurations | undefined;
    return {
      learns: false,
      suggest(number, history) {
        const random = randomStream(seed, 'suggest', number);
        for (let draw = 0; draw < MAX_DRAWS; draw++) {
          const params = decodePoint(space, drawPoint(space, random));
          if (!isTaken(history, params)) return params;
        }
        if (!isFinite) return decodePoint(space, drawPoint(space, random));
        order ??= new ShuffledConfigurations(space, seed);
        return order.firstFree(history);
      },
    };
  },
};

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
