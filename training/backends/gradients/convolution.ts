/**
 * What the four convolution gradients share: reading a kernel's inputs and attributes, the geometry of the forward pass, and the two
 * rearrangements all of them are made of. `region` cuts a window that may reach beyond its tensor; `spread` puts zeros between pixels.
 *
 * Tensors are `[batch, height, width, channels]`. The other layout is refused, because the WASM kernels underneath compute only this one.
 */

import { invalid, MaggyError } from '../../../core/errors.ts';
import { tf } from '../../tf.ts';

type Conv2DInfo = tf.backend_util.Conv2DInfo;
type ExplicitPadding = tf.backend_util.ExplicitPadding;
type Padding = 'valid' | 'same' | number | ExplicitPadding;
type Size4D = [number, number, number, number];

/** A piece of a tensor, and the zeros that a convolution is to add around it. */
export interface Region {
  readonly pixels: tf.Tensor4D;
  readonly pad: ExplicitPadding;
}

/** First row and column of a region, which may lie outside, and its height and width. */
export interface RegionBounds {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The input of that name, of rank 4; the engine hands kernels real tensors. */
export function input4D(inputs: tf.NamedTensorInfoMap, name: string): tf.Tensor4D {
  const input = inputTensor(inputs, name);
  if (!is4D(input)) throw invalid(name, 'must have rank 4', input.shape);
  return input;
}

function isTensor(input: tf.TensorInfo | undefined): input is tf.Tensor {
  return input instanceof tf.Tensor;
}

function is4D(tensor: tf.Tensor): tensor is tf.Tensor4D {
  return tensor.rank === 4;
}

export function inputTensor(inputs: tf.NamedTensorInfoMap, name: string): tf.Tensor {
  const input = inputs[name];
  if (isTensor(input)) return input;
  throw new MaggyError('internal', `the kernel was run without its input ${name}`);
}

/** The forward pass that a gradient kernel's attributes describe; `attrs` leave out what that gradient does not know. */
export function forwardGeometry(
  inputShape: unknown,
  filterShape: unknown,
  attrs: tf.NamedAttrMap | undefined,
  depthwise: boolean,
): Conv2DInfo {
  const { strides = 1, dilations, pad, dataFormat = 'NHWC', dimRoundingMode } = attrs ?? {};
  if (dataFormat !== 'NHWC') throw invalid('dataFormat', "the WASM back end computes only 'NHWC' (channels last)", dataFormat);
  return tf.backend_util.computeConv2DInfo(
    size4D('inputShape', inputShape),
    size4D('filterShape', filterShape),
    pair('strides', strides),
    // Layers pass null where they mean 1.
    pair('dilations', dilations ?? 1),
    padding(pad),
    roundingMode(dimRoundingMode),
    depthwise,
  );
}

/** How many rows and columns of the padded input the forward pass looked at; what lies beyond has no gradient. */
export function inputExtent(geometry: Conv2DInfo): { readonly height: number; readonly width: number } {
  return {
    height: (geometry.outHeight - 1) * geometry.strideHeight + geometry.effectiveFilterHeight,
    width: (geometry.outWidth - 1) * geometry.strideWidth + geometry.effectiveFilterWidth,
  };
}

/**
 * The pixels of `x` inside `bounds`, with the zeros missing outside of `x` left to the convolution that follows, which adds them
 * without a copy. The region and the tensor overlap.
 */
export function region(x: tf.Tensor4D, bounds: RegionBounds): Region {
  const [batch, height, width, channels] = x.shape;
  const rows = overlap(bounds.top, bounds.height, height);
  const columns = overlap(bounds.left, bounds.width, width);
  const isWhole = rows.length === height && columns.length === width;
  return {
    pixels: isWhole ? x : tf.slice4d(x, [0, rows.begin, columns.begin, 0], [batch, rows.length, columns.length, channels]),
    pad: [[0, 0], rows.missing, columns.missing, [0, 0]],
  };
}

function overlap(begin: number, length: number, size: number): { begin: number; length: number; missing: [number, number] } {
  const first = Math.max(begin, 0);
  const end = Math.min(begin + length, size);
  return { begin: first, length: end - first, missing: [first - begin, begin + length - end] };
}

/** Puts `strideHeight - 1` rows and `strideWidth - 1` columns of zeros between the pixels of `y`: what a strided convolution skipped. */
export function spread(y: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  const [batch, height, width, channels] = y.shape;
  const tall = spreadAlong(y, 1, strideHeight);
  return spreadAlong(tall, 2, strideWidth).as4D(batch, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels);
}

/** Puts `stride - 1` zeros between the elements along one axis. */
export function spreadAlong(y: tf.Tensor, axis: number, stride: number): tf.Tensor {
  if (stride === 1) return y;
  const size = y.shape[axis] ?? 1;
  const elements = y.shape.slice(0, axis + 1).reduce((product, length) => product * length, 1);
  // Zeros follow every element first; those behind the last one are cut off again.
  const padded = tf.pad3d(y.as3D(elements, 1, y.size / elements), [[0, 0], [0, stride - 1], [0, 0]]); // prettier-ignore
  const zeros = y.shape.map(() => 0);
  return tf.slice(tf.reshape(padded, y.shape.with(axis, size * stride)), zeros, y.shape.with(axis, (size - 1) * stride + 1));
}

function size4D(name: string, value: unknown): Size4D {
  const [first = 0, second = 0, third = 0, fourth = 0] = numbers(name, value, 4);
  return [first, second, third, fourth];
}

/** A pair of numbers, from one or two. */
export function pair(name: string, value: unknown): [number, number] {
  if (typeof value === 'number') return [value, value];
  const [height = 1, width = 1] = numbers(name, value, 2);
  return [height, width];
}

/** That many numbers. */
export function numbers(name: string, value: unknown, count: number): number[] {
  if (isNumbers(value) && value.length === count) return value;
  throw invalid(name, `must be ${count} numbers`, value);
}

function padding(value: unknown): Padding {
  if (value === 'valid' || value === 'same' || typeof value === 'number') return value;
  if (!Array.isArray(value) || value.length !== 4)
    throw invalid('pad', "must be 'valid', 'same', a number or four pairs of numbers", value);
  const sides: readonly unknown[] = value;
  return [pair('pad', sides[0]), pair('pad', sides[1]), pair('pad', sides[2]), pair('pad', sides[3])];
}

function roundingMode(value: unknown): 'floor' | 'round' | 'ceil' | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'floor' || value === 'round' || value === 'ceil') return value;
  throw invalid('dimRoundingMode', "must be 'floor', 'round' or 'ceil'", value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
