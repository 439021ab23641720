/** Hyperparameters as a person sets them by hand, in a script or on the command line. */
import { holdConstants } from '../core/constants.ts';
import { completeParams } from '../core/params.ts';
import type { Params, SearchSpace } from '../core/space.ts';

/**
 * What is given, and the defaults of the rest.
 *
 * @throws {MaggyError} `invalid` for a name that is not in the space or a value that breaks its rule
 */
export function completeHparams(space: SearchSpace, given: Readonly<Record<string, unknown>>): Params {
  return completeParams(holdConstants(space, given), given);
}
