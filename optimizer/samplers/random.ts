/**
 * Independent uniform draws from the unit cube of the space (Bergstra & Bengio 2012, "Random search for hyper-parameter
 * optimization"), without repeating a configuration.
 */
import { samplerEntries } from '../../core/catalogue.ts';
import { randomStream } from '../../core/random.ts';
import type { Sampler, SamplerDefinition } from './sampler.ts';
import { UntakenParams } from './untaken.ts';

export const randomSampler: SamplerDefinition = {
  ...samplerEntries.random,
  create: ({ space, seed }): Sampler => {
    const untaken = new UntakenParams(space, seed);
    return {
      learns: false,
      suggest: (number, history) => untaken.choose(history, randomStream(seed, 'suggest', number)),
    };
  },
};
