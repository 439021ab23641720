/**
 * The points of a scrambled Sobol sequence in the unit cube of the space, one a trial number: they leave smaller gaps than
 * independent draws. A configuration that is taken already is replaced by an independent draw.
 */
import { samplerEntries } from '../../core/catalogue.ts';
import { randomStream } from '../../core/random.ts';
import { SobolSequence } from '../sobol/sobol.ts';
import type { Sampler, SamplerDefinition } from './sampler.ts';
import { UntakenParams } from './untaken.ts';

export const sobolSampler: SamplerDefinition = {
  ...samplerEntries.sobol,
  create: ({ space, seed }): Sampler => {
    const untaken = new UntakenParams(space, seed);
    const sequence = new SobolSequence(space.dimensions.length, seed);
    return {
      learns: false,
      suggest: (number, history) => untaken.choose(history, randomStream(seed, 'suggest', number), [sequence.point(number)]),
    };
  },
};
