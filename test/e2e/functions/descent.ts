/**
 * Gradient descent on a line of eight points, a step for each of its 9 epochs, saving model and optimizer. It shuffles nothing, so a run
 * that goes on from its checkpoint takes the very steps of one that was never interrupted. With `saves: false` it keeps nothing.
 */
import { defineTraining, tf } from 'maggy';

export default defineTraining({
  name: 'descent',
  space: {
    learningRate: { type: 'float', min: 1e-3, max: 0.3, scale: 'log' },
    saves: { type: 'constant', value: true },
  },
  metric: 'loss',
  direction: 'minimize',
  maxResource: 9,
  dataset: () => {
    const xs = tf.linspace(-1, 1, 8).reshape([8, 1]);
    return { xs, ys: xs.mul(3).sub(1) };
  },
  model: () =>
    tf.sequential({ layers: [tf.layers.dense({ units: 4, activation: 'tanh', inputShape: [1] }), tf.layers.dense({ units: 1 })] }),
  train: async ({ hparams: { learningRate, saves }, model, dataset, reporter, checkpoint, log }) => {
    const { xs, ys } = await dataset();
    const network = model();
    const optimizer = tf.train.adam(learningRate);
    network.compile({ optimizer, loss: 'meanSquaredError' });
    const saved = await checkpoint.load();
    if (saved !== null) await saved.restore({ model: network, optimizer });
    log(saved === null ? 'begins' : `goes on after epoch ${saved.step}`);
    for (let epoch = (saved?.step ?? 0) + 1; epoch <= 9; epoch += 1) {
      const [loss] = [await network.trainOnBatch(xs, ys)].flat();
      if (saves) await checkpoint.save({ model: network, optimizer }, { step: epoch });
      await reporter.report(loss ?? Number.NaN, epoch);
    }
  },
});
