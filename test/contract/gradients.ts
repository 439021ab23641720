/**
 * What a back end must do to train: the gradients of layers, activations, losses and optimizers, compared with the plain CPU back end. A back
 * end joins with one call of `describeBackend`; the cases are the same for all.
 *
 * Tolerance: both sides compute in float32, whose rounding error is 2^-24, and add the same terms in another order. A sum of n terms is then
 * off by at most n · 2^-24 of the terms' size; no case here adds more than 2,000.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackendName } from '../../training/backends/backend.ts';
import { selectBackend } from '../../training/backends/select.ts';
import { tf } from '../../training/tf.ts';

export const float32Tolerance = 2_000 * 2 ** -24;

/** Numbers from -1 to 1 without a pattern that a wrong index could hide in; the same on every machine. */
export function waves(shape: number[], phase = 0): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(1.7 * index * index + index + phase)),
    shape,
  );
}

/** The largest difference, as a share of the largest expected number. */
export function relativeDifference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const scale = Math.max(1e-6, ...expected.map(Math.abs));
  const differences = expected.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN)));
  return differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences) / scale;
}

/** Runs `compute` on that back end and reads all the numbers it returns, leaving nothing behind. */
export async function valuesOn(backend: string, compute: () => tf.Tensor[]): Promise<number[]> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(compute);
  const values = await read(tensors);
  tf.dispose(tensors);
  return values;
}

/** The gradients of `compute` by its arguments agree with those of the plain CPU, and repeating them leaves no tensor behind. */
export async function expectSameGradients(
  engine: string,
  inputs: tf.Tensor[],
  compute: (...inputs: tf.Tensor[]) => tf.Tensor,
): Promise<void> {
  const gradients = (): tf.Tensor[] => {
    const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => weighted(compute(...xs)))(inputs);
    return [value, ...grads];
  };
  const expected = await valuesOn('cpu', gradients);
  expect(relativeDifference(await valuesOn(engine, gradients), expected)).toBeLessThan(float32Tolerance);
  await expectNoTensorsLeft(() => valuesOn(engine, gradients));
  tf.dispose(inputs);
}

/** A number that depends on each element differently: under a plain sum, gradients that land in the wrong place could still add up. */
function weighted(output: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(output, waves(output.shape, 0.5)));
}

interface LayerCase {
  readonly name: string;
  readonly layer: () => tf.layers.Layer;
  /** Shape of the input, with the batch. */
  readonly input: number[];
  /** The input holds whole numbers from 0 up to this one, excluded. */
  readonly indices?: number;
}

const image = [2, 8, 9, 3];
const sequence = [3, 6, 4];
const { layers } = tf;

