/**
 * Maximum pooling on the WASM back end, whose kernels (4.22.0) look for the maximum from the smallest positive float upwards instead of from
 * minus infinity: windows without a positive number lose their gradient, and in three dimensions their maximum. The gradient is put right by
 * running the kernel on numbers that are positive and in the same order, the three-dimensional pooling by two-dimensional ones.
 *
 *   name   meaning                              shape
 *   x      input of the pooling                 [batch, height, width, channels], or with a depth before height
 *   y      its output: the windows' maxima      [batch, outHeight, outWidth, channels]
 *   dy     gradient of the output               as y
 */

import { invalid, MaggyError } from '../../../core/errors.ts';
import { tf } from '../../tf.ts';
import { inputTensor, numbers } from './convolution.ts';

/** The smallest positive normal float32, from which the kernel starts. */
const smallestFloat = 2 ** -126;

/** The gradient of maximum pooling in two or three dimensions; of equal maxima in a window the last one receives it. */
export function onPositiveNumbers(original: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const [x, y, dy] = [inputTensor(inputs, 'input'), inputTensor(inputs, 'output'), inputTensor(inputs, 'dy')];
    const pool = (positive: tf.Tensor, gradient: tf.Tensor): tf.Tensor => {
      const output = original({ inputs: { dy: gradient, input: positive, output: y }, ...(attrs && { attrs }), backend });
      if (Array.isArray(output)) throw new MaggyError('internal', 'a pooling gradient is one tensor');
      return tf.engine().makeTensorFromTensorInfo(output);
    };
    return tf.tidy(() => {
      const [least = Number.NaN] = tf.min(x).dataSync();
      // Behind a ReLU, the usual place, lifting the zeros is all it takes.
      if (least >= 0) return pool(tf.maximum(x, smallestFloat), dy);
      // Windows with a positive maximum are right as they are. In the others nothing is positive, and 1 / |x| is in the order of x.
      const isPositive = tf.greater(y, 0);
      const zeros = tf.zerosLike(dy);
      const ofPositive = pool(x, tf.where(isPositive, dy, zeros));
      const ofOthers = pool(tf.reciprocal(tf.abs(tf.minimum(x, 0))), tf.where(isPositive, zeros, dy));
      return tf.add(ofPositive, ofOthers);
    });
  };
}

/** Maximum pooling in three dimensions, as one in height and width followed by one in depth, which two-dimensional pooling does. */
export const maxPool3d: tf.KernelFunc = ({ inputs, attrs }) => {
  const x = inputTensor(inputs, 'x');
  const { filterSize, strides, pad, dataFormat = 'NDHWC' } = attrs ?? {};
  if (dataFormat !== 'NDHWC') throw invalid('dataFormat', "the WASM back end computes only 'NDHWC' (channels last)", dataFormat);
  if (!isPadding(pad)) throw invalid('pad', "must be 'same', 'valid' or a number", pad);
  const [sizeDepth = 1, sizeHeight = 1, sizeWidth = 1] = triple('filterSize', filterSize);
  const [strideDepth = 1, strideHeight = 1, strideWidth = 1] = triple('strides', strides);
  const [batch = 0, depth = 0, height = 0, width = 0, channels = 0] = x.shape;
  return tf.tidy(() => {
    const slices = tf.maxPool(x.as4D(batch * depth, height, width, channels), [sizeHeight, sizeWidth], [strideHeight, strideWidth], pad);
    const [, outHeight, outWidth] = slices.shape;
    const columns = slices.as4D(batch, depth, outHeight * outWidth, channels);
    // A numeric padding is meant for each dimension that is pooled, and the second one here stands for two that are done.
    const depthPad: 'same' | 'valid' | [[0, 0], [number, number], [0, 0], [0, 0]] =
      typeof pad === 'number'
        ? [
            [0, 0],
            [pad, pad],
            [0, 0],
            [0, 0],
          ]
        : pad;
    const pooled = tf.maxPool(columns, [sizeDepth, 1], [strideDepth, 1], depthPad);
    return pooled.as5D(batch, pooled.shape[1], outHeight, outWidth, channels);
  });
};

function triple(name: string, value: unknown): number[] {
  return typeof value === 'number' ? [value, value, value] : numbers(name, value, 3);
}

function isPadding(value: unknown): value is 'same' | 'valid' | number {
  return value === 'same' || value === 'valid' || typeof value === 'number';
}
