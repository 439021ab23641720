/**
 * The gradient of a depthwise convolution by its input, as one depthwise convolution of the output gradient, spread out by the strides, with
 * the filter turned by 180 degrees, summed over the channel multiplier.
 *
 *   name   meaning                        shape
 *   dy     gradient of the output         [batch, outHeight, outWidth, in · multiplier], the multiplier innermost
 *   W      filter                         [filterHeight, filterWidth, in, multiplier]
 *   dx     gradient of the input          [batch, inHeight, inWidth, in]
 *   s, d   stride, dilation; t: rows (columns) padded before the first
 *
 *   dx[b, h, w, c] = Σ_m Σ_{i, j} W[i, j, c, m] · dy[b, (h + t - i·d) / s, (w + t - j·d) / s, c, m]      where the quotients are whole and inside dy
 */

import { tf } from '../../tf.ts';
import { forwardGeometry, input4D, region, spread } from './convolution.ts';

export const depthwiseInputGradient: tf.KernelFunc = ({ inputs, attrs }) => {
  const dy = input4D(inputs, 'dy');
  const filter = input4D(inputs, 'filter');
  const geometry = forwardGeometry(attrs?.inputShape, filter.shape, attrs, true);
  const { padInfo, batchSize, inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = geometry;
  return tf.tidy(() => {
    const seen = region(spread(dy, geometry.strideHeight, geometry.strideWidth), {
      top: padInfo.top - (geometry.effectiveFilterHeight - 1),
      left: padInfo.left - (geometry.effectiveFilterWidth - 1),
      height: inHeight + geometry.effectiveFilterHeight - 1,
      width: inWidth + geometry.effectiveFilterWidth - 1,
    });
    const turned = tf.reverse4d(filter, [0, 1]).as4D(filterHeight, filterWidth, outChannels, 1);
    const perMultiplier = tf.depthwiseConv2d(seen.pixels, turned, 1, seen.pad, 'NHWC', [geometry.dilationHeight, geometry.dilationWidth]);
    return tf.sum(perMultiplier.as5D(batchSize, inHeight, inWidth, inChannels, outChannels / inChannels), 4);
  });
};
