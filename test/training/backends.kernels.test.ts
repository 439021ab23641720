/** The gradient kernels registered for WASM, over a table of shapes, strides, paddings and dilations, against the plain CPU. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../training/backends/select.ts';
import { tf } from '../../training/tf.ts';
import { expectSameGradients, float32Tolerance, relativeDifference, valuesOn, waves } from '../contract/gradients.ts';

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
type Size4D = [number, number, number, number];

interface ConvolutionCase {
  readonly x: Size4D;
  readonly filter: Size4D;
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dilations?: number | [number, number];
}

beforeAll(async () => {
  await selectBackend({ prefer: 'cpu' });
  await selectBackend({ prefer: 'wasm' });
});
afterAll(() => tf.setBackend('cpu'));

const uneven: Pad = [[0, 0], [2, 1], [0, 3], [0, 0]]; // prettier-ignore
const wide: Pad = [[0, 0], [4, 4], [5, 3], [0, 0]]; // prettier-ignore

const convolutions: readonly ConvolutionCase[] = [
  { x: [1, 1, 1, 1], filter: [1, 1, 1, 1], strides: 1, pad: 'valid' },
  { x: [2, 6, 7, 3], filter: [1, 1, 3, 4], strides: 1, pad: 'same' },
  { x: [2, 6, 7, 3], filter: [1, 1, 3, 4], strides: 2, pad: 'valid' },
  { x: [3, 8, 6, 2], filter: [3, 3, 2, 5], strides: 1, pad: 'valid' },
  { x: [3, 8, 6, 2], filter: [3, 3, 2, 5], strides: 1, pad: 'same' },
  { x: [2, 9, 7, 3], filter: [3, 2, 3, 4], strides: 2, pad: 'same' },
  { x: [2, 8, 8, 3], filter: [3, 3, 3, 2], strides: 2, pad: 'valid' },
  { x: [2, 9, 8, 2], filter: [2, 4, 2, 3], strides: [3, 1], pad: 'same' },
  { x: [2, 9, 8, 2], filter: [2, 3, 2, 3], strides: [1, 2], pad: 'valid' },
  { x: [2, 7, 7, 2], filter: [3, 3, 2, 2], strides: 1, pad: 2 },
  { x: [2, 7, 7, 2], filter: [3, 3, 2, 2], strides: 2, pad: uneven },
  { x: [1, 5, 5, 2], filter: [3, 3, 2, 2], strides: 1, pad: wide },
  { x: [2, 5, 5, 2], filter: [5, 5, 2, 3], strides: 1, pad: 'valid' },
  { x: [2, 4, 4, 2], filter: [1, 1, 2, 3], strides: 3, pad: 'valid' },
];

const depthwise = convolutions.map((one): ConvolutionCase => ({ ...one, filter: [one.filter[0], one.filter[1], one.x[3], one.filter[3]] }));

/** TensorFlow.js differentiates no dilated convolution by itself; the kernels are called as they are. */
const dilated: readonly (ConvolutionCase & { readonly dilations: number | [number, number] })[] = [
  { x: [2, 9, 8, 3], filter: [3, 3, 3, 1], strides: 1, pad: 'same', dilations: 2 },
  { x: [2, 9, 8, 3], filter: [3, 2, 3, 2], strides: 1, pad: 'valid', dilations: [2, 3] },
  { x: [2, 9, 8, 3], filter: [2, 2, 3, 2], strides: 1, pad: 'same', dilations: [1, 4] },
];

function title({ x, filter, strides, pad, dilations = 1 }: ConvolutionCase): string {
  return `x ${x.join('×')}, filter ${filter.join('×')}, strides ${String(strides)}, pad ${JSON.stringify(pad)}, dilations ${String(dilations)}`;
}

/** The sum of products, ⟨first, second⟩. */
function inner(first: tf.Tensor | tf.Tensor[], second: tf.Tensor): tf.Tensor {
  if (Array.isArray(first)) throw new TypeError('a gradient is one tensor');
  return tf.sum(tf.mul(first, second));
}

