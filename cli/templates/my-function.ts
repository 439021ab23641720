/**
 * A training function: everything that an experiment needs to know, in one file. It does not know where it runs: by hand, in a test, as one
 * of many trials, or as one of several ranks that train one model. Change what it loads, builds and trains; keep the shape.
 */
import { defineTraining, tf } from 'maggy';

/** Rows that the example makes; a data set of your own has as many as it has. */
const SAMPLES = 256;

export default defineTraining({
  // What experiments call it.
  name: 'my-function',

  // What may vary, with bounds that are included. `log`: for what you think of as factors. `constant`: held, but --set changes it.
  space: {
    learningRate: { type: 'float', min: 1e-3, max: 0.3, scale: 'log', default: 0.03 },
    units: { type: 'int', min: 4, max: 64, scale: 'log', default: 16 },
    activation: { type: 'categorical', choices: ['tanh', 'relu'] },
    epochs: { type: 'constant', value: 10 },
  },

  // What an experiment goes by. Reports and the returned record must hold it.
  metric: 'valAccuracy',
  direction: 'maximize',
  // Steps of a whole training: what the schedulers asha and hyperband dole out.
  maxResource: 10,

  // Loaded once per process. Every trial of an experiment gets the same seed, and so the same split.
  dataset: ({ samples = SAMPLES }: { seed: number; samples?: number }) => {
    // Two half-moons would do as well: here a point is in class 1 if it lies within a ring.
    const xs = tf.randomUniform([samples, 2], -1, 1);
    const radius = xs.square().sum(1).sqrt();
    const ys = radius.greater(0.4).logicalAnd(radius.less(0.8)).toFloat().expandDims(1);
    return { xs, ys };
  },

  // A function of the hyperparameters: an ablation may hand over a model with a layer less.
  model: ({ units, activation }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ name: 'hidden', inputShape: [2], units, activation }),
        tf.layers.dense({ name: 'hidden2', units, activation }),
        tf.layers.dense({ name: 'output', units: 1, activation: 'sigmoid' }),
      ],
    }),

  train: async ({ hparams, model, dataset, reporter, checkpoint, log }) => {
    const { xs, ys } = await dataset();
    const network = model();
    const optimizer = tf.train.adam(hparams.learningRate);
    network.compile({ optimizer, loss: 'binaryCrossentropy', metrics: ['accuracy'] });

    // A trial whose worker died, or that was promoted, goes on from here. In a first attempt there is nothing.
    const saved = await checkpoint.load();
    if (saved !== null) {
      await saved.restore({ model: network, optimizer });
      log('going on after epoch', saved.step);
    }
    // Saved before the report of the same step: whoever goes on from a report finds its checkpoint.
    const keep = new tf.CustomCallback({
      onEpochEnd: (epoch) => checkpoint.save({ model: network, optimizer }, { step: epoch + 1 }),
    });
    await network.fit(xs, ys, {
      epochs: hparams.epochs,
      initialEpoch: saved?.step ?? 0,
      validationSplit: 0.25,
      // Reports each epoch. A trial that is not worth going on with ends inside `fit`, without knowing.
      callbacks: [keep, reporter.callback('val_acc')],
      verbose: 0,
    });
    // Nothing is returned: then the last report counts.
  },
});
