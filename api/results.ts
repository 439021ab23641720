/**
 * The result of an experiment as users see it: what the optimizer published, a document of the same shape before it published
 * anything, and a provisional incumbent while no trial has completed.
 */
import { createHash } from 'node:crypto';
import { MaggyError } from '../core/errors.ts';
import { unpublishedResult, type Incumbent, type ResultDocument } from '../core/results.ts';
import { flipSign, type Direction } from '../core/states.ts';
import type { GuardView } from '../queue/experiments.ts';
import type { ReadModel } from '../queue/read-model.ts';
import type { ExperimentHead } from './experiment-heads.ts';
import { trialLinks } from './schemas.ts';
import type { Services } from './services.ts';

export interface ExperimentView extends ExperimentHead {
  readonly guard: GuardView;
  readonly result: ResultDocument;
}

/** @throws {MaggyError} not-found, or gone from the request to delete it on */
export async function existing(services: Services, id: string): Promise<GuardView> {
  const guard = await services.experiments.guard(id);
  if (guard.phase === 'deleting') {
    throw new MaggyError('gone', `experiment ${id} was deleted`, { field: 'id', value: id, rule: 'an experiment that was not deleted' });
  }
  return guard;
}

/** @throws {MaggyError} not-found or gone */
export async function viewOf(services: Services, id: string): Promise<ExperimentView> {
  const guard = await existing(services, id);
  const [head, published] = await Promise.all([services.heads.get(id), services.readModel.result(id)]);
  const result = published ?? unpublishedResult(id, 'an optimizer to take the experiment up');
  const incumbent = result.incumbent ?? (await provisionalIncumbent(services.readModel, result, head.specification.direction));
  return { ...head, guard, result: linked({ ...result, incumbent }) };
}

/** Changes with every report and with everything the document says. */
export function entityTag({ guard, result }: ExperimentView): string {
  const digest = createHash('sha256').update(JSON.stringify([guard.reports, result]));
  return `"${result.position}-${guard.reports}-${digest.digest('base64url').slice(0, 12)}"`;
}

/** With the way to the trials that it names. */
function linked(result: ResultDocument): ResultDocument {
  const { id, incumbent, failure } = result;
  return {
    ...result,
    incumbent: incumbent && { ...incumbent, links: trialLinks(id, incumbent.number) },
    failure: failure && { ...failure, links: trialLinks(id, failure.trial) },
  };
}

/** The best last report of running, paused and stopped trials, until a trial completes. */
async function provisionalIncumbent(readModel: ReadModel, { id, counts }: ResultDocument, direction: Direction): Promise<Incumbent | null> {
  if (counts.completed > 0 || counts.running + counts.paused + counts.stopped === 0) return null;
  const candidates = await Promise.all((['running', 'paused', 'stopped'] as const).map((state) => readModel.best(id, state, direction)));
  let best: Incumbent | null = null;
  for (const trial of candidates) {
    if (trial?.value == null) continue;
    const { number, params, value } = trial;
    if (best === null || flipSign(direction, value) < flipSign(direction, best.value)) best = { number, params, value, provisional: true };
  }
  return best;
}
