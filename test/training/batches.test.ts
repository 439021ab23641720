import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../training/backends/select.ts';
import { batches } from '../../training/batches.ts';
import { inProcess } from '../../training/in-process.ts';
import { reseed } from '../../training/seeding.ts';
import { tf } from '../../training/tf.ts';

beforeAll(async () => {
  await selectBackend({ prefer: 'cpu' });
});

const ROWS = 7;
const rows = (): { xs: tf.Tensor2D; ys: tf.Tensor1D } => ({
  xs: tf.tensor2d(Array.from({ length: ROWS }, (_, row) => [row, 10 * row])),
  ys: tf.range(0, ROWS),
});

/** Of each batch. */
function labels(options?: { shuffle: boolean }): number[][] {
  const seen: number[][] = [];
  for (const { xs, ys } of batches(rows(), 3, options)) {
    expect(xs.gather([0], 1).dataSync()).toEqual(ys.dataSync());
    seen.push(Array.from(ys.dataSync()));
  }
  return seen;
}

describe('batches, without a group', () => {
  it('go through every row once, the last one smaller, in the order of the data where nothing shuffles them', () => {
    expect(labels({ shuffle: false })).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  it('are shuffled anew each time, from the seed', async () => {
    const draw = (): Promise<number[][]> =>
      inProcess(async () => {
        reseed(7);
        return [labels().flat(), labels().flat()];
      });
    const [first = [], second] = await draw();
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await draw()).toEqual([first, second]);
  });

  it('are freed when the loop goes on, and when it breaks off', () => {
    const data = rows();
    const before = tf.memory().numTensors;
    const loop = batches(data, 3);
    for (let batch = 0; batch < 2; batch++) {
      loop.next();
      expect(tf.memory().numTensors).toBe(before + 2);
    }
    loop.return();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('need tensors of the same number of rows, and a batch size', () => {
    const uneven = { xs: tf.zeros([3, 2]), ys: tf.zeros([4]) };
    expect(() => batches(uneven, 2).next()).toThrow('data: must have tensors with the same number of rows');
    expect(() => batches(rows(), 0).next()).toThrow('batchSize: must be a positive integer, got 0');
  });
});
