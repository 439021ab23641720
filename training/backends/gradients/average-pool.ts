/**
 * The gradient of two-dimensional average pooling, put right where windows reach into the padding. There the forward pass divides by the number of
 * inputs it really saw; the kernels of TensorFlow.js (4.22.0, all but native TensorFlow) divide the gradient by the size of the window.
 *
 *   name    meaning                                 shape
 *   dy      gradient of the output                  [batch, outHeight, outWidth, channels]
 *   share   window size / inputs seen               [1, outHeight, outWidth, 1]
 *
 *   dx = kernel(dy · share)
 */

import { invalid } from '../../../core/errors.ts';
import { tf } from '../../tf.ts';
import { input4D, pair } from './convolution.ts';

type Conv2DInfo = tf.backend_util.Conv2DInfo;

/** The kernel with its gradient scaled. */
export function onInputsSeen(original: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { shape } = input4D(call.inputs, 'input');
    const dy = input4D(call.inputs, 'dy');
    const { filterSize, strides, pad } = call.attrs ?? {};
    if (!isPadding(pad)) throw invalid('pad', "must be 'same', 'valid' or a number", pad);
    const geometry = tf.backend_util.computePool2DInfo(shape, pair('filterSize', filterSize), pair('strides', strides), 1, pad);
    const share = sharesOf(geometry);
    if (share.every((value) => value === 1)) return original(call);
    const scaled = tf.tidy(() => tf.mul(dy, tf.tensor4d(share, [1, geometry.outHeight, geometry.outWidth, 1])));
    const gradient = original({ ...call, inputs: { ...call.inputs, dy: scaled } });
    scaled.dispose();
    return gradient;
  };
}

function sharesOf(geometry: Conv2DInfo): number[] {
  const { padInfo, filterHeight, filterWidth, strideHeight, strideWidth, inHeight, inWidth, outHeight, outWidth } = geometry;
  const rows = inputsSeen(outHeight, strideHeight, filterHeight, padInfo.top, inHeight);
  const columns = inputsSeen(outWidth, strideWidth, filterWidth, padInfo.left, inWidth);
  return rows.flatMap((seenRows) => columns.map((seenColumns) => (filterHeight * filterWidth) / (seenRows * seenColumns)));
}

/** For each window along one axis, how many of its places lie inside the input. */
function inputsSeen(windows: number, stride: number, size: number, before: number, length: number): number[] {
  return Array.from({ length: windows }, (_, window) => {
    const begin = window * stride - before;
    return Math.min(begin + size, length) - Math.max(begin, 0);
  });
}

function isPadding(value: unknown): value is 'same' | 'valid' | number {
  return value === 'same' || value === 'valid' || typeof value === 'number';
}
