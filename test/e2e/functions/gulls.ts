/**
 * Two inputs: small pictures, of whose channels only red says something, and rows in which an island is one-hot encoded over three columns. What is
 * to be learnt is linear, so that few epochs do.
 */
import { defineTraining, randomStream, tf } from 'maggy';

const birds = 96;
const channels = ['red', 'green', 'blue'];
const columns = ['mass', 'island', 'island', 'island'];

function table(seed: number) {
  const draws = randomStream(seed, 'birds');
  const drawn = Array.from({ length: birds }, () => ({
    colours: Array.from({ length: 4 }, () => channels.map(() => draws.normal())),
    mass: draws.normal(),
    island: Math.floor(3 * draws.uniform()),
  }));
  const red = (colours: number[][]): number => colours.reduce((sum, [value = 0]) => sum + value, 0) / 2;
  return {
    features: { image: channels, row: columns },
    xs: {
      image: tf.tensor4d(
        drawn.flatMap(({ colours }) => colours.flat()),
        [birds, 2, 2, 3],
      ),
      row: tf.tensor2d(drawn.map(({ mass, island }) => [mass, ...[0, 1, 2].map((other) => Number(other === island))])),
    },
    ys: tf.tensor2d(drawn.map(({ colours, island }) => [red(colours) + 2 * island - 2])),
  };
}

export default defineTraining({
  name: 'gulls',
  space: { epochs: { type: 'constant', value: 60 } },
  metric: 'loss',
  direction: 'minimize',
  features: [...channels, 'mass', 'island'],
  dataset: ({ seed }) => table(seed),
  model: () => {
    const image = tf.input({ shape: [2, 2, 3], name: 'image' });
    const row = tf.input({ shape: [4], name: 'row' });
    const mixed = tf.layers.conv2d({ filters: 2, kernelSize: 1, name: 'mixed' }).apply(image);
    const flat = tf.layers.flatten({ name: 'flat' }).apply(mixed) as tf.SymbolicTensor;
    const both = tf.layers.concatenate({ name: 'both' }).apply([flat, row]);
    return tf.model({ inputs: [image, row], outputs: tf.layers.dense({ units: 1, name: 'answer' }).apply(both) as tf.SymbolicTensor });
  },
  train: async ({ hparams, model, dataset }) => {
    const { xs, ys } = await dataset();
    const network = model();
    network.compile({ optimizer: tf.train.adam(0.03), loss: 'meanSquaredError' });
    const { history } = await network.fit(xs, ys, { epochs: hparams.epochs, batchSize: 32, verbose: 0 });
    return Number(history.loss?.at(-1));
  },
});
