/** What a trial process is ordered to run, from the binding of an attempt and the specification of its experiment. */
import type { Specification } from '../core/experiment.ts';
import type { Binding } from '../core/attempt.ts';
import type { RunOrder } from './protocol.ts';

/** @param store folder of the experiment's files */
export function runOrderOf(
  { entry, resumeFrom, best }: Binding,
  specification: Specification,
  store: string,
): Omit<RunOrder, 'type' | 'run' | 'deadlineMs' | 'lockstep'> {
  const { trainingFunction, metric, direction, decisionSteps, dataset, seed: experimentSeed } = specification;
  const { trial, params, seed, exclusion } = entry;
  return {
    trainingFunction: trainingFunction.name,
    trial,
    params,
    seed,
    experimentSeed,
    datasetOptions: dataset,
    ...(exclusion === undefined ? {} : { exclusion }),
    metric,
    direction,
    decisionSteps,
    resumeFrom,
    best,
    store,
  };
}
