/**
 * The gradient of a convolution by its filter, as one convolution: the transposed input is the image, the transposed output gradient the
 * filter. Strides of the forward pass become dilations here.
 *
 *   name   meaning                              shape
 *   x      input, padded as in the forward pass [batch, inHeight, inWidth, in]
 *   dy     gradient of the output               [batch, outHeight, outWidth, out]
 *   dW     gradient of the filter               [filterHeight, filterWidth, in, out]
 *   s      stride
 *
 *   dW[i, j, c, o] = Σ_{b, p, q} x[b, p·s + i, q·s + j, c] · dy[b, p, q, o]
 *
 * With `c` as the image's batch and `b` as its channels, that is a convolution of the image by a filter of outHeight × outWidth taps that lie s
 * apart. On one core it costs about 1.6 times the forward pass; multiplying matrices tap by tap took up to 15 times as long.
 */

import { tf } from '../../tf.ts';
import { forwardGeometry, input4D, inputExtent, region } from './convolution.ts';

export const conv2dFilterGradient: tf.KernelFunc = ({ inputs, attrs }) => {
  const x = input4D(inputs, 'x');
  const dy = input4D(inputs, 'dy');
  const geometry = forwardGeometry(x.shape, attrs?.filterShape, attrs, false);
  const { padInfo, strideHeight, strideWidth } = geometry;
  return tf.tidy(() => {
    const seen = region(x, { top: -padInfo.top, left: -padInfo.left, ...inputExtent(geometry) });
    const image = tf.transpose(seen.pixels, [3, 1, 2, 0]);
    const taps = tf.transpose(dy, [1, 2, 0, 3]);
    const gradient = tf.conv2d(image, taps, 1, seen.pad, 'NHWC', [strideHeight, strideWidth]);
    return tf.transpose(gradient, [1, 2, 0, 3]);
  });
};
