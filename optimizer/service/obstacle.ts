/**
 * Tells users what keeps an optimizer from looking after an experiment. At such a moment there may be no engine to publish from,
 * so what was published last is written again, fenced as ever, with the obstacle as what the experiment waits for. The first
 * optimizer that gets past it publishes from its fold, which says nothing of it.
 */
import { MaggyError } from '../../core/errors.ts';
import { unpublishedResult } from '../../core/results.ts';
import { Superseded, type Tenure } from '../../queue/decisions.ts';
import type { ReadModel } from '../../queue/read-model.ts';
import { isRedisUnavailable } from '../../queue/unavailable.ts';
import { UnknownAlgorithm } from '../algorithms.ts';

/** Messages of errors that are not ours have any length. */
const MAX_CHARACTERS = 1000;

/** Publishes what the error means, where it means anything to users and is not said already. */
export async function publishObstacle(error: unknown, experiment: string, tenure: Tenure, readModel: ReadModel): Promise<void> {
  const waitingFor = obstacle(error)?.slice(0, MAX_CHARACTERS);
  if (waitingFor === undefined) return;
  const [published, position] = await Promise.all([readModel.result(experiment), readModel.position(experiment)]);
  if (published?.waitingFor === waitingFor) return;
  await tenure.publish(position, { ...(published ?? unpublishedResult(experiment, waitingFor)), waitingFor }, []);
}

/** What the experiment waits for because of this error; undefined where trying again is enough. */
function obstacle(error: unknown): string | undefined {
  if (error instanceof Superseded || isRedisUnavailable(error)) return undefined;
  if (error instanceof UnknownAlgorithm)
    return `an optimizer that knows the ${error.kind} ${error.type}: name its file in MAGGY_EXTENSIONS`;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof MaggyError && error.code === 'corrupt') return `a repair: ${message}`;
  return `an optimizer that gets past an error: ${message}`;
}
