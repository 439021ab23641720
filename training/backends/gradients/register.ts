/**
 * Makes the WASM back end train: registers the gradient kernels it lacks, as compositions of kernels that it has, so that the work itself is
 * done there; replaces one of its own by a faster composition; and repairs those that compute wrongly.
 *
 * What stays missing there: complex numbers and FFT, `einsum`, ragged tensors, regular expressions on strings.
 */

import { tf } from '../../tf.ts';
import { onInputsSeen } from './average-pool.ts';
import { conv2dFilterGradient } from './conv2d-filter.ts';
import { conv2dInputGradient } from './conv2d-input.ts';
import { conv3dFilterGradient, conv3dInputGradient } from './conv3d.ts';
import { depthwiseFilterGradient } from './depthwise-filter.ts';
import { depthwiseInputGradient } from './depthwise-input.ts';
import { maxPool3d, onPositiveNumbers } from './max-pool.ts';
import { repairKernel, replaceKernel } from './registry.ts';
import { withExplicitPadding } from './same-padding.ts';
import { unsortedSegmentSum } from './unsorted-segment-sum.ts';

const backendName = 'wasm';

const compositions: Readonly<Record<string, tf.KernelFunc>> = {
  [tf.Conv2DBackpropFilter]: conv2dFilterGradient,
  [tf.Conv2DBackpropInput]: conv2dInputGradient,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseFilterGradient,
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseInputGradient,
  [tf.UnsortedSegmentSum]: unsortedSegmentSum,
  [tf.MaxPool3D]: maxPool3d,
  [tf.Conv3DBackpropFilterV2]: conv3dFilterGradient,
  [tf.Conv3DBackpropInputV2]: conv3dInputGradient,
};

const repairs: Readonly<Record<string, (original: tf.KernelFunc) => tf.KernelFunc>> = {
  [tf.Conv2D]: withExplicitPadding(false),
  [tf.FusedConv2D]: withExplicitPadding(false),
  [tf.DepthwiseConv2dNative]: withExplicitPadding(true),
  [tf.FusedDepthwiseConv2D]: withExplicitPadding(true),
  [tf.AvgPoolGrad]: onInputsSeen,
  [tf.MaxPoolGrad]: onPositiveNumbers,
  [tf.MaxPool3DGrad]: onPositiveNumbers,
};

/** Returns the names of all kernels that are now ours. Doing it again changes nothing. */
export function registerGradientKernels(): string[] {
  for (const [kernelName, kernel] of Object.entries(compositions)) replaceKernel(kernelName, backendName, () => kernel);
  for (const [kernelName, repair] of Object.entries(repairs)) repairKernel(kernelName, backendName, repair);
  return [...Object.keys(compositions), ...Object.keys(repairs)];
}
