/** Trainings that ranks of a test run, each a few steps on a few rows. What they return is compared between ranks and with one process alone. */
import type { Decision } from '../../core/states.ts';
import type { Report } from '../../training/contract.ts';
import { defineTraining } from '../../training/define.ts';
import { batches } from '../../training/batches.ts';
import type { Communicator } from '../../training/lockstep/communicator.ts';
import { MemoryCheckpointStore } from '../../training/memory-checkpoint-store.ts';
import { executeTraining } from '../../training/run.ts';
import { tf } from '../../training/tf.ts';

export type Say = (message: unknown) => void;
type Scenario = (communicator: Communicator | undefined, say: Say) => Promise<unknown>;

export const optimizers = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  rmsprop: () => tf.train.rmsprop(0.005),
};
export type OptimizerName = keyof typeof optimizers;
export const styles = ['fit', 'fitDataset', 'trainOnBatch', 'loop'] as const;
export type Style = (typeof styles)[number];

/** 70 rows in batches of 16: five batches an epoch, the last one of 6 rows; four epochs are 20 steps. */
const ROWS = 70;
const BATCH = 16;
const EPOCHS = 4;

const architectures = {
  mlp: () => tf.sequential({ layers: [tf.layers.dense({ units: 8, activation: 'tanh', inputShape: [6] }), tf.layers.dense({ units: 2 })] }),
  cnn: () =>
    tf.sequential({
      layers: [
        tf.layers.reshape({ targetShape: [6, 6, 1], inputShape: [36] }),
        tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    }),
};
export type ArchitectureName = keyof typeof architectures;

function data(columns: number): { xs: tf.Tensor2D; ys: tf.Tensor2D } {
  return tf.tidy(() => {
    const xs = tf.randomNormal([ROWS, columns], 0, 1, 'float32', 3).as2D(ROWS, columns);
    return { xs, ys: xs.slice([0, 0], [ROWS, 2]).tanh().as2D(ROWS, 2) };
  });
}

async function train(model: tf.Sequential, style: Style, optimizer: tf.Optimizer, columns: number): Promise<void> {
  const { xs, ys } = data(columns);
  if (style === 'loop') {
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (const batch of batches({ xs, ys }, BATCH)) {
        optimizer.minimize(() =>
          tf.losses
            .meanSquaredError(
              batch.ys,
              tf.tidy(() => model.apply(batch.xs) as tf.Tensor),
            )
            .asScalar(),
        );
      }
    }
    return;
  }
  model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] });
  if (style === 'trainOnBatch') {
    for (let begin = 0; begin < EPOCHS * ROWS; begin += BATCH) {
      const from = begin % ROWS;
      const rows = Math.min(BATCH, ROWS - from);
      await model.trainOnBatch(xs.slice(from, rows), ys.slice(from, rows));
    }
  } else if (style === 'fit') await model.fit(xs, ys, { epochs: EPOCHS, batchSize: BATCH, verbose: 0 });
  else {
    const rows = tf.data.zip({ xs: tf.data.array(await xs.array()), ys: tf.data.array(await ys.array()) });
    await model.fitDataset(rows.batch(BATCH), { epochs: EPOCHS, verbose: 0 });
  }
}

/** Runs `work` as a trial; what it returns goes out beside the outcome. */
async function asTrial(
  lockstep: Communicator | undefined,
  work: (report: (value: number) => Promise<void>) => Promise<unknown>,
  decide: (report: Report) => Decision = () => 'continue',
): Promise<unknown> {
  let result: unknown;
  const outcome = await executeTraining(
    defineTraining({
      name: 'scenario',
      train: async ({ reporter }) => {
        result = await work((value) => reporter.report(value));
        return 1;
      },
    }),
    {
      hparams: {},
      seed: 17,
      experimentSeed: 5,
      ...(lockstep === undefined ? {} : { lockstep }),
      environment: {
        report: async (report) => decide(report),
        log: () => undefined,
        signal: new AbortController().signal,
        checkpoints: new MemoryCheckpointStore(),
        checkpointSaved: async () => undefined,
      },
    },
  );
  return {
    state: outcome.state,
    ...(outcome.state === 'failed' ? { message: outcome.message, cause: nameOf(outcome.cause) } : {}),
    result,
  };
}

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : 'thrown');

function equivalence(architecture: ArchitectureName, optimizer: OptimizerName, style: Style): Scenario {
  return (lockstep) =>
    asTrial(lockstep, async () => {
      const model = architectures[architecture]();
      await train(model, style, optimizers[optimizer](), architecture === 'mlp' ? 6 : 36);
      return model.getWeights().map((weight) => Array.from(weight.dataSync()));
    });
}

export const scenarios: Record<string, Scenario> = {};
for (const optimizer of Object.keys(optimizers) as OptimizerName[]) {
  for (const style of styles) {
    for (const architecture of ['mlp', 'cnn'] as const) {
      scenarios[`${architecture} ${optimizer} ${style}`] = equivalence(architecture, optimizer, style);
    }
  }
}

/** A network with everything that could differ between ranks: dropout, batch normalisation, validation, a metric. */
scenarios.agreement = (lockstep) =>
  asTrial(lockstep, async (report) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 8, activation: 'relu', inputShape: [6] }),
        tf.layers.batchNormalization(),
        tf.layers.dropout({ rate: 0.4 }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.3), loss: 'meanSquaredError', metrics: ['mae'] });
    const { xs, ys } = data(6);
    const seen: unknown[] = [];
    await model.fit(xs, ys, {
      epochs: 30,
      batchSize: BATCH,
      verbose: 0,
      validationSplit: 0.2,
      callbacks: [
        new tf.CustomCallback({
          onEpochEnd: async (_epoch, logs) => {
            seen.push({ ...logs });
            await report(seen.length);
          },
        }),
        tf.callbacks.earlyStopping({ monitor: 'val_loss', patience: 2 }),
      ],
    });
    return { seen, weights: model.getWeights().map((weight) => Array.from(weight.dataSync())) };
  });

