/**
 * Convolutions with `pad: 'same'` on the WASM back end, whose kernels (4.22.0) compute wrongly where the stride is larger than the filter and steps over
 * the last row or column: 1 × 1 filters with stride 2, as in the shortcuts of residual networks. The same kernels are right when they are
 * told the zeros on each side, so 'same' is spelled out for them.
 */

import type { tf } from '../../tf.ts';
import { forwardGeometry, inputTensor } from './convolution.ts';

/** The kernel with its padding spelled out. */
export function withExplicitPadding(isDepthwise: boolean): (original: tf.KernelFunc) => tf.KernelFunc {
  return (original) => (call) => {
    const { inputs, attrs } = call;
    if (attrs?.pad !== 'same') return original(call);
    const [x, filter] = [inputTensor(inputs, 'x'), inputTensor(inputs, 'filter')];
    const { top, bottom, left, right } = forwardGeometry(x.shape, filter.shape, attrs, isDepthwise).padInfo;
    const pad = [[0, 0], [top, bottom], [left, right], [0, 0]]; // prettier-ignore
    return original({ ...call, attrs: { ...attrs, pad } });
  };
}
