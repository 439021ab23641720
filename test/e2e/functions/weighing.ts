/**
 * A small network that weighs two features of which one decides; it has one layer that matters, one that cannot go,
 * noise enough, and a variant that always fails.
 */
import { defineTraining, randomStream, tf } from 'maggy';

const rows = 64;

function table(seed: number) {
  const draws = randomStream(seed, 'rows');
  const values = Array.from({ length: rows }, () => [draws.normal(), draws.normal()]);
  return {
    features: ['deciding', 'useless'],
    xs: tf.tensor2d(values),
    ys: tf.tensor2d(values.map(([deciding = 0]) => [3 * deciding])),
  };
}

export default defineTraining({
  name: 'weighing',
  space: {
    learningRate: { type: 'float', min: 1e-3, max: 0.3, scale: 'log', default: 0.05 },
    units: { type: 'int', min: 2, max: 8, step: 2, default: 8 },
    epochs: { type: 'constant', value: 40 },
  },
  metric: 'loss',
  direction: 'minimize',
  features: ['deciding', 'useless'],
  variants: {
    broken: {
      dataset: () => {
        throw new Error('the file is gone');
      },
    },
  },
  ablation: { features: 'all', layers: ['hidden'], variants: 'all' },
  dataset: ({ seed }) => table(seed),
  model: ({ units }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units, activation: 'tanh', inputShape: [2], name: 'hidden' }),
        tf.layers.dense({ units, name: 'spread' }),
        tf.layers.reshape({ targetShape: [2, units / 2], name: 'shape' }),
        tf.layers.globalAveragePooling1d({ name: 'pool' }),
        tf.layers.dense({ units: 1, name: 'answer' }),
      ],
    }),
  train: async ({ hparams, model, dataset }) => {
    const { xs, ys } = await dataset();
    const network = model();
    network.compile({ optimizer: tf.train.adam(hparams.learningRate), loss: 'meanSquaredError' });
    const { history } = await network.fit(xs, ys, { epochs: hparams.epochs, batchSize: rows, shuffle: false, verbose: 0 });
    return Number(history.loss?.at(-1));
  },
});
