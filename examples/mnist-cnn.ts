/**
 * A convolutional network that reads handwritten digits. Try it on this machine, with nothing else running:
 *
 *     npx maggy run examples/mnist-cnn.ts --set dropout=0.3 --fraction 0.1
 *
 * and submit it as an experiment, of single processes or of lockstep groups, without changing a line. The function does not know which of
 * these is happening: all it needs is handed to it.
 */
import { defineTraining, tf } from 'maggy';
import { loadDigits } from './data/digits.ts';

export default defineTraining({
  name: 'mnist-cnn',

  // What a search varies. A default is what a single run uses; without one it is the middle of the range.
  space: {
    learningRate: { type: 'float', min: 1e-3, max: 0.03, scale: 'log', default: 3e-3 },
    optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
    // Only there when the optimizer is sgd.
    momentum: { type: 'float', min: 0.8, max: 0.99, default: 0.9, when: { optimizer: 'sgd' } },
    filters: { type: 'int', min: 4, max: 12, step: 4, default: 8 },
    kernelSize: { type: 'ordinal', choices: [3, 5] },
    units: { type: 'int', min: 32, max: 128, scale: 'log', default: 64 },
    dropout: { type: 'float', min: 0, max: 0.6, default: 0.25 },
    batchSize: { type: 'ordinal', choices: [16, 32, 64], default: 32 },
    epochs: { type: 'constant', value: 6 },
  },
  metric: 'valAccuracy',
  direction: 'maximize',
  // One step an epoch.
  maxResource: 6,

  // What an ablation leaves out where it names nothing.
  ablation: { layers: ['conv2', 'dropout', 'dense'], modules: [{ from: 'conv2', to: 'pool2' }] },

  // Called once per process with the experiment's seed, so that every trial is measured by the same images.
  dataset: async ({ seed, fraction = 0.4 }: { seed: number; fraction?: number }) => loadDigits({ seed, fraction, validationShare: 0.2 }),

  model: ({ filters, kernelSize, units, dropout }) =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [28, 28, 1],
          filters,
          kernelSize,
          activation: 'relu',
          kernelInitializer: 'heNormal',
          name: 'conv1',
        }),
        tf.layers.maxPooling2d({ poolSize: 2, name: 'pool1' }),
        tf.layers.conv2d({ filters: 2 * filters, kernelSize, activation: 'relu', kernelInitializer: 'heNormal', name: 'conv2' }),
        tf.layers.maxPooling2d({ poolSize: 2, name: 'pool2' }),
        tf.layers.flatten(),
        tf.layers.dropout({ rate: dropout, name: 'dropout' }),
        tf.layers.dense({ units, activation: 'relu', kernelInitializer: 'heNormal', name: 'dense' }),
        tf.layers.dense({ units: 10, activation: 'softmax', name: 'digit' }),
      ],
    }),

  train: async ({ hparams, model, dataset, reporter }) => {
    const { train, validation } = await dataset();
    const network = model();
    const { learningRate, momentum = 0 } = hparams;
    network.compile({
      optimizer: hparams.optimizer === 'adam' ? tf.train.adam(learningRate) : tf.train.momentum(learningRate, momentum),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    await network.fit(train.xs, train.ys, {
      epochs: hparams.epochs,
      batchSize: hparams.batchSize,
      validationData: [validation.xs, validation.ys],
      verbose: 0,
      // After each epoch all of its logs are reported, `val_acc` as the metric. A trial that is not worth going on with ends here.
      callbacks: reporter.callback('val_acc'),
    });
    // Nothing to return: the last report counts.
  },
});
