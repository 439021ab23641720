/** Trains one small model after the other in this process, as a worker's warm child does, and prints the curve of each: `node seeding.child.ts <back end> <seed>…`. */
import type { tf as types } from '../../training/tf.ts';
import { installSeededRandom, reseed, withSeed } from '../../training/seeding.ts';

installSeededRandom();
const { selectBackend } = await import('../../training/backends/select.ts');
const { backendNames } = await import('../../training/backends/backend.ts');
const { tf } = await import('../../training/tf.ts');

const [backend, ...seeds] = process.argv.slice(2);
const prefer = backendNames.find((name) => name === backend);
await selectBackend(prefer ? { prefer } : {});

interface Data {
  readonly x: types.Tensor;
  readonly y: types.Tensor;
  readonly batches: types.data.Dataset<types.TensorContainer>;
}

function makeBatches(x: types.Tensor, y: types.Tensor): types.data.Dataset<types.TensorContainer> {
  const rows = Array.from({ length: 32 }, (_, row) => ({ xs: x.slice(row, 1).squeeze([0]), ys: y.slice(row, 1).squeeze([0]) }));
  return tf.data.array(rows).shuffle(16).batch(8);
}

let cached: Data | undefined;

/** Draws only where it is called first. */
function dataset(): Data {
  cached ??= withSeed(99, () => {
    const x = tf.randomNormal([32, 6]);
    const y = tf.randomUniform([32, 2]);
    return { x, y, batches: makeBatches(x, y) };
  });
  return cached;
}

const curves: number[][] = [];
for (const seed of seeds) {
  reseed(Number(seed));
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 16, activation: 'relu', inputShape: [6] }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.dense({ units: 2, kernelInitializer: 'orthogonal' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const { x, y, batches } = dataset();
  const shuffled = await model.fit(x, y, { epochs: 2, batchSize: 8 });

  const streamed = await model.fitDataset(batches, { epochs: 2 });
  const noise = tf.randomNormal([3]);
  const weights = model.getWeights().map((weight) => tf.sum(tf.abs(weight)).dataSync()[0] ?? Number.NaN);
  const losses = [shuffled, streamed].flatMap(({ history }) => (history.loss ?? []).map(Number));
  curves.push([...losses, ...weights, ...noise.dataSync()]);
  model.dispose();
}
console.log(JSON.stringify(curves));
