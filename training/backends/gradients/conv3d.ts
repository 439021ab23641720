/**
 * The gradients of a three-dimensional convolution: conv2dInput.ts and conv2dFilter.ts with one dimension more, and with zeros between the pixels of dy
 * in place of dilations. They take the place of two kernels of the WASM back end (4.22.0) whose sums end too early: by the input in depth,
 * by the filter wherever a stride is not 1.
 *
 *   name   meaning                        shape
 *   x      input                          [batch, inDepth, inHeight, inWidth, in]
 *   dy     gradient of the output         [batch, outDepth, outHeight, outWidth, out]
 *   W      filter                         [filterDepth, filterHeight, filterWidth, in, out]
 */

import { invalid } from '../../../core/errors.ts';
import { tf } from '../../tf.ts';
import { inputTensor, numbers, spreadAlong } from './convolution.ts';

type Size5D = [number, number, number, number, number];

/** Extents in depth, height and width. */
interface Geometry {
  readonly input: number[];
  readonly filter: number[];
  readonly strides: number[];
  /** Zeros before the first. */
  readonly before: number[];
}

export const conv3dInputGradient: tf.KernelFunc = ({ inputs, attrs }) => {
  const dy = inputTensor(inputs, 'dy');
  const filter = inputTensor(inputs, 'filter');
  const geometry = forwardGeometry(attrs?.inputShape, filter.shape, attrs);
  return tf.tidy(() => {
    const image = cut(
      spread(dy, geometry),
      geometry.before.map((zeros, axis) => zeros - (geometry.filter[axis] ?? 1) + 1),
      geometry.input.map((size, axis) => size + (geometry.filter[axis] ?? 1) - 1),
    );
    const turned = tf.transpose(tf.reverse(filter, [0, 1, 2]), [0, 1, 2, 4, 3]);
    return convolve(image, turned);
  });
};

export const conv3dFilterGradient: tf.KernelFunc = ({ inputs, attrs }) => {
  const x = inputTensor(inputs, 'x');
  const dy = inputTensor(inputs, 'dy');
  const geometry = forwardGeometry(x.shape, attrs?.filterShape, attrs);
  return tf.tidy(() => {
    const taps = tf.transpose(spread(dy, geometry), [1, 2, 3, 0, 4]);
    const image = cut(
      x,
      geometry.before.map((zeros) => -zeros),
      geometry.filter.map((size, axis) => size + (taps.shape[axis] ?? 1) - 1),
    );
    return tf.transpose(convolve(tf.transpose(image, [4, 1, 2, 3, 0]), taps), [1, 2, 3, 0, 4]);
  });
};

function forwardGeometry(inputShape: unknown, filterShape: unknown, attrs: tf.NamedAttrMap | undefined): Geometry {
  const { strides, pad, dataFormat = 'NDHWC' } = attrs ?? {};
  if (!isPadding(pad)) throw invalid('pad', "must be 'same' or 'valid'", pad);
  if (dataFormat !== 'NDHWC') throw invalid('dataFormat', "the WASM back end computes only 'NDHWC' (channels last)", dataFormat);
  const [depth = 1, height = 1, width = 1] = typeof strides === 'number' ? [strides, strides, strides] : numbers('strides', strides, 3);
  const { padInfo, inDepth, inHeight, inWidth, filterDepth, filterHeight, filterWidth } = tf.backend_util.computeConv3DInfo(
    size5D('inputShape', inputShape),
    size5D('filterShape', filterShape),
    [depth, height, width],
    1,
    pad,
  );
  return {
    input: [inDepth, inHeight, inWidth],
    filter: [filterDepth, filterHeight, filterWidth],
    strides: [depth, height, width],
    before: [padInfo.front, padInfo.top, padInfo.left],
  };
}

function spread(dy: tf.Tensor, { strides }: Geometry): tf.Tensor {
  return strides.reduce((wider, stride, axis) => spreadAlong(wider, axis + 1, stride), dy);
}

/** The box of that size that begins there, in depth, height and width; zeros where it reaches beyond the tensor. */
function cut(tensor: tf.Tensor, begin: number[], size: number[]): tf.Tensor {
  const missing = size.map((length, axis): [number, number] => {
    const first = begin[axis] ?? 0;
    return [Math.max(0, -first), Math.max(0, first + length - (tensor.shape[axis + 1] ?? 0))];
  });
  const whole = tf.pad(tensor, [[0, 0], ...missing, [0, 0]]);
  const [batch = 0] = tensor.shape;
  return tf.slice(whole, [0, ...begin.map((first) => Math.max(0, first)), 0], [batch, ...size, tensor.shape[4] ?? 0]);
}

function convolve(image: tf.Tensor, filter: tf.Tensor): tf.Tensor {
  return tf.conv3d(image.as5D(...size5D('image', image.shape)), filter.as5D(...size5D('filter', filter.shape)), 1, 'valid');
}

function isPadding(value: unknown): value is 'same' | 'valid' {
  return value === 'same' || value === 'valid';
}

function size5D(name: string, value: unknown): Size5D {
  const [batch = 0, depth = 0, height = 0, width = 0, channels = 0] = numbers(name, value, 5);
  return [batch, depth, height, width, channels];
}
