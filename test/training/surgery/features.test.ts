import { describe, expect, it } from 'vitest';
import { loadWithout } from '../../../training/surgery/exclude.ts';
import { cutFeatures } from '../../../training/surgery/features.ts';
import { tf } from '../../../training/tf.ts';

const columns = ['age', 'island', 'island', 'mass'];
const rows = [
  [1, 0, 1, 7],
  [2, 1, 0, 8],
];

interface Options {
  readonly seed: number;
  readonly exclude?: readonly string[];
}

describe('features cut out of data that name them', () => {
  it('are all columns of that name, in lists of rows', () => {
    const data = { features: columns, train: { xs: rows, ys: [0, 1] }, folds: [{ xs: rows }] };
    expect(cutFeatures(data, ['island'])).toEqual({
      features: ['age', 'mass'],
      train: {
        xs: [
          [1, 7],
          [2, 8],
        ],
        ys: [0, 1],
      },
      folds: [
        {
          xs: [
            [1, 7],
            [2, 8],
          ],
        },
      ],
    });
  });

  it('are columns of tensors, which are freed', () => {
    const before = tf.memory().numTensors;
    const xs = tf.tensor2d(rows);
    const ys = tf.tensor1d([0, 1]);
    const cut = cutFeatures({ features: columns, train: { xs, ys }, again: { xs } }, ['age']);
    expect(cut.train.xs.arraySync()).toEqual([
      [0, 1, 7],
      [1, 0, 8],
    ]);
    expect(cut.again.xs).toBe(cut.train.xs);
    expect(cut.train.ys).toBe(ys);
    expect(xs.isDisposed).toBe(true);
    tf.dispose(cut);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are channels of images', () => {
    const xs = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]);
    const cut = cutFeatures({ features: ['red', 'green', 'blue'], xs }, ['green']);
    expect(cut.xs.arraySync()).toEqual([
      [
        [
          [1, 3],
          [4, 6],
        ],
      ],
    ]);
    tf.dispose(cut);
  });

  it('belong to one of several inputs', () => {
    const data = { features: { table: ['a', 'b'] }, xs: { table: [[1, 2]], words: [[5, 6, 7]] } };
    expect(cutFeatures(data, ['a'])).toEqual({ features: { table: ['b'] }, xs: { table: [[2]], words: [[5, 6, 7]] } });
  });

  it.each([
    [
      'a misspelt name',
      { features: columns, xs: rows },
      ['iland'],
      'feature iland: must be a feature of the data (did you mean "island"?)',
    ],
    ['all of them', { features: columns, xs: rows }, columns, 'at least one feature must remain'],
    ['names that do not match the columns', { features: ['a', 'b'], xs: rows }, ['a'], 'must have a name for each of the 4 columns of xs'],
    ['data without xs', { features: columns, ys: rows }, ['age'], 'dataset.xs: must stand somewhere in the data'],
    ['data that name none', { xs: rows }, ['age'], 'dataset.features: must name the feature of each column'],
    ['names of another form', { features: 'age', xs: rows }, ['age'], 'dataset.features: must be a list of names'],
  ])('are refused for %s', (_what, data, exclude, message) => {
    expect(() => cutFeatures(data, exclude)).toThrow(message);
  });
});

describe('a dataset function', () => {
  const whole = async () => ({ xs: tf.tensor2d(rows) });
  const without = <Data>(load: (options: Options) => Promise<Data> | Data, base: () => Promise<Data>, options: Options = { seed: 1 }) =>
    loadWithout(load, options, ['age'], base);

  it('that takes exclude leaves the features out itself, beside those that the experiment excludes', async () => {
    const load = ({ exclude = [] }: Options) => ({ used: columns.filter((name) => !exclude.includes(name)) });
    const data = await without(load, async () => ({ used: columns }), { seed: 1, exclude: ['mass'] });
    expect(data).toEqual({ used: ['island', 'island'] });
  });

  it('that takes none has them cut out of its data', async () => {
    const data = await without(
      ({ seed }) => ({ features: columns, seed, xs: rows }),
      async () => ({ features: columns, seed: 1, xs: rows }),
    );
    expect(data).toEqual({
      features: ['island', 'island', 'mass'],
      seed: 1,
      xs: [
        [0, 1, 7],
        [1, 0, 8],
      ],
    });
  });

  it('that takes none and names no features is refused', async () => {
    await expect(without(whole, whole)).rejects.toThrow('the dataset function takes no exclude, and its data name no features');
  });

  it('that takes exclude and ignores it is refused', async () => {
    const ignoring = async ({ exclude }: Options) => ({ ...(await whole()), mentioned: exclude?.length });
    await expect(without<object>(ignoring, whole)).rejects.toThrow(
      'feature age cannot be left out: the dataset function takes exclude and returned the same data as without',
    );
    const naming = ({ exclude = [] }: Options) => ({ features: columns, xs: rows, count: exclude.length });
    await expect(without<object>(naming, whole)).rejects.toThrow('returned the feature all the same');
  });

  it('that changes values only has heeded it', async () => {
    const blanking = async ({ exclude = [] }: Options) => ({ xs: tf.tensor2d(rows.map(([, ...rest]) => [exclude.length, ...rest])) });
    expect((await without(blanking, whole)).xs.shape).toEqual([2, 4]);
  });
});
