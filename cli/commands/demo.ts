/**
 * `maggy demo`, `npm run demo`: starts a stack, submits an experiment to it over HTTP as anybody would, shows how it goes, and ends. Its
 * results stay where `npm start` finds them.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MedianSchedulerOptions } from '../../core/catalogue.ts';
import { MaggyError } from '../../core/errors.ts';
import type { Submission } from '../../core/experiment.ts';
import type { ResultDocument } from '../../core/results.ts';
import { ProgressView } from '../../lagom/progress/view.ts';
import { exampleFunctions, keyPrefix, namedRedisUrl, projectFolder, storeFolder } from '../environment.ts';
import type { MaggyClient } from '../../client/client.ts';
import { whenAskedToEnd } from '../signals.ts';
import { Stack, type StackOptions } from '../stack/stack.ts';
import { farewell } from './demo/farewell.ts';
import { dataName } from './up.ts';

const maxTrials = 12;

/** One epoch says little about where a trial ends. */
const scheduler: MedianSchedulerOptions = { type: 'median', warmupSteps: 1 };

/** Three digits in ten of the example's data: a trial takes some ten seconds on one core. */
const submission: Submission = {
  kind: 'tune',
  trainingFunction: 'mnist-cnn',
  name: 'demo',
  tags: ['demo'],
  maxTrials,
  scheduler,
  seed: 1,
  // Experiments that an earlier run left unfinished in the same Redis give way.
  priority: 100,
  dataset: { fraction: 0.3 },
};

const workers = 2;

/** @throws MaggyError when the experiment did not complete, or a process of the stack ended by itself */
export async function demo({ json }: { readonly json: boolean }): Promise<void> {
  const asked = whenAskedToEnd();
  const output = json ? process.stderr : process.stdout;
  const say = (line: string): void => void output.write(`${line}\n`);
  say(`Starting Redis, the API, the optimizer and ${workers} workers …`);
  const { stack, isKept, forget } = await startStack(say, asked);
  try {
    const { api } = stack;
    if (namedRedisUrl() === undefined) await stopEarlierDemos(api);
    const id = await api.submit(submission);
    const specification = await api.specification(id);
    const { metric } = specification;
    say(`Experiment ${id}: ${maxTrials} trials of ${submission.trainingFunction}, at ${api.url}/v1/experiments/${id}\n`);
    const view = new ProgressView(output, specification);
    const result = await followed(stack, id, view, asked).finally(() => view.close());
    say(farewell({ result, trials: await api.allTrials(id), metric, submission, isKept }));
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    if (result.state !== 'completed') {
      const why = result.failure === null ? '' : ` (trial ${result.failure.trial}: ${result.failure.reason}: ${result.failure.message})`;
      throw new MaggyError('unavailable', `the experiment ${result.state}${why}; the logs are in ${stack.logFolder}`);
    }
  } finally {
    await stack.stop();
    await forget();
  }
}

/** On the Redis of `npm start`, so that the results outlive the demo; on one of its own while `npm start` runs. */
async function startStack(
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<{ stack: Stack; isKept: boolean; forget: () => Promise<void> }> {
  const url = namedRedisUrl();
  const options: Omit<StackOptions, 'redis' | 'storeFolder'> = {
    name: 'demo',
    folder: projectFolder,
    prefix: keyPrefix(),
    host: '127.0.0.1',
    port: 0,
    functions: exampleFunctions,
    workers,
    slotsPerWorker: 1,
    signal,
  };
  try {
    const stack = await Stack.start({ ...options, redis: { url, name: dataName, log: say }, storeFolder: storeFolder() });
    return { stack, isKept: true, forget: () => Promise.resolve() };
  } catch (error) {
    if (!(error instanceof MaggyError && error.code === 'conflict')) throw error;
    const scratch = join(projectFolder, '.maggy');
    await mkdir(scratch, { recursive: true });
    const store = await mkdtemp(join(scratch, 'demo-store-'));
    const forget = (): Promise<void> => rm(store, { recursive: true, force: true });
    const stack = await Stack.start({ ...options, redis: { log: say }, storeFolder: store }).catch(async (failure: unknown) => {
      await forget();
      throw failure;
    });
    return { stack, isKept: false, forget };
  }
}

/** A demo that was killed left an experiment that would go on now and take slots. On a Redis shared with others it may be theirs. */
async function stopEarlierDemos(api: MaggyClient): Promise<void> {
  for (const state of ['queued', 'running', 'paused'] as const) {
    for await (const { id } of api.experiments({ tag: 'demo', state })) await api.stop(id);
  }
}

/** The result, once the experiment has ended. It is stopped when the demo is asked to end before. */
async function followed(stack: Stack, id: string, view: ProgressView, asked: AbortSignal): Promise<ResultDocument> {
  try {
    const failed = stack.failed.then((error) => Promise.reject(error));
    const onNews = async (result: ResultDocument): Promise<void> => view.update(result, await stack.api.allTrials(id));
    return await Promise.race([stack.api.wait(id, { onNews, signal: asked }), failed]);
  } catch (error) {
    if (asked.aborted) await stack.api.stop(id);
    throw error;
  }
}