function inBatches(xs: tf.Tensor2D, ys: tf.Tensor2D, size: number): tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }> {
  return tf.data.generator(function* () {
    for (let begin = 0; begin < ROWS; begin += size) {
      const rows = Math.min(size, ROWS - begin);
      yield { xs: xs.slice(begin, rows), ys: ys.slice(begin, rows) };
    }
  });
}

/** Every way to evaluate, in batches of which the last is smaller than a group of four, before and after weights have changed. */
scenarios.evaluation = (lockstep) =>
  asTrial(lockstep, async () => {
    const model = architectures.mlp();
    const { xs, ys } = data(6);
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError', metrics: ['mae'] });
    // Weights go round with the first step.
    await model.fit(xs, ys, { epochs: 1, batchSize: ROWS, verbose: 0 });
    const [before, tensorsBefore] = [lockstep?.statistics().collectives ?? 0, tf.memory().numTensors];
    const rows = inBatches(xs, ys, 23);
    const numbers = async (of: tf.Scalar | tf.Scalar[]): Promise<number[]> =>
      Promise.all([of].flat().map(async (value) => (await value.data())[0] ?? NaN));
    const measured = [
      await numbers(model.evaluate(xs, ys, { batchSize: 23 })),
      await numbers(await model.evaluateDataset(rows, { batches: 4 })),
    ];
    const collectives = (lockstep?.statistics().collectives ?? 0) - before;
    await model.trainOnBatch(xs, ys);
    const tensors = tf.memory().numTensors - tensorsBefore;
    const fit = await model.fit(xs, ys, { epochs: 1, batchSize: 23, verbose: 0, validationData: [xs, ys] });
    const fitDataset = await model.fitDataset(rows, { epochs: 1, verbose: 0, validationData: rows, validationBatches: 4 });
    return { measured, collectives, tensors, trained: [fit.history, fitDataset.history] };
  });

/** The last batch has one row: most ranks have none of it. */
scenarios.remainder = (lockstep) =>
  asTrial(lockstep, async () => {
    const model = architectures.mlp();
    const { xs, ys } = data(6);
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    await model.fit(xs.slice(0, 17), ys.slice(0, 17), { epochs: 2, batchSize: 16, verbose: 0 });
    return model.getWeights().map((weight) => Array.from(weight.dataSync()));
  });

/** Tensors alive after each epoch of a loop written by hand. */
scenarios.tensors = (lockstep) =>
  asTrial(lockstep, async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 8, inputShape: [6] }), tf.layers.batchNormalization(), tf.layers.dense({ units: 2 })],
    });
    const { xs, ys } = data(6);
    const optimizer = tf.train.sgd(0.05);
    const alive: number[] = [];
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (const batch of batches({ xs, ys }, BATCH)) {
        optimizer.minimize(() => {
          const output = model.apply(batch.xs, { training: true });
          if (!(output instanceof tf.Tensor)) throw new TypeError('one tensor was expected');
          return tf.losses.meanSquaredError(batch.ys, output).asScalar();
        });
      }
      alive.push(tf.memory().numTensors);
    }
    return alive;
  });

/** Rank 1 believes that it has fewer batches. */
scenarios.uneven = (lockstep) =>
  asTrial(lockstep, async () => {
    const model = architectures.mlp();
    const { xs, ys } = data(6);
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    await model.fit(xs, ys, { epochs: lockstep?.rank === 1 ? 1 : 2, batchSize: BATCH, verbose: 0 });
  });

/** After its second report rank 0 is told to end; all say which step was their last. */
const endedBy =
  (decision: Decision): Scenario =>
  async (lockstep) => {
    let steps = 0;
    const weights: number[] = [];
    const outcome = await asTrial(
      lockstep,
      async (report) => {
        const model = architectures.mlp();
        const { xs, ys } = data(6);
        model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
        const onBatchEnd = async (): Promise<void> => {
          steps += 1;
          weights.splice(0, Infinity, ...model.getWeights().flatMap((weight) => Array.from(weight.dataSync())));
          if (steps % 3 === 0) await report(steps);
        };
        await model.fit(xs, ys, { epochs: EPOCHS, batchSize: BATCH, verbose: 0, callbacks: { onBatchEnd } });
      },
      ({ step }) => (lockstep?.rank === 0 && step >= 2 ? decision : 'continue'),
    );
    return { outcome, steps, weights };
  };
scenarios.stopped = endedBy('stop');
scenarios.paused = endedBy('pause');

/** Applies gradients in a way of its own. */
class Halving extends tf.Optimizer {
  static readonly className = 'Halving';
  applyGradients(): void {
    for (const variable of Object.values(tf.engine().registeredVariables)) variable.assign(tf.mul(variable, 0.5));
  }
  getConfig(): Record<string, never> {
    return {};
  }
}

scenarios.foreign = (lockstep) =>
  asTrial(lockstep, async () => {
    const model = architectures.mlp();
    await train(model, 'loop', new Halving(), 6);
  });

/** Collectives without end, each announced, so that a test may take a rank away. */
scenarios.endless = async (lockstep, say) => {
  const values = new Float32Array(1000);
  for (let round = 1; ; round++) {
    lockstep?.allReduce(values);
    if (round === 20) say({ running: true });
    await new Promise((resolve) => setImmediate(resolve));
  }
};
