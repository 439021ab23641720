/** `maggy`: what a training function and a script that runs one import. */
export { tf } from './tf.ts';
export { defineTraining } from './define.ts';
export { runTraining, type RunOptions, type RunResult } from './single-host.ts';
export { batches, type BatchOptions } from './batches.ts';
export { localReporter } from './reporter.ts';
export { TrialDiverged, TrialStopped } from './endings.ts';
export { disposeModel } from './models.ts';
export type {
  HparamsOf,
  Metrics,
  PlainArguments,
  Report,
  Reporter,
  TrainContext,
  TrainingDefinition,
  TrainingFunction,
  TrainReturn,
} from './contract.ts';
export type { Checkpoint, CheckpointState, LoadedCheckpoint } from './checkpoint.ts';
export { randomStream } from '../core/random.ts';
export { MaggyError } from '../core/errors.ts';