describe('the gradients of conv2d', () => {
  it.each(convolutions.map((one) => [title(one), one] as const))('agree for %s', async (_title, { x, filter, strides, pad }) => {
    await expectSameGradients('wasm', [waves(x), waves(filter, 1)], (image, taps) =>
      tf.conv2d(image.as4D(...x), taps.as4D(...filter), strides, pad),
    );
  });

  it('refuse channels first, by name', async () => {
    await tf.setBackend('wasm');
    const run = (): unknown =>
      tf
        .engine()
        .runKernel(
          tf.Conv2DBackpropFilter,
          { x: tf.ones([1, 2, 4, 4]), dy: tf.ones([1, 2, 4, 4]) },
          { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [1, 1, 2, 2] },
        );
    expect(() => tf.tidy(() => void run())).toThrow("dataFormat: the WASM back end computes only 'NHWC'");
  });
});

describe('the gradients of depthwiseConv2d', () => {
  it.each(depthwise.map((one) => [title(one), one] as const))('agree for %s', async (_title, { x, filter, strides, pad }) => {
    await expectSameGradients('wasm', [waves(x), waves(filter, 1)], (image, taps) =>
      tf.depthwiseConv2d(image.as4D(...x), taps.as4D(...filter), strides, pad),
    );
  });

  // The convolution y(x, W) is linear in each argument, so its gradients for dy are the adjoint maps: ⟨dy, y(x, W)⟩ = ⟨dx, x⟩ = ⟨dW, W⟩.
  it.each(dilated.map((one) => [title(one), one] as const))(
    'are adjoint to it for %s',
    async (_title, { x, filter, strides, pad, dilations }) => {
      const [product, ...adjoint] = await valuesOn('wasm', () => {
        const [image, taps] = [waves(x).as4D(...x), waves(filter, 1).as4D(...filter)];
        const y = tf.depthwiseConv2d(image, taps, strides, pad, 'NHWC', dilations);
        const dy = waves(y.shape, 2);
        const attrs = { strides, pad, dilations };
        const dx = tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter: taps }, { ...attrs, inputShape: x });
        const dW = tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x: image, dy }, { ...attrs, filterShape: filter });
        return [inner(dy, y), inner(dx, image), inner(dW, taps)];
      });
      expect(relativeDifference(adjoint, [product ?? Number.NaN, product ?? Number.NaN])).toBeLessThan(float32Tolerance);
    },
  );
});

describe('unsortedSegmentSum', () => {
  it.each([
    { name: 'rows in any order', ids: [2, 0, 2, 1, 2, 0], segments: 3 },
    { name: 'segments without rows', ids: [5, 5, 5, 0, 0, 0], segments: 8 },
    { name: 'numbers outside the range, which belong nowhere', ids: [-1, 0, 7, 3, 1, -9], segments: 3 },
  ])('adds $name', async ({ ids, segments }) => {
    const sums = () => [tf.unsortedSegmentSum(waves([6, 2, 3]), tf.tensor1d(ids, 'int32'), segments)];
    const expected = await valuesOn('cpu', sums);
    expect(relativeDifference(await valuesOn('wasm', sums), expected)).toBeLessThan(float32Tolerance);
  });
});

describe('maximum pooling', () => {
  it.each([
    { name: 'positive and negative numbers', shift: 0 },
    { name: 'negative numbers only', shift: -2 },
    { name: 'positive numbers only', shift: 2 },
  ])('passes the gradient of $name to the largest', async ({ shift }) => {
    await expectSameGradients('wasm', [tf.tidy(() => waves([2, 7, 6, 3]).add(shift))], (x) => tf.maxPool(x.as4D(2, 7, 6, 3), 3, 2, 'same'));
  });

  it('finds the maximum of negative numbers in three dimensions', async () => {
    const pooled = () => [tf.maxPool3d(waves([1, 4, 4, 4, 2]).sub(2).as5D(1, 4, 4, 4, 2), 2, 2, 'valid')];
    expect(await valuesOn('wasm', pooled)).toEqual(await valuesOn('cpu', pooled));
  });
});
