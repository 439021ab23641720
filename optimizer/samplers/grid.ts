/** Every configuration of the space once, in the order of `configurations`; continuous parameters at evenly spaced levels. */
import { GridSamplerOptions, samplerEntries } from '../../core/catalogue.ts';
import { configurations } from '../../core/configurations.ts';
import type { Params } from '../../core/space.ts';
import { compileSchema } from '../../core/validate.ts';
import type { Sampler, SamplerDefinition } from './sampler.ts';

const parseOptions = compileSchema(GridSamplerOptions);

export const gridSampler: SamplerDefinition = {
  ...samplerEntries.grid,
  create: ({ space, choice }): Sampler => {
    const { resolution } = parseOptions(choice, 'sampler');
    const remaining = configurations(space, resolution === undefined ? {} : { resolution });
    // Configurations read off the grid and not yet seen bound. A trial, once bound, stays bound, so none comes back.
    const ahead: Params[] = [];
    return {
      learns: false,
      suggest(_number, history) {
        while (ahead[0] !== undefined && history.isBound(ahead[0])) ahead.shift();
        for (const params of ahead) {
          if (!history.isBound(params) && !history.isListed(params)) return params;
        }
        for (const params of iterate(remaining)) {
          ahead.push(params);
          if (!history.isBound(params) && !history.isListed(params)) return params;
        }
        return null;
      },
    };
  },
};

/** Goes on with an iterator where it stands; a plain for-of would close it on leaving the loop. */
function* iterate<Item>(iterator: Iterator<Item, void>): Generator<Item, void, undefined> {
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
}
