/**
 * Batches for training loops written by hand. A loop over them is the same on a laptop and in a lockstep group, where each rank is handed
 * its part of every batch: the batch size is that of the whole.
 */
import { invalid } from '../core/errors.ts';
import { handOut, partOf } from './lockstep/parts.ts';
import { tf } from './tf.ts';

/** Tensors by name, whatever the names. */
type Tensors<Data> = { readonly [Name in keyof Data]: tf.Tensor };

export interface BatchOptions {
  /** In another order each time, drawn from the trial's seed. True where absent. */
  readonly shuffle?: boolean;
}

/**
 * Goes through the rows of `data` once: named tensors with the same first dimension, such as `{ xs, ys }`. What it yields has the same
 * names; the tensors are freed when the loop asks for the next batch. The last batch may be smaller.
 *
 * In a group the cost of each rank counts by its rows of the batch, so it must be a mean over the rows handed out, as the losses of `fit`
 * are: of a sum over rows, or a mean over those that a mask or weights leave, the group would follow another gradient than one process.
 *
 *     for (const { xs, ys } of batches(train, 32)) optimizer.minimize(() => tf.losses.softmaxCrossEntropy(ys, model.apply(xs)));
 *
 * @throws {MaggyError} `invalid` for tensors with different numbers of rows, or a batch size that is no positive integer
 */
export function* batches<Data extends Tensors<Data>>(
  data: Data,
  batchSize: number,
  { shuffle = true }: BatchOptions = {},
): Generator<Data, void, undefined> {
  if (!Number.isInteger(batchSize) || batchSize < 1) throw invalid('batchSize', 'must be a positive integer', batchSize);
  const rows = rowsOf(data);
  const order = shuffle ? Int32Array.from(tf.util.createShuffledIndices(rows)) : Int32Array.from({ length: rows }, (_, row) => row);
  for (let begin = 0; begin < rows; begin += batchSize) {
    const chosen = order.subarray(begin, begin + batchSize);
    const part = partOf(chosen.length);
    const batch = gather(data, chosen.subarray(part.begin, part.end));
    const done = handOut(part);
    try {
      yield batch;
    } finally {
      done();
      tf.dispose(batch);
    }
  }
}

function rowsOf<Data extends Tensors<Data>>(data: Data): number {
  const counts = Object.values<tf.Tensor>(data).map(({ shape: [rows = 0] }) => rows);
  const [rows = 0] = counts;
  if (counts.some((count) => count !== rows)) throw invalid('data', 'must have tensors with the same number of rows', counts);
  return rows;
}

function gather<Data extends Tensors<Data>>(data: Data, rows: Int32Array): Data {
  const indices = tf.tensor1d(rows, 'int32');
  const batch: Data = { ...data };
  for (const name in data) batch[name] = tf.gather<Data[typeof name]>(data[name], indices);
  indices.dispose();
  return batch;
}
