/**
 * The loop of a trial process: loads once, then runs what the worker orders, one trial at a time, and says after each
 * whether the process is fit for another.
 */
import { Socket } from 'node:net';
import { MaggyError } from '../../core/errors.ts';
import { backendNames, type BackendName } from '../../training/backends/backend.ts';
import { TensorLedger } from '../../training/backends/memory.ts';
import { selectBackend } from '../../training/backends/select.ts';
import { DirectoryCheckpointStore, type CheckpointStore } from '../../training/checkpoint-store.ts';
import type { AnyTrainingFunction, TrialOutcome } from '../../training/contract.ts';
import type { Communicator } from '../../training/lockstep/communicator.ts';
import { datasetCache } from '../../training/dataset-cache.ts';
import { loadTrainings } from '../../training/load.ts';
import { executeTraining } from '../../training/run.ts';
import { Channel, CHANNEL } from '../channel.ts';
import type { ChildMessage, ChildOutcome, LoadOrder, ParentMessage, RunOrder } from '../protocol.ts';
import type { Deadline } from './deadline.ts';
import { asRank, type LostOutcome } from './as-rank.ts';
import { keepModel } from './keep-model.ts';
import { Trial } from './trial.ts';
import { TrialStore } from './trial-store.ts';

/** Enough for experiments that take turns on a slot, and for a function that loads parts of its data by turns. */
const DATASETS_KEPT = 4;

/** Lines of a thrown error's stack that go into the trial's log. */
const STACK_LINES = 12;

export function serve(deadline: Deadline): void {
  const pipe = new Socket({ fd: CHANNEL, readable: true, writable: true });
  const channel = new Channel<ChildMessage>(pipe, (line) => hear(parseOrder(line)));
  const send = (message: ChildMessage): void => channel.send(message);
  const functions = new Map<string, AnyTrainingFunction>();
  let current: Trial | undefined;

  const run = async (order: RunOrder): Promise<void> => {
    const training = functions.get(order.trainingFunction);
    if (training === undefined) throw new MaggyError('internal', `this process holds no training function ${order.trainingFunction}`);
    deadline.begin(order.run, order.deadlineMs);
    const store = new DirectoryCheckpointStore(order.store);
    const trial = new Trial(order, new TrialStore(store, order.trial), send);
    current = trial;
    const done = await runToItsEnd(training, trial, store, send);
    current = undefined;
    deadline.end();
    datasetCache.trim(DATASETS_KEPT);
    send(done);
  };

  // What was reported in the turn in which the function ends the process.
  process.on('exit', () => current?.flush());
  // The worker is gone.
  pipe.on('close', () => process.exit(0));

  function hear(message: ParentMessage): void {
    if (message.type === 'load') void load(message, functions).then(send, (error: unknown) => unable(error, send));
    else if (message.type === 'run') void run(message);
    else if (message.run === current?.order.run) current.hear(message);
  }
}

/** The worker's orders are trusted. */
const parseOrder: (line: string) => ParentMessage = JSON.parse;

async function load(order: LoadOrder, functions: Map<string, AnyTrainingFunction>): Promise<ChildMessage> {
  const { backend: prefer, threads, functions: path } = order;
  const backend = await selectBackend({ ...(prefer === undefined ? {} : { prefer: backendName(prefer) }), threads });
  const { trainings, broken, stamps } = await loadTrainings(path);
  for (const { training } of trainings) functions.set(training.name, training);
  const { name, version, device, skipped } = backend;
  return {
    type: 'ready',
    backend: { name, version, device, skipped: [...skipped] },
    functions: trainings.map(({ declaration }) => declaration),
    broken: [...broken],
    stamps,
  };
}

function backendName(name: string): BackendName {
  const known = backendNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw new MaggyError('invalid', `backend: must be one of ${backendNames.join(', ')}, got ${name}`, { field: 'backend', value: name });
}

function unable(error: unknown, send: (message: ChildMessage) => void): void {
  send({ type: 'unable', message: error instanceof Error ? error.message : String(error) });
}

/**
 * Tensors that the trials of a process may leave behind, in all, before it is replaced. TensorFlow.js itself leaves one with each momentum
 * optimizer; a function that leaks leaves them at every step.
 */
const TENSORS_BORNE = 64;
let tensorsLeft = 0;

async function runToItsEnd(
  training: AnyTrainingFunction,
  trial: Trial,
  models: CheckpointStore,
  send: (message: ChildMessage) => void,
): Promise<ChildMessage> {
  const { order } = trial;
  const ledger = new TensorLedger();
  const cachedBefore = datasetCache.tensorCount;
  const train = (lockstep?: Communicator): Promise<TrialOutcome> =>
    executeTraining(training, {
      hparams: order.params,
      seed: order.seed,
      experimentSeed: order.experimentSeed,
      datasetOptions: order.datasetOptions,
      metric: order.metric,
      ...(order.exclusion === undefined ? {} : { exclusion: order.exclusion }),
      ...(order.resumeFrom === null ? {} : { resumeFrom: order.resumeFrom }),
      ...(lockstep === undefined ? {} : { lockstep }),
      environment: trial,
    });
  const outcome = order.lockstep === undefined ? await train() : await asRank(order.lockstep, trial, send, train);
  if (outcome.state === 'failed' && outcome.stack !== undefined) {
    process.stderr.write(`${outcome.stack.split('\n', STACK_LINES).join('\n')}\n`);
  }
  const model = outcome.state === 'completed' ? await keepModel(outcome, order.best, order.direction, models) : null;
  // Data that stays in the cache for later trials is not left behind.
  const left = ledger.left().tensors - (datasetCache.tensorCount - cachedBefore);
  tensorsLeft += Math.max(0, left);
  const unhealthy = tensorsLeft > TENSORS_BORNE ? `its trials left ${tensorsLeft} tensors behind` : null;
  if (unhealthy !== null) trial.log(`This trial left ${left} tensors behind (tf.tidy or dispose frees them); its process is replaced.`);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  return {
    type: 'done',
    run: order.run,
    outcome: plain(outcome),
    reports: [...trial.restOfReports()],
    model,
    lastStep: outcome.lastStep,
    written: { stdout: process.stdout.bytesWritten, stderr: process.stderr.bytesWritten },
    unhealthy,
  };
}

/** Resolves when everything written so far has left the process. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

/** What of an outcome can leave the process. */
function plain(outcome: TrialOutcome | LostOutcome): ChildOutcome {
  switch (outcome.state) {
    case 'completed':
      return { state: 'completed', value: outcome.value, metrics: { ...outcome.metrics } };
    case 'stopped':
    case 'paused':
      return { state: outcome.state };
    case 'failed':
      return { state: 'failed', reason: outcome.reason, message: outcome.message };
    case 'lost':
      return { state: 'lost', message: outcome.message };
  }
}
