import { afterEach, describe, expect, it } from 'vitest';
import { datasetCache } from '../../training/dataset-cache.ts';
import { tf } from '../../training/tf.ts';

const owner = {};
let loads = 0;
const dataset = (seed: number): Promise<tf.Tensor> =>
  datasetCache.get(owner, { seed }, () => {
    loads += 1;
    return Promise.resolve(tf.zeros([seed]));
  });

afterEach(() => datasetCache.clear());

describe('the datasets of a process', () => {
  it('are kept as far as they were used last, and the tensors of the others are freed', async () => {
    const before = tf.memory().numTensors;
    loads = 0;
    const first = await dataset(1);
    for (const seed of [2, 3, 1, 4]) await dataset(seed);
    datasetCache.trim(2);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(datasetCache.tensorCount).toBe(2);
    expect(loads).toBe(4);
    // The first was used again after the second and the third.
    expect(await dataset(1)).toBe(first);
    expect(loads).toBe(4);
    expect((await dataset(2)).isDisposed).toBe(false);
    expect(loads).toBe(5);
  });
});
