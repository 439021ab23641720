/** Small training functions and environments that the tests of this folder share. */
import type { AnyTrainingFunction, Report, TrialEnvironment, TrialOutcome, TrialRequest } from '../../training/contract.ts';
import type { Decision } from '../../core/states.ts';
import { defineTraining } from '../../training/define.ts';
import { inProcess } from '../../training/in-process.ts';
import { MemoryCheckpointStore } from '../../training/memory-checkpoint-store.ts';
import { executeTraining } from '../../training/run.ts';
import { tf } from '../../training/tf.ts';

/** y = 2x - 1, learnt by one weight and one bias. */
export const line = defineTraining({
  name: 'line',
  space: {
    learningRate: { type: 'float', min: 0.001, max: 1e9, scale: 'log', default: 0.1 },
    epochs: { type: 'int', min: 1, max: 20, default: 3 },
  },
  metric: 'error',
  direction: 'minimize',
  dataset: async ({ rows = 8 }: { seed: number; rows?: number }) => {
    const xs = tf.linspace(-1, 1, rows).as2D(rows, 1);
    return { xs, ys: tf.tidy(() => xs.mul(2).sub(1)) };
  },
  model: () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }),
  train: async ({ hparams, model, dataset, reporter }) => {
    const { xs, ys } = await dataset();
    const network = model();
    network.compile({ optimizer: tf.train.sgd(hparams.learningRate), loss: 'meanSquaredError' });
    await network.fit(xs, ys, { epochs: hparams.epochs, batchSize: 4, verbose: 0, callbacks: reporter.callback('loss') });
  },
});

/** A function without TensorFlow, for what concerns the runner alone. */
export function functionOf(train: Parameters<typeof defineTraining>[0]['train']): AnyTrainingFunction {
  return defineTraining({ name: 'of-the-test', metric: 'score', train });
}

export interface Trial {
  readonly outcome: TrialOutcome;
  readonly reports: readonly Report[];
  readonly logs: readonly string[];
}

/** Runs a function under an environment that answers each report by `decide`. */
export async function runTrial(
  training: AnyTrainingFunction,
  decide: (report: Report) => Decision | Promise<Decision> = () => 'continue',
  request: Partial<TrialRequest> = {},
  environment: Partial<TrialEnvironment> = {},
): Promise<Trial> {
  const reports: Report[] = [];
  const logs: string[] = [];
  const all: TrialRequest = {
    hparams: {},
    seed: 1,
    experimentSeed: 1,
    ...request,
    environment: {
      report: async (report) => {
        reports.push(report);
        return decide(report);
      },
      log: (text) => logs.push(text),
      signal: new AbortController().signal,
      checkpoints: new MemoryCheckpointStore(),
      checkpointSaved: async () => undefined,
      ...environment,
    },
  };
  const outcome = await inProcess(() => executeTraining(training, all));
  return { outcome, reports, logs };
}
