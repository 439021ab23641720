/** Looks up one trial. */
import { MaggyError } from '../core/errors.ts';
import type { TrialRow } from '../core/results.ts';
import { existing } from './results.ts';
import type { Services } from './services.ts';

/** @throws {MaggyError} not-found or gone */
export async function trialOf(services: Services, id: string, number: number): Promise<TrialRow> {
  await existing(services, id);
  const row = await services.readModel.trial(id, number);
  if (row !== null) return row;
  throw new MaggyError('not-found', `experiment ${id} has no trial ${number}`, {
    field: 'n',
    value: number,
    rule: 'the number of a trial',
  });
}
