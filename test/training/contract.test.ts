import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { selectBackend } from '../../training/backends/select.ts';
import { defineTraining } from '../../training/define.ts';
import { datasetCache } from '../../training/dataset-cache.ts';
import { fileOf } from '../../training/origin.ts';
import { tf } from '../../training/tf.ts';

beforeAll(async () => {
  await selectBackend({ prefer: 'cpu' });
});

describe('a definition', () => {
  it('gives hyperparameters the types of its space', () => {
    defineTraining({
      name: 'typed',
      space: {
        lr: { type: 'float', min: 0.001, max: 1, scale: 'log' },
        optimizer: { type: 'categorical', choices: ['sgd', 'adam'] },
        batch: { type: 'ordinal', choices: [16, 32] },
        momentum: { type: 'float', min: 0, max: 0.99, when: { optimizer: ['sgd'] } },
        epochs: { type: 'constant', value: 3 },
      },
      dataset: async ({ seed, fraction = 1 }: { seed: number; fraction?: number }) => ({ rows: seed * fraction }),
      train: async ({ hparams, dataset }) => {
        expectTypeOf(hparams.lr).toEqualTypeOf<number>();
        expectTypeOf(hparams.optimizer).toEqualTypeOf<'sgd' | 'adam'>();
        expectTypeOf(hparams.batch).toEqualTypeOf<16 | 32>();
        expectTypeOf(hparams.momentum).toEqualTypeOf<number | undefined>();
        expectTypeOf(hparams.epochs).toEqualTypeOf<number>();
        expectTypeOf(await dataset({ fraction: 0.5 })).toEqualTypeOf<{ rows: number }>();
      },
    });
  });

  const train = () => 1;
  it.each([
    [{ name: 'two words', train }, 'name'],
    [{ name: 'a', train: 1 }, 'train'],
    [{ name: 'a' }, 'train'],
    [{ name: 'a', train, model: {} }, 'model'],
    [{ name: 'a', train, dataset: [] }, 'dataset'],
    [{ name: 'a', train, metric: '' }, 'metric'],
    [{ name: 'a', train, direction: 'up' }, 'direction'],
    [{ name: 'a', train, directon: 'minimize' }, 'directon'],
    [{ name: 'a', train, space: { lr: { type: 'float', min: 2, max: 1 } } }, 'space.lr'],
  ])('that breaks a rule is refused with the field: %o', (definition, field) => {
    // Users write JavaScript too, so what types would refuse must be refused at run time.
    expect(() => Reflect.apply(defineTraining, undefined, [definition])).toThrow(
      expect.objectContaining({ code: 'invalid', field: expect.stringContaining(field) }),
    );
  });
});

describe('a plain call', () => {
  const plain = defineTraining({
    name: 'plain',
    metric: 'score',
    space: {
      lr: { type: 'float', min: 0, max: 1 },
      optimizer: { type: 'categorical', choices: ['sgd', 'adam'] },
      momentum: { type: 'float', min: 0, max: 1, default: 0.9, when: { optimizer: 'sgd' } },
    },
    dataset: async ({ scale = 1 }: { seed: number; scale?: number }) => ({ scale }),
    train: async ({ hparams, model, dataset, reporter, checkpoint, signal, seed, log }) => {
      log('seed', seed, signal.aborted);
      await reporter.report(hparams.lr);
      await checkpoint.save({ data: { lr: hparams.lr } }, { step: 1 });
      const saved = await checkpoint.load();
      model();
      return { score: (await dataset()).scale, step: saved?.step ?? 0, momentum: hparams.momentum ?? -1 };
    },
  });

  it('needs no more than model and dataset of one’s own', async () => {
    const lines: unknown[] = [];
    const models: tf.LayersModel[] = [];
    const result = await plain.train({
      hparams: { lr: 0.25, optimizer: 'adam' },
      model: () => {
        const built = tf.sequential();
        models.push(built);
        return built;
      },
      dataset: () => ({ scale: 7 }),
      log: (...parts) => lines.push(parts),
    });
    expect(result).toEqual({ score: 7, step: 1, momentum: -1 });
    expect(models).toHaveLength(1);
    expect(lines).toEqual([['seed', 1, false]]);
  });

  it('takes defaults for the hyperparameters that are left out', async () => {
    const result = await plain.train({ model: () => tf.sequential(), log: () => undefined });
    expect(result).toEqual({ score: 1, step: 1, momentum: 0.9 });
  });

  it('refuses a misspelt hyperparameter', async () => {
    await expect(Reflect.apply(plain.train, plain, [{ hparams: { lrr: 1 } }])).rejects.toMatchObject({
      code: 'invalid',
      field: 'hparams.lrr',
    });
  });

  it('says so when the function asks for a model that nobody declared', async () => {
    await expect(plain.train({ log: () => undefined })).rejects.toMatchObject({ code: 'invalid', field: 'model' });
  });
});

describe('a dataset', () => {
  const counted = () => {
    let loads = 0;
    const training = defineTraining({
      name: 'counted',
      dataset: async ({ fail = false }: { seed: number; fail?: boolean; rows?: number }) => {
        loads += 1;
        if (fail && loads === 1) throw new Error('no network');
        return { load: loads, xs: tf.zeros([2]) };
      },
      train: () => 1,
    });
    return { training, loads: () => loads };
  };

  it('is loaded once for one seed and equal options, also by calls at the same time', async () => {
    const { training, loads } = counted();
    const [first, second] = await Promise.all([training.dataset({ seed: 3, rows: 1 }), training.dataset({ rows: 1, seed: 3 })]);
    expect(first).toBe(second);
    await training.dataset({ seed: 3, rows: 2 });
    await training.dataset({ seed: 4, rows: 1 });
    expect(loads()).toBe(3);
    datasetCache.clear();
  });

  it('that failed to load is loaded again', async () => {
    const { training, loads } = counted();
    await expect(training.dataset({ fail: true })).rejects.toThrow('no network');
    await training.dataset({ fail: true });
    expect(loads()).toBe(2);
    datasetCache.clear();
  });

  it('is loaded again when somebody disposed of its tensors', async () => {
    const { training, loads } = counted();
    (await training.dataset()).xs.dispose();
    expect(datasetCache.tensorCount).toBe(0);
    expect((await training.dataset()).xs.isDisposed).toBe(false);
    expect(loads()).toBe(2);
    expect(datasetCache.tensorCount).toBe(1);
    datasetCache.clear();
    expect(tf.memory().numTensors).toBe(0);
  });

  it('takes plain options only, which can be told apart', async () => {
    const { training } = counted();
    await expect(Reflect.apply(training.dataset, training, [{ rows: NaN }])).rejects.toMatchObject({ field: 'dataset.rows' });
  });
});

describe('the file of a training function', () => {
  it('is the one that called defineTraining, and shows in no list of its properties', () => {
    const training = defineTraining({ name: 'here', train: () => 1 });
    expect(fileOf(training)).toBe(import.meta.filename);
    expect(JSON.stringify(training)).not.toContain(import.meta.filename);
    expect(Object.values(training)).not.toContain(import.meta.filename);
  });

  it('is not known of code that has none', () => {
    const made: object[] = [];
    const text = 'made.push(defineTraining({ name: "nowhere", train: () => 1 }))';
    runInNewContext(text, { made, defineTraining }, { filename: 'evaluated' });
    expect(made.map(fileOf)).toEqual([undefined]);
  });
});
