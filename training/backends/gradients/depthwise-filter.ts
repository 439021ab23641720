/**
 * The gradient of a depthwise convolution by its filter, as one depthwise convolution that has a channel for every pair of image and channel,
 * summed over the images. Strides of the forward pass become dilations here, and dilations become strides; at most one of them is not 1.
 *
 *   name   meaning                              shape
 *   x      input, padded as in the forward pass [batch, inHeight, inWidth, in]
 *   dy     gradient of the output               [batch, outHeight, outWidth, in · multiplier], the multiplier innermost
 *   dW     gradient of the filter               [filterHeight, filterWidth, in, multiplier]
 *   s, d   stride, dilation
 *
 *   dW[i, j, c, m] = Σ_b Σ_{p, q} x[b, p·s + i·d, q·s + j·d, c] · dy[b, p, q, c, m]
 */

import { tf } from '../../tf.ts';
import { forwardGeometry, input4D, inputExtent, region } from './convolution.ts';

export const depthwiseFilterGradient: tf.KernelFunc = ({ inputs, attrs }) => {
  const x = input4D(inputs, 'x');
  const dy = input4D(inputs, 'dy');
  const geometry = forwardGeometry(x.shape, attrs?.filterShape, attrs, true);
  const { padInfo, batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const multiplier = outChannels / inChannels;
  return tf.tidy(() => {
    const seen = region(x, { top: -padInfo.top, left: -padInfo.left, ...inputExtent(geometry) });
    const [, height, width] = seen.pixels.shape;
    const image = tf.transpose(seen.pixels, [1, 2, 0, 3]).as4D(1, height, width, batchSize * inChannels);
    const taps = tf.transpose(dy, [1, 2, 0, 3]).as4D(outHeight, outWidth, batchSize * inChannels, multiplier);
    const perImage = tf.depthwiseConv2d(image, taps, [geometry.dilationHeight, geometry.dilationWidth], seen.pad, 'NHWC', [
      geometry.strideHeight,
      geometry.strideWidth,
    ]);
    return tf.sum(perImage.as5D(filterHeight, filterWidth, batchSize, inChannels, multiplier), 2);
  });
};
