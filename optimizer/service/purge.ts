/**
 * Removes a deleted experiment, what hangs on it first and its guard last, so that a crash in between is taken up again by
 * the next optimizer: keys of trials, read model, files, lists; then the primary records, which leaves a tombstone.
 */
import { MaggyError } from '../../core/errors.ts';
import type { Tenure } from '../../queue/decisions.ts';
import type { Experiments } from '../../queue/experiments.ts';
import type { ExperimentState } from '../engine/state.ts';

const PAGE = 500;

export interface PurgeServices {
  readonly experiments: Experiments;
  readonly removeFiles: (experiment: string) => Promise<void>;
}

export async function purgeExperiment(state: ExperimentState, tenure: Tenure, services: PurgeServices): Promise<void> {
  const { id, tags } = state.specification;
  for (let start = 0; start < state.trials.length; start += PAGE) {
    await tenure.records.unlinkTrials(state.trials.slice(start, start + PAGE).map(({ number }) => number));
  }
  await tenure.records.unlinkReadModel();
  await services.removeFiles(id);
  await services.experiments.forget(id, tags);
  // Nothing can start in an experiment that is being deleted, so an attempt that still holds a lease is a fault: try it all again.
  if (!(await tenure.purge())) throw new MaggyError('internal', `experiment ${id} cannot be removed: an attempt holds a lease`);
}