const layerCases: readonly LayerCase[] = [
  { name: 'dense', layer: () => layers.dense({ units: 5 }), input: [4, 6] },
  { name: 'embedding', layer: () => layers.embedding({ inputDim: 11, outputDim: 4 }), input: [3, 7], indices: 11 },
  { name: 'conv1d', layer: () => layers.conv1d({ filters: 5, kernelSize: 3, padding: 'same' }), input: sequence },
  { name: 'conv2d', layer: () => layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), input: image },
  { name: 'conv2d with strides', layer: () => layers.conv2d({ filters: 4, kernelSize: [3, 2], strides: 2 }), input: image },
  { name: 'conv2d of a shortcut', layer: () => layers.conv2d({ filters: 4, kernelSize: 1, strides: 2, padding: 'same' }), input: image },
  { name: 'conv2dTranspose', layer: () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2 }), input: image },
  { name: 'conv3d', layer: () => layers.conv3d({ filters: 2, kernelSize: 2 }), input: [1, 4, 5, 4, 2] },
  {
    name: 'conv3d with strides',
    layer: () => layers.conv3d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
    input: [1, 4, 5, 4, 2],
  },
  { name: 'separableConv2d', layer: () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }), input: image },
  { name: 'depthwiseConv2d', layer: () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' }), input: image },
  { name: 'maxPooling1d', layer: () => layers.maxPooling1d({ poolSize: 2 }), input: sequence },
  { name: 'maxPooling2d with overlaps', layer: () => layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), input: image },
  { name: 'maxPooling3d', layer: () => layers.maxPooling3d({ poolSize: 2, strides: 1 }), input: [1, 4, 5, 4, 2] },
  { name: 'averagePooling3d', layer: () => layers.averagePooling3d({ poolSize: 2 }), input: [1, 4, 5, 4, 2] },
  { name: 'maxPooling2d', layer: () => layers.maxPooling2d({ poolSize: 2 }), input: image },
  { name: 'averagePooling2d', layer: () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }), input: image },
  { name: 'globalMaxPooling2d', layer: () => layers.globalMaxPooling2d({}), input: image },
  { name: 'globalAveragePooling2d', layer: () => layers.globalAveragePooling2d({}), input: image },
  { name: 'batchNormalization', layer: () => layers.batchNormalization(), input: image },
  { name: 'layerNormalization', layer: () => layers.layerNormalization(), input: [4, 6] },
  { name: 'dropout', layer: () => layers.dropout({ rate: 0.4, seed: 7 }), input: [4, 6] },
  { name: 'upSampling2d', layer: () => layers.upSampling2d({ size: [2, 2] }), input: image },
  { name: 'zeroPadding2d', layer: () => layers.zeroPadding2d({ padding: 1 }), input: image },
  { name: 'cropping2D', layer: () => layers.cropping2D({ cropping: 1 }), input: image },
  { name: 'flatten', layer: () => layers.flatten(), input: image },
  { name: 'simpleRNN', layer: () => layers.simpleRNN({ units: 5 }), input: sequence },
  { name: 'lstm', layer: () => layers.lstm({ units: 5, returnSequences: true }), input: sequence },
  { name: 'gru', layer: () => layers.gru({ units: 5 }), input: sequence },
  { name: 'bidirectional', layer: () => layers.bidirectional({ layer: layers.lstm({ units: 3 }), mergeMode: 'concat' }), input: sequence },
  { name: 'timeDistributed', layer: () => layers.timeDistributed({ layer: layers.dense({ units: 3 }) }), input: sequence },
  { name: 'prelu', layer: () => layers.prelu(), input: [4, 6] },
  { name: 'leakyReLU', layer: () => layers.leakyReLU(), input: [4, 6] },
];

const activations = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

interface LossCase {
  readonly name: string;
  /** What `compile` takes, where that is not the name. */
  readonly loss?: (expected: tf.Tensor, predicted: tf.Tensor) => tf.Tensor;
  /** Classes as whole numbers instead of one-hot rows. */
  readonly isSparse?: boolean;
}

const losses: readonly LossCase[] = [
  { name: 'meanSquaredError' },
  { name: 'meanAbsoluteError' },
  { name: 'meanAbsolutePercentageError' },
  { name: 'meanSquaredLogarithmicError' },
  { name: 'categoricalCrossentropy' },
  { name: 'sparseCategoricalCrossentropy', isSparse: true },
  { name: 'binaryCrossentropy' },
  { name: 'kullbackLeiblerDivergence' },
  { name: 'poisson' },
  { name: 'cosineProximity' },
  { name: 'hinge' },
  { name: 'squaredHinge' },
  { name: 'categoricalHinge' },
  { name: 'huber', loss: (expected, predicted) => tf.losses.huberLoss(expected, predicted) },
  { name: 'logLoss', loss: (expected, predicted) => tf.losses.logLoss(expected, predicted) },
];

const optimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.1),
  adam: () => tf.train.adam(0.1),
  adamax: () => tf.train.adamax(0.1),
  rmsprop: () => tf.train.rmsprop(0.1),
};

