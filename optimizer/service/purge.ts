/**
 * Removes a deleted experiment, of which nothing need be readable: not its log, not its sampler. What hangs on it goes first and its guard last, so that a crash in between is taken up again by the next optimizer: keys of trials, read model, files, lists; then the primary records, which leaves a tombstone.
 */
import { MaggyError } from '../../core/errors.ts';
import type { Tenure } from '../../queue/decisions.ts';
import type { Experiments } from '../../queue/experiments.ts';

const PAGE = 500;

export interface PurgeServices {
  readonly experiments: Experiments;
  readonly removeFiles: (experiment: string) => Promise<void>;
}

export async function purgeExperiment(id: string, tenure: Tenure, services: PurgeServices): Promise<void> {
  const { records } = tenure;
  const [trials, tags] = await Promise.all([records.trials(), records.tags()]);
  for (let start = 0; start < trials; start += PAGE) {
    await records.unlinkTrials(Array.from({ length: Math.min(PAGE, trials - start) }, (_, i) => start + i));
  }
  await records.unlinkReadModel();
  await services.removeFiles(id);
  await services.experiments.forget(id, tags);
  // Nothing can start in an experiment that is being deleted, so an attempt that still holds a lease is a fault: try it all again.
  if (!(await tenure.purge())) throw new MaggyError('internal', `experiment ${id} cannot be removed: an attempt holds a lease`);
}
