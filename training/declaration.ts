/** What a worker says of a training function it holds, so that others can name it, check hyperparameters for it and show its text. */
import type { Declaration } from '../core/declaration.ts';
import { defaultParams } from '../core/params.ts';
import type { AnyTrainingFunction } from './contract.ts';

export function declare(training: AnyTrainingFunction, hash: string, source: string): Declaration {
  const { name, space, metric, direction, maxResource, ablation } = training;
  return {
    name,
    hash,
    space,
    metric,
    ...(direction === undefined ? {} : { direction }),
    ...(maxResource === undefined ? {} : { maxResource }),
    defaults: defaultParams(space),
    ablatable: training.ablatable(),
    ...(ablation === undefined ? {} : { ablation }),
    source,
  };
}
