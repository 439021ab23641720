/** What a trial process is ordered to run, from the binding of an attempt and the specification of its experiment. */
import { plannedTrial } from '../core/ablation/plan.ts';
import type { Exclusion } from '../core/ablation/schema.ts';
import type { Specification } from '../core/experiment.ts';
import type { Binding } from '../queue/attempts.ts';
import type { RunOrder } from './protocol.ts';

/** @param store folder of the experiment's files */
export function runOrderOf(
  { entry, resumeFrom, best }: Omit<Binding, 'token'>,
  specification: Specification,
  store: string,
): Omit<RunOrder, 'type' | 'run' | 'deadlineMs' | 'lockstep'> {
  const { trainingFunction, metric, direction, decisionSteps, dataset, seed: experimentSeed } = specification;
  const { trial, params, seed } = entry;
  return {
    trainingFunction: trainingFunction.name,
    trial,
    params,
    seed,
    experimentSeed,
    datasetOptions: dataset,
    ...exclusionOf(specification, trial),
    metric,
    direction,
    decisionSteps,
    resumeFrom,
    best,
    store,
  };
}

/** The plan says by a trial's number what it leaves out. */
function exclusionOf({ ablation, replicates, seed }: Specification, trial: number): { exclusion?: Exclusion } {
  const planned = ablation && plannedTrial(ablation, replicates, seed, trial);
  return planned === undefined ? {} : { exclusion: planned.component.exclusion };
}
