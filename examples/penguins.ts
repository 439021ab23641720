/**
 * Tells three species of penguins apart by six columns of a table, with a small dense network. The metric is the accuracy over all folds
 * of a cross-validation, because one split of 344 rows says little:
 *
 *     npx maggy run examples/penguins.ts --set units=32
 *
 * `exclude` leaves columns out of the data, which shows what each of them is worth.
 */
import { defineTraining, tf } from 'maggy';
import { columns, loadPenguins } from './data/penguins.ts';

export default defineTraining({
  name: 'penguins',

  space: {
    learningRate: { type: 'float', min: 1e-3, max: 0.1, scale: 'log', default: 0.01 },
    units: { type: 'int', min: 4, max: 64, scale: 'log', default: 16 },
    hiddenLayers: { type: 'int', min: 1, max: 3, default: 1 },
    activation: { type: 'categorical', choices: ['relu', 'tanh'] },
    l2: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log', default: 1e-4 },
    batchSize: { type: 'ordinal', choices: [32, 64] },
    epochs: { type: 'constant', value: 20 },
    // Inputs of the network: the columns of the table, one-hot encoded. There are fewer when columns are left out; see `train`.
    inputs: { type: 'constant', value: 9 },
  },
  metric: 'valAccuracy',
  direction: 'maximize',
  // One step an epoch.
  maxResource: 20,

  // What an ablation leaves out where it names nothing: each column of the table.
  features: columns,
  ablation: { features: 'all' },

  dataset: async ({ seed, exclude = [], folds = 5 }: { seed: number; exclude?: string[]; folds?: number }) =>
    loadPenguins({ seed, exclude, folds }),

  model: ({ inputs, units, hiddenLayers, activation, l2 }) =>
    tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [inputs] }),
        ...Array.from({ length: hiddenLayers }, (_, at) =>
          tf.layers.dense({ units, activation, kernelRegularizer: tf.regularizers.l2({ l2 }), name: `hidden${at + 1}` }),
        ),
        tf.layers.dense({ units: 3, activation: 'softmax', name: 'species' }),
      ],
    }),

  train: async ({ hparams, model, dataset, reporter }) => {
    const { inputs, folds } = await dataset();
    // One network a fold, trained side by side, so that each epoch has an accuracy over all folds to report.
    const networks = folds.map(() => {
      const network = model({ inputs: inputs.length });
      network.compile({ optimizer: tf.train.adam(hparams.learningRate), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      return network;
    });
    for (let epoch = 0; epoch < hparams.epochs; epoch += 1) {
      let correct = 0;
      let rows = 0;
      for (const [at, fold] of folds.entries()) {
        const history = await networks[at]?.fit(fold.train.xs, fold.train.ys, {
          initialEpoch: epoch,
          epochs: epoch + 1,
          batchSize: hparams.batchSize,
          validationData: [fold.validation.xs, fold.validation.ys],
          verbose: 0,
        });
        const held = fold.validation.xs.shape[0];
        correct += Number(history?.history.val_acc?.[0]) * held;
        rows += held;
      }
      await reporter.report({ valAccuracy: correct / rows }, epoch + 1);
    }
  },
});
