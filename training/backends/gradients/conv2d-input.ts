/**
 * The gradient of a convolution by its input, as one convolution: the output gradient, spread out by the strides, with the filter turned by
 * 180 degrees and its channels exchanged. The WASM back end has a kernel of its own for this, a plain loop that takes 2 to 12 times as long
 * on one core, which matters: it is half of a backward pass, and the forward pass of `conv2dTranspose`.
 *
 *   name   meaning                        shape
 *   dy     gradient of the output         [batch, outHeight, outWidth, out]
 *   W      filter                         [filterHeight, filterWidth, in, out]
 *   dx     gradient of the input          [batch, inHeight, inWidth, in]
 *   s, t   stride; rows (columns) padded before the first
 *
 *   dx[b, h, w, c] = Σ_{i, j, o} W[i, j, c, o] · dy[b, (h + t - i) / s, (w + t - j) / s, o]      where the quotients are whole and inside dy
 *
 * Spread out, dy has its row p at p·s, so the image starts at row t - (filterHeight - 1), mostly outside of dy.
 */

import { tf } from '../../tf.ts';
import { forwardGeometry, input4D, region, spread } from './convolution.ts';

export const conv2dInputGradient: tf.KernelFunc = ({ inputs, attrs }) => {
  const dy = input4D(inputs, 'dy');
  const filter = input4D(inputs, 'filter');
  const { padInfo, strideHeight, strideWidth, filterHeight, filterWidth, inHeight, inWidth } = forwardGeometry(
    attrs?.inputShape,
    filter.shape,
    attrs,
    false,
  );
  return tf.tidy(() => {
    const seen = region(spread(dy, strideHeight, strideWidth), {
      top: padInfo.top - (filterHeight - 1),
      left: padInfo.left - (filterWidth - 1),
      height: inHeight + filterHeight - 1,
      width: inWidth + filterWidth - 1,
    });
    const turned = tf.transpose(tf.reverse4d(filter, [0, 1]), [0, 1, 3, 2]);
    return tf.conv2d(seen.pixels, turned, 1, seen.pad);
  });
};
