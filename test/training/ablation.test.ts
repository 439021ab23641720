import { beforeAll, describe, expect, it } from 'vitest';
import type { Exclusion } from '../../core/ablation/schema.ts';
import { selectBackend } from '../../training/backends/select.ts';
import { declare } from '../../training/declaration.ts';
import { defineTraining } from '../../training/define.ts';
import { tf } from '../../training/tf.ts';
import { runTrial } from './functions.ts';

beforeAll(async () => {
  await selectBackend({ prefer: 'cpu' });
});

const columns = ['useful', 'island', 'island', 'useless'];

/** Rows of four columns; the answer is the first one. */
function table(rows: number) {
  const xs = tf.tidy(() =>
    tf
      .range(0, rows * 4)
      .as2D(rows, 4)
      .mul(7)
      .mod(11)
      .div(11),
  );
  return { xs, ys: tf.tidy(() => xs.slice([0, 0], [rows, 1])) };
}

const network =
  (hidden: string[], units = 4) =>
  () =>
    tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [4] }),
        ...hidden.map((name) => tf.layers.dense({ units, activation: 'tanh', name })),
        tf.layers.dense({ units: 1, name: 'answer' }),
      ],
    });

const study = defineTraining({
  name: 'study',
  space: { epochs: { type: 'int', min: 1, max: 9, default: 2 } },
  metric: 'error',
  direction: 'minimize',
  features: ['useful', 'island', 'useless'],
  variants: { wide: { model: network(['first'], 9) }, more: { dataset: () => ({ features: columns, ...table(16) }) } },
  ablation: { layers: ['first'], features: 'all' },
  dataset: () => ({ features: columns, ...table(8) }),
  model: network(['first', 'second']),
  train: async ({ hparams, model, dataset, reporter }) => {
    const built = model();
    const { xs, ys } = await dataset();
    built.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await built.fit(xs, ys, { epochs: hparams.epochs, batchSize: 4, verbose: 0, callbacks: reporter.callback('loss') });
  },
});

async function trial(exclusion?: Exclusion) {
  const { outcome, reports, logs } = await runTrial(study, undefined, exclusion === undefined ? {} : { exclusion });
  if (outcome.state !== 'completed') throw new Error(outcome.state === 'failed' ? outcome.message : outcome.state, { cause: outcome });
  const shapes = outcome.model?.getWeights().map((weight) => weight.shape);
  outcome.model?.dispose();
  return { shapes, logs, curve: reports.map(({ metrics }) => metrics.error) };
}

