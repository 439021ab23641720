import { beforeAll, describe, expect, it } from 'vitest';
import { loadDigits } from '../../examples/data/digits.ts';
import { columns, loadPenguins, species } from '../../examples/data/penguins.ts';
import mnist from '../../examples/mnist-cnn.ts';
import penguins from '../../examples/penguins.ts';
import { selectBackend } from '../../training/backends/select.ts';
import { localReporter } from '../../training/reporter.ts';
import { testTraining } from '../../training/testing.ts';
import { tf } from '../../training/tf.ts';

beforeAll(async () => {
  await selectBackend();
});

describe('the digits', () => {
  it('are split by the seed, each digit with the same share of both parts', async () => {
    const options = { seed: 3, fraction: 0.02, validationShare: 0.25 };
    const [first, again, other] = [await loadDigits(options), await loadDigits(options), await loadDigits({ ...options, seed: 4 })];
    expect(again.train.xs.dataSync()).toEqual(first.train.xs.dataSync());
    expect(other.train.xs.dataSync()).not.toEqual(first.train.xs.dataSync());
    // A digit has 863 to 1,127 images: 17 to 23 of them used, 4 to 6 of those held back.
    for (const held of first.validation.ys.sum(0).dataSync()) expect([4, 5, 6]).toContain(held);
    expect(first.train.xs.max().dataSync()[0]).toBeLessThanOrEqual(1);
    expect(first.train.xs.shape.slice(1)).toEqual([28, 28, 1]);
  });

  it.each([0, -1, 1.1, NaN])('are not to be had in a fraction of %s', async (fraction) => {
    await expect(loadDigits({ seed: 1, fraction, validationShare: 0.2 })).rejects.toThrow('fraction');
  });
});

describe('mnist-cnn', () => {
  it('learns digits, ends at a stop, and leaves nothing behind', async () => {
    const options = { dataset: { fraction: 0.04 }, hparams: { batchSize: 32, learningRate: 0.005 }, stopAt: 5 };
    const { outcome, reports, leakedTensors } = await testTraining(mnist, options);
    expect(outcome).toMatchObject({ state: 'stopped', lastStep: 5 });
    expect(reports.map((report) => report.step)).toEqual([1, 2, 3, 4, 5]);
    expect(reports[0]?.metrics).toHaveProperty('val_loss');
    // Ten digits make guessing right one time in ten; after five epochs of 320 images it is right most of the time.
    expect(reports.at(-1)?.metrics.valAccuracy).toBeGreaterThan(0.5);
    expect(leakedTensors).toBe(0);
  });

  it('repeats itself for the same seed', async () => {
    const { differences } = await testTraining(mnist, { dataset: { fraction: 0.005 }, stopAt: 2, repeat: 2 });
    expect(differences).toEqual([]);
  });

  it('may be called plainly, with a model and data of one’s own', async () => {
    const images = { xs: tf.zeros<tf.Rank.R4>([4, 28, 28, 1]), ys: tf.oneHot([0, 1, 2, 3], 10).toFloat().as2D(4, 10) };
    const reported: number[] = [];
    await mnist.train({
      hparams: { epochs: 2 },
      model: () =>
        tf.sequential({ layers: [tf.layers.flatten({ inputShape: [28, 28, 1] }), tf.layers.dense({ units: 10, activation: 'softmax' })] }),
      dataset: () => ({ train: images, validation: images }),
      reporter: localReporter({ metric: 'valAccuracy', onReport: (report) => reported.push(report.step) }),
    });
    expect(reported).toEqual([1, 2]);
  });
});

describe('the penguins', () => {
  it('are in the validation part of one fold each, each species in every fold', async () => {
    const { folds, inputs } = await loadPenguins({ seed: 1, exclude: [], folds: 4 });
    expect(inputs).toEqual([
      'beakLength',
      'beakDepth',
      'flipperLength',
      'bodyMass',
      'island=Biscoe',
      'island=Dream',
      'island=Torgersen',
      'sex=FEMALE',
      'sex=MALE',
    ]);
    expect(folds.reduce((rows, fold) => rows + fold.validation.xs.shape[0], 0)).toBe(344);
    for (const { train, validation } of folds) {
      expect(train.xs.shape[0] + validation.xs.shape[0]).toBe(344);
      // 152, 68 and 124 penguins dealt to four folds.
      expect([...validation.ys.sum(0).dataSync()]).toEqual([38, 17, 31]);
    }
    expect(species).toHaveLength(3);
  });

  it('are standardised by their training rows', async () => {
    const { folds } = await loadPenguins({ seed: 1, exclude: ['island', 'sex'], folds: 4 });
    // A missing measurement becomes 0, the mean, so at most 2 of some 258 rows pull the deviation below 1.
    for (const { train } of folds) {
      for (const mean of train.xs.mean(0).dataSync()) expect(Math.abs(mean)).toBeLessThan(1e-5);
      for (const square of train.xs.square().mean(0).dataSync()) expect(Math.abs(square - 1)).toBeLessThan(2 / 250);
    }
  });

  it('lose the columns that are excluded, and there must be one left', async () => {
    expect((await loadPenguins({ seed: 1, exclude: ['island', 'beakDepth'], folds: 2 })).inputs).toHaveLength(5);
    await expect(loadPenguins({ seed: 1, exclude: ['wings'], folds: 2 })).rejects.toThrow('wings');
    await expect(loadPenguins({ seed: 1, exclude: columns, folds: 2 })).rejects.toThrow('at least one');
  });

  it('are told apart, and without their beaks less well', async () => {
    const hparams = { epochs: 6 };
    const [all, beakless] = [
      await testTraining(penguins, { hparams }),
      await testTraining(penguins, { hparams, dataset: { exclude: ['beakLength', 'beakDepth'] } }),
    ];
    // Measured over seeds 1 to 5 after six epochs: 0.991 to 0.997, and 0.866 to 0.890 without the beaks.
    expect(all.reports.at(-1)?.metrics.valAccuracy).toBeGreaterThan(0.95);
    expect(beakless.reports.at(-1)?.metrics.valAccuracy).toBeLessThan(0.95);
    expect(all.leakedTensors).toBe(0);
  });
});
