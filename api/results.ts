/**
 * The result of an experiment as users see it: what the optimizer published, a document of the same shape before it published
 * anything, and a provisional incumbent while no trial has completed.
 */
import { createHash } from 'node:crypto';
import { MaggyError } from '../core/errors.ts';
import type { Incumbent, ResultDocument, TrialRow } from '../core/results.ts';
import type { Direction } from '../core/states.ts';
import type { GuardView } from '../queue/experiments.ts';
import type { ReadModel } from '../queue/read-model.ts';
import type { ExperimentHead } from './experiment-heads.ts';
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
  const result = published ?? notTakenUp(id);
  const incumbent = result.incumbent ?? (await provisionalIncumbent(services.readModel, result, head.specification.direction));
  return { ...head, guard, result: { ...result, incumbent } };
}

/** Changes with every report and with everything the document says. */
export function entityTag({ guard, result }: ExperimentView): string {
  const digest = createHash('sha256').update(JSON.stringify([guard.reports, result]));
  return `"${result.position}-${guard.reports}-${digest.digest('base64url').slice(0, 12)}"`;
}

function notTakenUp(id: string): ResultDocument {
  return {
    id,
    state: 'queued',
    stopReason: null,
    incumbent: null,
    counts: { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 },
    resource: { used: 0, saved: 0, rungs: [] },
    durationSeconds: 0,
    waitingFor: 'an optimizer to take the experiment up',
    position: 0,
  };
}

/** Running trials that are looked at; their last values are in no index. */
const runningLookedAt = 100;

/** The best last report of running, paused and stopped trials, until a trial completes. */
async function provisionalIncumbent(readModel: ReadModel, { id, counts }: ResultDocument, direction: Direction): Promise<Incumbent | null> {
  if (counts.completed > 0 || counts.running + counts.paused + counts.stopped === 0) return null;
  const order = direction === 'minimize' ? 'ascending' : 'descending';
  const pages = await Promise.all([
    readModel.trials(id, { state: 'running', sort: 'number', order: 'ascending', offset: 0, limit: runningLookedAt }),
    readModel.trials(id, { state: 'paused', sort: 'value', order, offset: 0, limit: 1 }),
    readModel.trials(id, { state: 'stopped', sort: 'value', order, offset: 0, limit: 1 }),
  ]);
  const isBetter = (a: number, b: number): boolean => (direction === 'minimize' ? a < b : a > b);
  let best: Incumbent | null = null;
  for (const { number, params, value } of pages.flatMap((page): readonly TrialRow[] => page.rows)) {
    if (value !== null && (best === null || isBetter(value, best.value))) best = { number, params, value, provisional: true };
  }
  return best;
}