/** Runs every case on one back end. Where this machine cannot have it the suite is skipped, and its title says why. */
export async function describeBackend(name: BackendName): Promise<void> {
  // The reference, whose repairs it needs as well.
  await selectBackend({ prefer: 'cpu' });
  const info = await selectBackend({ prefer: name });
  const reason = info.skipped.find((skipped) => skipped.name === name)?.reason;
  const engine = tf.getBackend();

  describe.skipIf(reason !== undefined)(`the back end ${name}${reason === undefined ? '' : ` (${reason})`}`, () => {
    beforeAll(() => tf.setBackend(engine));
    afterAll(() => tf.setBackend('cpu'));

    it.each(layerCases)('differentiates $name', async ({ layer, input, indices }) => {
      await expectSameLayerGradients(engine, layer, input, indices);
    });

    it.each(activations)('differentiates the activation %s', async (activation) => {
      await expectSameLayerGradients(engine, () => layers.activation({ activation }), [4, 6]);
    });

    it.each(losses)('trains under the loss $name', async (loss) => {
      await expectSameTraining(engine, loss, () => tf.train.sgd(0.1));
    });

    it.each(Object.entries(optimizers))('trains by the optimizer %s', async (_name, optimizer) => {
      await expectSameTraining(engine, { name: 'categoricalCrossentropy' }, optimizer);
    });
  });
}

async function expectSameLayerGradients(engine: string, layer: () => tf.layers.Layer, shape: number[], indices?: number): Promise<void> {
  await tf.setBackend('cpu');
  const model = withWaveWeights(tf.sequential({ layers: [layers.inputLayer({ inputShape: shape.slice(1) }), layer()] }));
  const input = indices === undefined ? waves(shape) : wholeNumbers(shape, indices);
  const variable = tf.variable(input, indices === undefined);
  const gradients = (): tf.Tensor[] => {
    const { value, grads } = tf.variableGrads(() => weighted(single(model.apply(variable, { training: true }))));
    return [value, ...Object.values(grads)];
  };
  try {
    const expected = await valuesOn('cpu', gradients);
    expect(relativeDifference(await valuesOn(engine, gradients), expected)).toBeLessThan(float32Tolerance);
    await expectNoTensorsLeft(() => valuesOn(engine, gradients));
  } finally {
    model.dispose();
    tf.dispose([input, variable]);
  }
}

async function expectSameTraining(engine: string, { name, loss, isSparse }: LossCase, optimizer: () => tf.Optimizer): Promise<void> {
  const train = async (backend: string): Promise<number[]> => {
    await tf.setBackend(backend);
    const model = withWaveWeights(tf.sequential({ layers: [layers.dense({ units: 3, activation: 'softmax', inputShape: [6] })] }));
    model.compile({ optimizer: optimizer(), loss: loss ?? name });
    const x = waves([4, 6], 1);
    const y = isSparse ? tf.tensor2d([[0], [2], [1], [2]]) : tf.tensor2d([[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]); // prettier-ignore
    const trained: number[] = [];
    // The first step makes what the optimizer keeps; from then on nothing may grow.
    let kept = 0;
    for (let step = 0; step < 3; step += 1) {
      trained.push(...[await model.trainOnBatch(x, y)].flat());
      if (step === 0) kept = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(kept);
    trained.push(...(await read(model.getWeights())));
    model.optimizer.dispose();
    model.dispose();
    tf.dispose([x, y]);
    return trained;
  };
  const expected = await train('cpu');
  expect(relativeDifference(await train(engine), expected)).toBeLessThan(float32Tolerance);
}

/** WebGPU reads only in its own time. */
async function read(tensors: tf.Tensor[]): Promise<number[]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  return values.flatMap((numbers) => Array.from(numbers));
}

/** The number of tensors is the same before and after. */
async function expectNoTensorsLeft(run: () => Promise<unknown>): Promise<void> {
  const before = tf.memory().numTensors;
  for (let repetition = 0; repetition < 3; repetition += 1) await run();
  expect(tf.memory().numTensors).toBe(before);
}

function withWaveWeights(model: tf.Sequential): tf.Sequential {
  tf.tidy(() => model.setWeights(model.getWeights().map((weight, index) => waves(weight.shape, index))));
  return model;
}

function wholeNumbers(shape: number[], below: number): tf.Tensor {
  return tf.tidy(() => tf.floor(tf.mul(tf.abs(waves(shape)), below - 0.01)));
}

function single(output: ReturnType<tf.layers.Layer['apply']>): tf.Tensor {
  if (output instanceof tf.Tensor) return output;
  throw new TypeError('the layer has one output tensor');
}
