/**
 * What one training step has to average over the ranks, fused into one collective: gradients, which the group may round, and behind them
 * what has to be exact. A mean over all rows is the sum of the parts' means, each times its share of the rows.
 */
import { tf } from '../tf.ts';
import type { Communicator, ReduceOptions } from './communicator.ts';

interface Entry {
  readonly values: Float32Array;
  readonly shape: number[];
  readonly receive: (average: tf.Tensor) => void;
}

export class Bucket {
  readonly #gradients: Entry[] = [];
  readonly #exact: Entry[] = [];

  get hasGradients(): boolean {
    return this.#gradients.length > 0;
  }

  /** `receive` is handed the average, to own. The tensor itself is not needed any more. */
  addGradient(tensor: tf.Tensor, receive: (average: tf.Tensor) => void): void {
    this.#gradients.push({ values: valuesOf(tensor), shape: tensor.shape, receive });
  }

  addExact(tensor: tf.Tensor, receive: (average: tf.Tensor) => void): void {
    this.#exact.push({ values: valuesOf(tensor), shape: tensor.shape, receive });
  }

  /**
   * @param weight this rank's share of the rows; those of all ranks add up to 1
   */
  average(communicator: Communicator, weight: number, options: Pick<ReduceOptions, 'mark' | 'samples'>): void {
    const exactFrom = lengthOf(this.#gradients);
    const fused = communicator.workspace(exactFrom + lengthOf(this.#exact));
    const entries = [...this.#gradients, ...this.#exact];
    let offset = 0;
    for (const { values } of entries) {
      copyScaled(values, weight, fused, offset);
      offset += values.length;
    }
    communicator.allReduce(fused, { ...options, exactFrom });
    offset = 0;
    for (const { values, shape, receive } of entries) {
      // A copy, since the next step writes over the workspace.
      receive(tf.tensor(fused.slice(offset, offset + values.length), shape));
      offset += values.length;
    }
  }
}

function valuesOf(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync();
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function lengthOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { values }) => sum + values.length, 0);
}

/** A part that weighs nothing adds nothing, also where it is infinite. */
function copyScaled(values: Float32Array, weight: number, target: Float32Array, offset: number): void {
  if (weight === 0) target.fill(0, offset, offset + values.length);
  else for (let at = 0; at < values.length; at++) target[offset + at] = (values[at] ?? 0) * weight;
}
