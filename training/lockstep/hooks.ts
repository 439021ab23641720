/**
 * The one file that reaches into TensorFlow.js, so that a training function need not know of its group. Both styles of training pass through
 * here: `fit`, `fitDataset` and `trainOnBatch` by the function that a model makes for a batch, loops written by hand by
 * `Optimizer.minimize`, or by `computeGradients` and `applyGradients`. What is done there is `averaging.ts`'s to say.
 */
import { tf } from '../tf.ts';

/** Takes the tensors of one batch, inputs then targets; returns loss and metrics, means over its rows. Class weights may be absent: null. */
export type BatchFunction = (data: (tf.Tensor | null)[]) => tf.Scalar[];
export type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];
export type Differentiated = ReturnType<tf.Optimizer['computeGradients']>;

/** What happens in place of TensorFlow.js's own methods, which are handed on as `original`. */
export interface Interception {
  trainOnBatch(model: tf.LayersModel, original: BatchFunction, data: (tf.Tensor | null)[]): tf.Scalar[];
  evaluateBatch(original: BatchFunction, data: (tf.Tensor | null)[]): tf.Scalar[];
  /** An evaluation goes through all its batches by `evaluateBatch`; what comes of it are the means over their rows. */
  evaluate(original: () => tf.Scalar[]): tf.Scalar[];
  evaluateDataset(original: () => Promise<tf.Scalar | tf.Scalar[]>): Promise<tf.Scalar | tf.Scalar[]>;
  minimize(optimizer: tf.Optimizer, original: () => tf.Scalar): tf.Scalar;
  computeGradients(original: () => Differentiated, variables: tf.Variable[] | undefined): Differentiated;
  applyGradients(gradients: Gradients, original: (gradients: Gradients) => void): void;
}

const builtInOptimizers: readonly { readonly prototype: tf.Optimizer }[] = [
  tf.SGDOptimizer,
  tf.MomentumOptimizer,
  tf.AdagradOptimizer,
  tf.AdadeltaOptimizer,
  tf.AdamOptimizer,
  tf.AdamaxOptimizer,
  tf.RMSPropOptimizer,
];

/** @returns puts TensorFlow.js back as it was */
export function intercept(by: Interception): () => void {
  const undo = [
    replace(tf.LayersModel.prototype, 'makeTrainFunction', (make: () => BatchFunction) => {
      return function (this: tf.LayersModel) {
        const original = make.call(this);
        return (data: (tf.Tensor | null)[]) => by.trainOnBatch(this, original, data);
      };
    }),
    // It leaves its function in a field of the model.
    replace(tf.LayersModel.prototype, 'makeTestFunction', (make: () => void) => {
      return function (this: { testFunction: BatchFunction }) {
        make.call(this);
        const original = this.testFunction;
        this.testFunction = (data) => by.evaluateBatch(original, data);
      };
    }),
    // Behind `evaluate` and the validation of `fit`.
    replace(tf.LayersModel.prototype, 'testLoop', (loop: (...given: unknown[]) => tf.Scalar[]) => {
      return function (this: tf.LayersModel, ...given: unknown[]) {
        return by.evaluate(() => loop.apply(this, given));
      };
    }),
    replace(tf.LayersModel.prototype, 'evaluateDataset', (evaluate: tf.LayersModel['evaluateDataset']) => {
      return function (this: tf.LayersModel, ...given: Parameters<tf.LayersModel['evaluateDataset']>) {
        return by.evaluateDataset(() => evaluate.apply(this, given));
      };
    }),
    replace(tf.Optimizer.prototype, 'minimize', (minimize: tf.Optimizer['minimize']) => {
      return function (this: tf.Optimizer, cost: () => tf.Scalar, returnCost = false, variables?: tf.Variable[]) {
        const value = by.minimize(this, () => minimize.call(this, cost, true, variables) ?? tf.scalar(Number.NaN));
        if (returnCost) return value;
        value.dispose();
        return null;
      };
    }),
    replace(tf.Optimizer.prototype, 'computeGradients', (compute: tf.Optimizer['computeGradients']) => {
      return function (this: tf.Optimizer, cost: () => tf.Scalar, variables?: tf.Variable[]) {
        return by.computeGradients(() => compute.call(this, cost, variables), variables);
      };
    }),
    ...builtInOptimizers.map(({ prototype }) =>
      replace(prototype, 'applyGradients', (apply: tf.Optimizer['applyGradients']) => {
        return function (this: tf.Optimizer, gradients: Gradients) {
          by.applyGradients(gradients, (averaged) => apply.call(this, averaged));
        };
      }),
    ),
  ];
  return () => undo.forEach((restore) => restore());
}

/** Puts another method in the place of one, some of which TensorFlow.js's types call private. */
function replace<Method>(prototype: object, name: string, replacement: (original: Method) => Method): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor === undefined) throw new TypeError(`TensorFlow.js has no ${name} where it used to be`);
  Object.defineProperty(prototype, name, { ...descriptor, value: replacement(descriptor.value as Method) });
  return () => Object.defineProperty(prototype, name, descriptor);
}
