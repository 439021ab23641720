/**
 * A training function on this machine, with nothing else running: what `maggy run` and a person's script call. It prepares what a worker's
 * process prepares (backend, seeds, complete hyperparameters) and supplies an environment that collects the curve and never
 * decides.
 */
import { invalid } from '../core/errors.ts';
import type { Params } from '../core/space.ts';
import { type BackendChoice, type BackendInfo, selectBackend } from './backends/select.ts';
import type { AnyTrainingFunction, Metrics, Report } from './contract.ts';
import { defaultSeed } from './define.ts';
import { completeHparams } from './hparams.ts';
import { inProcess } from './in-process.ts';
import { LatestCheckpoint } from './latest-checkpoint.ts';
import { executeTraining } from './run.ts';
import type { tf } from './tf.ts';

export interface RunOptions {
  /** Those left out take their defaults. */
  readonly hparams?: Params;
  /** Of the trial and of the dataset: a positive 32-bit integer. */
  readonly seed?: number;
  /** Options of the dataset function. */
  readonly dataset?: object;
  readonly onReport?: (report: Report) => void;
  readonly onLog?: (line: string) => void;
  /** Ends the run, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Where checkpoints are kept while it runs; in memory without it. A run that was interrupted goes on from here when it is started
   * again with the same hyperparameters, seed and dataset; a completed one leaves nothing behind.
   */
  readonly checkpointFolder?: string;
  readonly backend?: BackendChoice;
}

export interface RunResult {
  readonly value: number;
  readonly metrics: Metrics;
  /** Every report, in the order of their steps. */
  readonly curve: readonly Report[];
  readonly hparams: Params;
  readonly seed: number;
  readonly durationSeconds: number;
  readonly backend: BackendInfo;
  /** The trained model, where the function built one with `model()`; the caller's to dispose. */
  readonly model: tf.LayersModel | undefined;
}

/**
 * Runs `training` once, to its end. Runs of one process follow one another; `Math.random` is seeded while one lasts, and itself again
 * afterwards.
 *
 * @throws {MaggyError} `invalid` for hyperparameters or a seed that break a rule; whatever the function throws; `TrialDiverged`.
 */
export function runTraining(training: AnyTrainingFunction, options: RunOptions = {}): Promise<RunResult> {
  return inProcess(() => runNow(training, options));
}

async function runNow(training: AnyTrainingFunction, options: RunOptions): Promise<RunResult> {
  const { seed = defaultSeed, dataset = {}, signal = new AbortController().signal, onReport, onLog = console.log } = options;
  checkSeed(seed);
  const hparams = completeHparams(training.space, options.hparams ?? {});
  signal.throwIfAborted();
  const backend = await selectBackend(options.backend);
  const checkpoints = await LatestCheckpoint.open(options.checkpointFolder, { name: training.name, hparams, seed, dataset });
  const curve: Report[] = [];
  const startedAt = performance.now();
  const outcome = await executeTraining(training, {
    hparams,
    seed,
    experimentSeed: seed,
    datasetOptions: dataset,
    ...(checkpoints.latest === undefined ? {} : { resumeFrom: checkpoints.latest }),
    environment: {
      report: async (report) => {
        curve.push(report);
        onReport?.(report);
        return 'continue';
      },
      log: (line) => onLog(line),
      signal,
      checkpoints: checkpoints.store,
      checkpointSaved: (saved) => checkpoints.register(saved),
    },
  });
  if (outcome.state === 'failed') throw outcome.cause;
  if (outcome.state !== 'completed') throw signal.reason;
  const durationSeconds = Math.round(performance.now() - startedAt) / 1000;
  await checkpoints.clear();
  const { value, metrics, model } = outcome;
  return { value, metrics, curve, hparams, seed, durationSeconds, backend, model };
}

function checkSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 1 || seed > 0xffff_ffff) throw invalid('seed', 'must be a positive 32-bit integer', seed);
}
