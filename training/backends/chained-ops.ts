/**
 * Operations as methods of tensors: `x.add(y)` for `tf.add(x, y)`. tfjs-core ships them only inside the union package and as browser modules
 * that Node's loader refuses (ES syntax in a package without `"type": "module"`), so they are put on the tensor class here, from the
 * operations that core exports. Their types are core's own.
 */

import * as core from '@tensorflow/tfjs-core';
import type {} from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

const { Tensor } = core;
type AnyTensor = core.Tensor;

/** `x.name(...rest)` is `tf.name(x, ...rest)`. */
// prettier-ignore
const sameNameOps = [
  'abs', 'acos', 'acosh', 'add', 'all', 'any', 'argMax', 'argMin', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'avgPool', 'batchNorm',
  'batchToSpaceND', 'broadcastTo', 'cast', 'ceil', 'clipByValue', 'conv1d', 'conv2d', 'conv2dTranspose', 'cos', 'cosh', 'cumprod', 'cumsum',
  'depthToSpace', 'depthwiseConv2d', 'dilation2d', 'div', 'divNoNan', 'dot', 'elu', 'equal', 'erf', 'euclideanNorm', 'exp', 'expandDims',
  'expm1', 'fft', 'floor', 'floorDiv', 'gather', 'greater', 'greaterEqual', 'ifft', 'irfft', 'isFinite', 'isInf', 'isNaN', 'leakyRelu',
  'less', 'lessEqual', 'localResponseNormalization', 'log', 'log1p', 'logSigmoid', 'logSoftmax', 'logSumExp', 'logicalAnd', 'logicalNot',
  'logicalOr', 'logicalXor', 'matMul', 'max', 'maxPool', 'maximum', 'mean', 'min', 'minimum', 'mirrorPad', 'mod', 'mul', 'neg', 'norm',
  'notEqual', 'oneHot', 'onesLike', 'pad', 'pool', 'pow', 'prelu', 'prod', 'reciprocal', 'relu', 'relu6', 'reshape',
  'reverse', 'rfft', 'round', 'rsqrt', 'selu', 'separableConv2d', 'sigmoid', 'sign', 'sin', 'sinh', 'slice',
  'softmax', 'softplus', 'spaceToBatchND', 'split', 'sqrt', 'square', 'squaredDifference', 'squeeze', 'step', 'stridedSlice', 'sub', 'sum',
  'tan', 'tanh', 'tile', 'topk', 'transpose', 'unique', 'unsortedSegmentSum', 'unstack', 'zerosLike',
] as const satisfies readonly (keyof typeof core)[];

/** Methods whose operation has another name, or that rearrange their arguments. */
const otherOps = {
  as1D: (x: AnyTensor) => core.reshape(x, [x.size]),
  as2D: (x: AnyTensor, ...shape: [number, number]) => core.reshape(x, shape),
  as3D: (x: AnyTensor, ...shape: [number, number, number]) => core.reshape(x, shape),
  as4D: (x: AnyTensor, ...shape: [number, number, number, number]) => core.reshape(x, shape),
  as5D: (x: AnyTensor, ...shape: [number, number, number, number, number]) => core.reshape(x, shape),
  asScalar: (x: AnyTensor) => core.reshape(x, []),
  asType: (x: AnyTensor, dtype: core.DataType) => core.cast(x, dtype),
  concat: (x: AnyTensor, others: AnyTensor | AnyTensor[], axis?: number) => core.concat([x, ...listOf(others)], axis),
  flatten: (x: AnyTensor) => core.reshape(x, [x.size]),
  reshapeAs: (x: AnyTensor, like: AnyTensor) => core.reshape(x, like.shape),
  resizeBilinear: core.image.resizeBilinear,
  resizeNearestNeighbor: core.image.resizeNearestNeighbor,
  stack: (x: AnyTensor, others: AnyTensor | AnyTensor[], axis?: number) => core.stack([x, ...listOf(others)], axis),
  toBool: (x: AnyTensor) => core.cast(x, 'bool'),
  toFloat: (x: AnyTensor) => core.cast(x, 'float32'),
  toInt: (x: AnyTensor) => core.cast(x, 'int32'),
  where: (x: AnyTensor, condition: AnyTensor, otherwise: AnyTensor) => core.where(condition, x, otherwise),
};

function listOf(tensors: AnyTensor | AnyTensor[]): AnyTensor[] {
  return Array.isArray(tensors) ? tensors : [tensors];
}

function chain(name: string, operation: (...operands: never[]) => unknown): void {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: AnyTensor, ...rest: unknown[]): unknown {
      return Reflect.apply(operation, undefined, [this, ...rest]);
    },
    writable: true,
    configurable: true,
  });
}

for (const name of sameNameOps) chain(name, core[name]);
for (const [name, operation] of Object.entries(otherOps)) chain(name, operation);
