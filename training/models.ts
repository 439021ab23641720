/** Keeps account of the models that a trial's `model()` calls make, and frees what a model holds. */
import { tf } from './tf.ts';

/** Frees a model's weights and its optimizer's state, also of an optimizer that was compiled in as an object. Twice is once. */
export function disposeModel(model: tf.LayersModel): void {
  try {
    const weights = model.weights.map((weight) => weight.read());
    model.dispose();
    // LayersModel.dispose leaves the weights of layers that are applied more than once.
    tf.dispose(weights.filter((weight) => !weight.isDisposed));
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('already disposed'))) throw error;
  }
  // LayersModel.dispose frees the optimizer only when it was compiled in by name.
  disposeOptimizer(model);
}

function disposeOptimizer({ optimizer }: { readonly optimizer: tf.Optimizer | undefined }): void {
  optimizer?.dispose();
}

/** The models of one attempt. All but the last are freed when it ends: users who build several, one per fold say, need not. */
export class ModelLedger {
  readonly #models = new Set<tf.LayersModel>();
  #last: tf.LayersModel | undefined;

  add(model: tf.LayersModel): void {
    this.#models.add(model);
    this.#last = model;
  }

  /** The last model, unless the user has disposed of it; the others are freed. */
  keepLast(): tf.LayersModel | undefined {
    const last = this.#last;
    if (last !== undefined) this.#models.delete(last);
    this.disposeAll();
    return last === undefined || isDisposed(last) ? undefined : last;
  }

  disposeAll(): void {
    for (const model of this.#models) disposeModel(model);
    this.#models.clear();
  }
}

function isDisposed(model: tf.LayersModel): boolean {
  try {
    model.getWeights();
    return false;
  } catch {
    return true;
  }
}
