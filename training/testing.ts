/**
 * `maggy/testing`: runs a training function in a test, without a server or a worker. The runner is the real one; only its edge is
 * replaced, by an environment that records what reaches it and decides as the test says.
 *
 *     const { outcome, reports } = await testTraining(training, { hparams: { lr: 0.1 }, dataset: { fraction: 0.01 }, stopAt: 2 });
 *     expect(outcome.state).toBe('stopped');
 *     expect(reports.map((report) => report.step)).toEqual([1, 2]);
 */
import { MaggyError } from '../core/errors.ts';
import type { Params } from '../core/space.ts';
import type { Decision } from '../core/states.ts';
import { TensorLedger } from './backends/memory.ts';
import { type BackendChoice, selectBackend } from './backends/select.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { AnyTrainingFunction, Report, SavedCheckpoint, TrialEnvironment, TrialOutcome } from './contract.ts';
import { datasetCache } from './dataset-cache.ts';
import { defaultSeed } from './define.ts';
import { completeHparams } from './hparams.ts';
import { inProcess } from './in-process.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';
import { disposeModel } from './models.ts';
import { canonicalJson } from './plain-json.ts';
import { executeTraining } from './run.ts';

export interface TestOptions {
  /** Those left out take their defaults. */
  readonly hparams?: Params;
  /** Of the trial. */
  readonly seed?: number;
  readonly experimentSeed?: number;
  readonly dataset?: object;
  readonly metric?: string;
  /** The first report at or after this step is answered with `stop`. */
  readonly stopAt?: number;
  /** The first report at or after this step is answered with `pause`. */
  readonly pauseAt?: number;
  /** The first report at or after this step is rejected, as when the connection is lost for good. */
  readonly failReportAt?: number;
  /** The signal is aborted while the first report at or after this step is being taken. */
  readonly abortAt?: number;
  /** Where checkpoints are kept; pass the `checkpoints.store` of an earlier test run together with `resumeFrom`. */
  readonly store?: CheckpointStore;
  readonly resumeFrom?: SavedCheckpoint;
  readonly backend?: BackendChoice;
  /** Runs in all, with the same seeds, to see whether they agree. */
  readonly repeat?: number;
}

export interface TestResult {
  /** Without the model, which has been disposed of; `runTraining` hands it over. */
  readonly outcome: TrialOutcome;
  readonly reports: readonly Report[];
  readonly logs: readonly string[];
  readonly checkpoints: { readonly saved: readonly SavedCheckpoint[]; readonly store: CheckpointStore };
  /** Tensors still alive that the function made, beside its dataset and the models of `model()`; 0 for a function that cleans up. */
  readonly leakedTensors: number;
  /** How the runs that `repeat` asked for differ from the first, a sentence each; empty for a function that only draws seeded numbers. */
  readonly differences: readonly string[];
}

/** Runs `training` once, and again as often as `repeat` says; the result is the first run's. */
export function testTraining(training: AnyTrainingFunction, options: TestOptions = {}): Promise<TestResult> {
  return inProcess(async () => {
    await selectBackend(options.backend);
    const first = await recordedRun(training, options);
    const differences: string[] = [];
    for (let run = 2; run <= (options.repeat ?? 1); run += 1) {
      differences.push(...differencesOf(first, await recordedRun(training, options), run));
    }
    return { ...first, differences };
  });
}

type RecordedRun = Omit<TestResult, 'differences'>;

async function recordedRun(training: AnyTrainingFunction, options: TestOptions): Promise<RecordedRun> {
  const { seed = defaultSeed, experimentSeed = defaultSeed, metric, resumeFrom } = options;
  const hparams = completeHparams(training.space, options.hparams ?? {});
  const environment = new RecordingEnvironment(options);
  const ledger = new TensorLedger();
  const cachedBefore = datasetCache.tensorCount;
  const outcome = await executeTraining(training, {
    hparams,
    seed,
    experimentSeed,
    environment,
    datasetOptions: options.dataset ?? {},
    ...(metric === undefined ? {} : { metric }),
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
  });
  disposeModelOf(outcome);
  const leakedTensors = ledger.left().tensors - (datasetCache.tensorCount - cachedBefore);
  return { outcome: withoutModel(outcome), leakedTensors, ...environment.recorded() };
}

/** Takes every report, answers as the options say, and keeps everything. */
class RecordingEnvironment implements TrialEnvironment {
  readonly checkpoints: CheckpointStore;
  readonly #options: TestOptions;
  readonly #abort = new AbortController();
  readonly #reports: Report[] = [];
  readonly #logs: string[] = [];
  readonly #saved: SavedCheckpoint[] = [];

  constructor(options: TestOptions) {
    this.#options = options;
    this.checkpoints = options.store ?? new MemoryCheckpointStore();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async report(report: Report): Promise<Decision> {
    const { failReportAt = Infinity, abortAt = Infinity, stopAt = Infinity, pauseAt = Infinity } = this.#options;
    if (report.step >= failReportAt) throw new MaggyError('unavailable', `The test refuses the report of step ${report.step}`);
    this.#reports.push(report);
    if (report.step >= abortAt) this.#abort.abort();
    if (report.step >= stopAt) return 'stop';
    return report.step >= pauseAt ? 'pause' : 'continue';
  }

  log(line: string): void {
    this.#logs.push(line);
  }

  async checkpointSaved(saved: SavedCheckpoint): Promise<void> {
    this.#saved.push(saved);
  }

  recorded(): Pick<TestResult, 'reports' | 'logs' | 'checkpoints'> {
    return { reports: this.#reports, logs: this.#logs, checkpoints: { saved: this.#saved, store: this.checkpoints } };
  }
}

function disposeModelOf(outcome: TrialOutcome): void {
  if (outcome.state === 'completed' && outcome.model !== undefined) disposeModel(outcome.model);
}

function withoutModel(outcome: TrialOutcome): TrialOutcome {
  if (outcome.state !== 'completed') return outcome;
  const { model: _disposed, ...rest } = outcome;
  return rest;
}

function differencesOf(first: RecordedRun, again: RecordedRun, run: number): string[] {
  const differences: string[] = [];
  const compare = (what: string, expected: unknown, got: unknown) => {
    if (canonicalJson(expected ?? null) === canonicalJson(got ?? null)) return;
    differences.push(`Run ${run}, ${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`);
  };
  for (let at = 0; at < Math.max(first.reports.length, again.reports.length); at += 1) {
    compare(`report ${at + 1}`, first.reports[at], again.reports[at]);
  }
  compare('end', endOf(first.outcome), endOf(again.outcome));
  return differences;
}

function endOf(outcome: TrialOutcome): object {
  return { state: outcome.state, value: 'value' in outcome ? outcome.value : null, lastStep: outcome.lastStep };
}
