/**
 * From the body of a submission to an experiment: who holds the training function, whose incumbent it starts from, and the
 * promise that the same request makes one experiment. Filling in a submission is `core/specify.ts`.
 */
import { randomInt } from 'node:crypto';
import { specifySurveyed, type Surveyed } from '../core/ablation/surveyed.ts';
import { askedDeclaration, askersPool, isAsked } from '../core/asked.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import type { Specification, Submission } from '../core/experiment.ts';
import type { Params } from '../core/space.ts';
import { isFinal } from '../core/states.ts';
import type { ApiKey } from '../queue/api-keys.ts';
import { requireRoom } from '../queue/health.ts';
import { chosenHolding, holdings, kindOf, type Holding } from './holders.ts';
import { experimentId, fingerprint } from './identity.ts';
import { existing } from './results.ts';
import type { Services } from './services.ts';

export interface SubmissionOutcome {
  readonly id: string;
  readonly isNew: boolean;
}

export interface SubmissionRequest {
  readonly submission: Submission;
  /** Idempotency-Key. */
  readonly key: string | undefined;
  readonly caller: ApiKey | null;
}

/** @throws {MaggyError} invalid, unknown-training-function, too-many, conflict, gone, or unavailable where Redis is nearly full */
export async function submit(services: Services, { submission, key, caller }: SubmissionRequest): Promise<SubmissionOutcome> {
  const id = experimentId(key);
  // What the first request was resolved to stands: its seed may have been drawn, and the functions held now may be others.
  const stored = key === undefined ? undefined : await storedSpecification(services, id);
  if (stored === undefined) await requireRoom(services.redis);
  const specification = stored ?? (await resolve(services, submission, id, caller)).specification;
  if (stored === undefined && caller !== null) await services.charges.charge(caller, id, specification.parallelism ?? 0);
  const outcome = await services.experiments.submit(specification, fingerprint(submission), Date.now());
  return { id, isNew: outcome === 'created' };
}

async function storedSpecification(services: Services, id: string): Promise<Specification | undefined> {
  try {
    await existing(services, id);
  } catch (error) {
    if (error instanceof MaggyError && error.code === 'not-found') return undefined;
    throw error;
  }
  return (await services.heads.get(id)).specification;
}

/** The experiment that a submission would be. @throws {MaggyError} invalid or unknown-training-function */
export async function resolve(services: Services, submission: Submission, id: string, caller: ApiKey | null): Promise<Surveyed> {
  const { catalogue } = services;
  const { declaration, pool, slots } = isAsked(submission)
    ? { declaration: askedDeclaration(submission), pool: askersPool, slots: 0 }
    : await holdingOf(services, submission);
  const { kind, from } = submission;
  const incumbentParams = kind !== 'tune' && from !== undefined ? await incumbentOf(services, from, declaration.name) : undefined;
  const context = {
    id,
    declaration,
    pool,
    seed: randomInt(2 ** 32),
    ...(incumbentParams === undefined ? {} : { incumbentParams }),
    catalogue,
  };
  return specifySurveyed(withinLimit(submission, caller), context, async (question) =>
    slots === 0 ? null : services.survey(pool, question),
  );
}

/** Where the caller's trials are limited, the experiment has a limit as well, which then holds for all of its life. */
function withinLimit(submission: Submission, caller: ApiKey | null): Submission {
  const most = caller?.runningTrials;
  if (most === undefined) return submission;
  const { parallelism = most } = submission;
  if (parallelism > most) throw invalid('parallelism', `must be at most ${most} with this key`, parallelism);
  return { ...submission, parallelism };
}

async function holdingOf({ registry }: Services, submission: Submission): Promise<Holding> {
  const [declarations, workers] = await Promise.all([registry.declarations(), registry.workers()]);
  return chosenHolding(holdings(declarations, workers, kindOf(submission)), submission.trainingFunction, submission.pool);
}

/** Params of the best completed trial of an experiment that has ended. */
async function incumbentOf(services: Services, from: string, trainingFunction: string): Promise<Params> {
  await existing(services, from).catch((error: unknown) => {
    if (!(error instanceof MaggyError)) throw error;
    if (error.code === 'not-found') throw invalid('from', 'must be the id of an experiment, and there is none with this one', from);
    if (error.code === 'gone') throw invalid('from', 'must be the id of an experiment that was not deleted', from);
    throw error;
  });
  const { name } = (await services.heads.get(from)).specification.trainingFunction;
  if (name !== trainingFunction) throw invalid('from', `must be an experiment with ${trainingFunction} (it ran ${name})`, from);
  const result = await services.readModel.result(from);
  if (result === null || !isFinal(result.state))
    throw invalid('from', `must be an experiment that has ended (it is ${result?.state ?? 'queued'})`, from);
  if (result.incumbent === null) throw invalid('from', 'must be an experiment with a completed trial', from);
  return result.incumbent.params;
}