describe('a trial of an ablation', () => {
  it('that leaves out nothing is the trial that it would be without', async () => {
    expect(await trial({})).toEqual(await trial());
  });

  it('trains a model without the layer, and says so in its log', async () => {
    const { shapes, logs } = await trial({ layers: ['second'] });
    expect(shapes).toEqual([[4, 4], [4], [4, 1], [1]]);
    expect(logs).toContain('Left out: layer second. Parameters: 45 before, 25 after');
  });

  it('trains on data without the features, with a model whose input has as many as are left', async () => {
    const { shapes, curve } = await trial({ features: ['island'] });
    expect(shapes?.[0]).toEqual([2, 4]);
    expect(curve).toHaveLength(2);
  });

  it('leaves out features and a module at once', async () => {
    const { shapes } = await trial({ features: ['useless'], modules: [{ from: 'first', to: 'second' }] });
    expect(shapes).toEqual([[3, 1], [1]]);
  });

  it('takes the model or the data of a variant', async () => {
    expect((await trial({ variant: 'wide' })).shapes?.[0]).toEqual([4, 9]);
    expect((await trial({ variant: 'more' })).curve).not.toEqual((await trial()).curve);
  });

  it.each<[string, Exclusion, string]>([
    ['a misspelt layer', { layers: ['secnd'] }, 'did you mean "second"?'],
    ['a misspelt feature', { features: ['usefull'] }, 'did you mean "useful"?'],
    ['a misspelt variant', { variant: 'wid' }, 'did you mean "wide"?'],
  ])('fails for %s instead of running the baseline again', async (_what, exclusion, message) => {
    await expect(trial(exclusion)).rejects.toThrow(message);
  });

  it('fails where the function does not use the part that a variant replaces', async () => {
    const halfUsed = defineTraining({
      name: 'half-used',
      dataset: () => ({ features: columns, ...table(4) }),
      model: network(['first']),
      variants: { wide: { model: network(['first'], 9) }, more: { dataset: () => ({ features: columns, ...table(16) }) } },
      train: async ({ dataset }) => (await dataset()).xs.shape[0],
    });
    const value = async (variant: string) => (await runTrial(halfUsed, undefined, { exclusion: { variant } })).outcome;
    expect(await value('more')).toMatchObject({ state: 'completed', value: 16 });
    expect(await value('wide')).toMatchObject({ state: 'failed', message: expect.stringContaining('model() was not called') });
  });

  it('fails where the function makes its model or its data by itself', async () => {
    const selfish = defineTraining({ name: 'selfish', dataset: () => ({ features: columns, ...table(4) }), train: () => 1 });
    const without = async (exclusion: Exclusion) => (await runTrial(selfish, undefined, { exclusion })).outcome;
    expect(await without({ layers: ['first'] })).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('must be built with model()'),
    });
    expect(await without({ features: ['useful'] })).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('must be loaded with dataset()'),
    });
  });
});

describe('the declaration of a training function', () => {
  it('says what an ablation can leave out', () => {
    const { ablatable, ablation } = declare(study, 'a'.repeat(64), '');
    expect(ablatable?.layers?.map(({ name, isProtected }) => [name, isProtected])).toEqual([
      [expect.any(String), true],
      ['first', false],
      ['second', false],
      ['answer', true],
    ]);
    expect(ablatable).toMatchObject({ features: ['useful', 'island', 'useless'], variants: ['wide', 'more'] });
    expect(ablation).toEqual({ layers: ['first'], features: 'all' });
  });

  it('numbers layers without a name by their class, the same each time', () => {
    const unnamed = defineTraining({
      name: 'unnamed',
      model: () => tf.sequential({ layers: [1, 2, 3].map((units) => tf.layers.dense({ units, inputShape: [4] })) }),
      train: () => 1,
    });
    const names = () =>
      unnamed
        .ablatable()
        .layers?.map(({ name }) => name)
        .slice(1);
    expect(names()).toEqual(['dense_1', 'dense_2', 'dense_3']);
    expect(names()).toEqual(['dense_1', 'dense_2', 'dense_3']);
  });

  it('numbers layers without a name past the names that their author chose', () => {
    const layers = [
      tf.layers.dense({ units: 1, inputShape: [4] }),
      tf.layers.dense({ units: 2, name: 'dense_1' }),
      tf.layers.dense({ units: 3 }),
    ];
    const mixed = defineTraining({ name: 'mixed', model: () => tf.sequential({ layers }), train: () => 1 });
    const found = mixed.ablatable().layers?.slice(1);
    expect(found?.map(({ name, parameters }) => [name, parameters])).toEqual([
      ['dense_2', 5],
      ['dense_1', 4],
      ['dense_3', 9],
    ]);
  });

  it('leaves no tensors behind', () => {
    const before = tf.memory().numTensors;
    study.ablatable();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ wide: {} }, 'variants.wide: must have a model, a dataset or both'],
    [{ wide: { modle: () => 1 } }, 'did you mean "model"?'],
    [{ wide: { model: 3 } }, 'variants.wide.model: must be a function'],
  ])('refuses the variants %j', (variants, message) => {
    const definition = { name: 'broken', train: () => 1 };
    Object.assign(definition, { variants });
    expect(() => defineTraining(definition)).toThrow(message);
  });
});
