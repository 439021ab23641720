/**
 * `lagom`: a whole experiment from a script, on this machine's cores or on a server. Here the engine of the optimizer and the trial
 * processes of the workers are wired together without Redis; so nothing outlives the script but the result.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StudyDocument } from '../analysis/ablation/answer.ts';
import { MaggyClient } from '../client/client.ts';
import { patiently } from '../client/connection.ts';
import { specifySurveyed } from '../core/ablation/surveyed.ts';
import type { Declaration } from '../core/declaration.ts';
import type { Specification } from '../core/experiment.ts';
import type { ResultDocument } from '../core/results.ts';
import { compileSchema } from '../core/validate.ts';
import type { Algorithms } from '../optimizer/algorithms.ts';
import { loadAlgorithms } from '../optimizer/service/extensions.ts';
import { SurrogatePool } from '../optimizer/service/surrogate-pool.ts';
import { isTrainingFunction } from '../training/define.ts';
import { shareOf } from '../worker/environment.ts';
import { surveyInProcess } from '../worker/survey.ts';
import { readConfig, type LagomConfig, type MachineConfig, type Search, type Told } from './config.ts';
import { LocalExperiment } from './local-experiment.ts';
import { LocalSlots } from './local-slots.ts';
import { checkIsSame, moduleFile, refuseInTrialProcess, type Module } from './module.ts';
import { ProgressView } from './progress/view.ts';

export type { Module } from './module.ts';

export interface LagomResult extends ResultDocument {
  /** Of an ablation, what it has found: the document of `GET /v1/experiments/:id/ablation`. */
  readonly ablation?: StudyDocument;
}

const parseStudy = compileSchema(StudyDocument);

/**
 * Runs an experiment and resolves with its result once it has ended, however it ended.
 *
 * @param module the training function as it was imported, or the path or URL of its file
 * @throws MaggyError (rejection) `invalid` with the wrong field; `unavailable` where the file cannot be loaded, the server not be reached;
 *   `conflict` where a trial process loads the script that calls this
 */
export async function lagom(module: Module, config: LagomConfig): Promise<LagomResult> {
  refuseInTrialProcess();
  const algorithms = await loadAlgorithms(config.extensions ?? []);
  const told = readConfig(config, algorithms);
  return told.server === undefined ? runHere(module, told, algorithms) : runThere(module, told, told.server);
}

async function runHere(module: Module, { search, machine, progress, signal }: Told, algorithms: Algorithms): Promise<LagomResult> {
  const file = moduleFile(module);
  const { extensions = [], onLog, onEvent } = machine;
  const slots = startSlots(file, slotCount(search, machine), machine);
  const surrogates = new SurrogatePool(extensions);
  const store = await mkdtemp(join(tmpdir(), 'maggy-lagom-'));
  try {
    const declaration = await slots.declaration();
    checkIsSame(module, file, declaration.name);
    const specification = await specificationOf(search, declaration, algorithms, file);
    const experiment = new LocalExperiment({ specification, algorithms, surrogates });
    experiment.tellOf({ onEvent, onLog });
    const view = progress ? new ProgressView(process.stderr, specification) : undefined;
    const show = (): void => view?.update(experiment.result(), experiment.changedTrials());
    const stop = (): void => experiment.stop();
    signal?.addEventListener('abort', stop);
    try {
      if (signal?.aborted === true) stop();
      await slots.run(experiment, store, show);
      show();
      return withStudy(experiment.result(), experiment.study());
    } finally {
      signal?.removeEventListener('abort', stop);
      view?.close();
      experiment.close();
    }
  } finally {
    await Promise.all([slots.close(), surrogates.close()]);
    await rm(store, { recursive: true, force: true });
  }
}

async function runThere(module: Module, { search, progress, signal, apiKey }: Told, server: string): Promise<LagomResult> {
  const client = new MaggyClient(server, { apiKey: apiKey ?? keyOfEnvironment() });
  const id = await client.submit({ ...search, trainingFunction: await nameOf(module) });
  const view = progress ? new ProgressView(process.stderr, await client.specification(id)) : undefined;
  // The experiment's end is followed to all the same.
  const stop = (): void => void patiently(() => client.stop(id)).catch(() => undefined);
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted === true) stop();
    const onNews = async (result: ResultDocument): Promise<void> => view?.update(result, await patiently(() => client.allTrials(id)));
    const result = await client.wait(id, { onNews });
    return withStudy(result, search.kind === 'ablate' ? parseStudy(await client.study(id), 'ablation') : undefined);
  } finally {
    signal?.removeEventListener('abort', stop);
    view?.close();
  }
}

function withStudy(result: ResultDocument, ablation: StudyDocument | undefined): LagomResult {
  return ablation === undefined ? result : { ...result, ablation };
}

/** A variable set to nothing counts as one that is not set. */
function keyOfEnvironment(): string | undefined {
  const { MAGGY_API_KEY: key } = process.env;
  return key === '' ? undefined : key;
}

/** The name that the module's file declares, found as a worker finds it. */
async function nameOf(module: Module): Promise<string> {
  if (isTrainingFunction(module)) return module.name;
  const slots = startSlots(moduleFile(module), 1, { backend: 'cpu' });
  try {
    return (await slots.declaration()).name;
  } finally {
    await slots.close();
  }
}

function startSlots(file: string, count: number, { backend, gpus = [] }: MachineConfig): LocalSlots {
  return new LocalSlots({ file, count, gpus, environment: process.env, ...(backend === undefined ? {} : { backend }) });
}

/** No more than the experiment can ever use at once. */
function slotCount({ kind, maxTrials = Infinity, replicates = 1, parallelism = Infinity }: Search, { slots }: MachineConfig): number {
  return Math.min(slots ?? availableParallelism(), parallelism, kind === 'train' ? replicates : maxTrials);
}

async function specificationOf(search: Search, declaration: Declaration, algorithms: Algorithms, file: string): Promise<Specification> {
  const { environment } = shareOf(0, 1, [], process.env);
  const { specification } = await specifySurveyed(
    { ...search, trainingFunction: declaration.name },
    {
      id: `l${randomBytes(10).toString('hex')}`,
      declaration,
      pool: 'local',
      seed: randomInt(2 ** 32),
      catalogue: algorithms,
    },
    (question) => surveyInProcess(question, { functions: file, environment }),
  );
  return specification;
}
