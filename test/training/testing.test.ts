import { describe, expect, it } from 'vitest';
import { defineTraining } from '../../training/define.ts';
import { testTraining } from '../../training/testing.ts';
import { tf } from '../../training/tf.ts';
import { functionOf, line } from './functions.ts';

const backend = { prefer: 'cpu' } as const;

describe('the harness', () => {
  it('runs a function to its end and shows all it did', async () => {
    const { outcome, reports, leakedTensors } = await testTraining(line, { backend, hparams: { epochs: 2 }, dataset: { rows: 4 } });
    expect(outcome).toMatchObject({ state: 'completed', lastStep: 2 });
    expect(reports).toHaveLength(2);
    expect(leakedTensors).toBe(0);
  });

  it('stops, pauses, aborts or breaks the connection where the test says', async () => {
    expect((await testTraining(line, { backend, stopAt: 2 })).outcome).toMatchObject({ state: 'stopped', lastStep: 2 });
    expect((await testTraining(line, { backend, pauseAt: 2 })).outcome).toMatchObject({ state: 'paused', lastStep: 2 });
    expect((await testTraining(line, { backend, abortAt: 2 })).outcome).toMatchObject({ state: 'stopped' });
    expect((await testTraining(line, { backend, failReportAt: 2 })).outcome).toMatchObject({ state: 'failed', lastStep: 1 });
  });

  it('counts no leak for a trial that is stopped within fit', async () => {
    expect((await testTraining(line, { backend, stopAt: 2 })).leakedTensors).toBe(0);
  });

  it('counts the tensors a function forgets', async () => {
    const forgetful = functionOf(() => {
      tf.scalar(1);
      tf.scalar(2);
      return 1;
    });
    expect((await testTraining(forgetful, { backend })).leakedTensors).toBe(2);
  });

  it('counts no leak for a data set that is loaded, nor for an optimizer that was compiled in as an object', async () => {
    const training = defineTraining({
      name: 'with-adam',
      dataset: async () => tf.ones([4, 1]),
      model: () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }),
      train: async ({ model, dataset }) => {
        const network = model();
        network.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
        const xs = await dataset();
        const { history } = await network.fit(xs, xs, { epochs: 1, verbose: 0 });
        return Number(history.loss?.[0]);
      },
    });
    expect((await testTraining(training, { backend })).leakedTensors).toBe(0);
    expect((await testTraining(training, { backend })).leakedTensors).toBe(0);
  });

  it('finds no difference between runs of a function that draws seeded numbers only', async () => {
    expect((await testTraining(line, { backend, repeat: 3 })).differences).toEqual([]);
  });

  it('shows how the runs of one that does not differ', async () => {
    let calls = 0;
    const counting = functionOf(async ({ reporter }) => {
      await reporter.report(calls);
      calls += 1;
    });
    const { differences } = await testTraining(counting, { backend, repeat: 2 });
    expect(differences).toEqual([expect.stringContaining('Run 2, report 1: '), expect.stringContaining('Run 2, end: ')]);
  });

  it('draws the same numbers whether the data are loaded or there already', async () => {
    const drawing = defineTraining({
      name: 'drawing',
      dataset: async () => Math.random(),
      train: async ({ dataset }) => ({ value: Math.random(), data: await dataset() }),
    });
    expect((await testTraining(drawing, { backend, repeat: 2 })).differences).toEqual([]);
  });

  it('resumes from a checkpoint of an earlier run', async () => {
    const training = functionOf(async ({ checkpoint, reporter }) => {
      const step = ((await checkpoint.load())?.step ?? 0) + 1;
      await checkpoint.save({ data: step }, { step });
      await reporter.report(step);
    });
    const first = await testTraining(training, { backend, pauseAt: 1 });
    const resumeFrom = first.checkpoints.saved[0];
    if (resumeFrom === undefined) throw new Error('a checkpoint was expected');
    const second = await testTraining(training, { backend, resumeFrom, store: first.checkpoints.store });
    expect(second.reports).toEqual([{ step: 2, metrics: { score: 2 } }]);
  });

  it('gives Math.random back', async () => {
    const original = Math.random;
    await testTraining(line, { backend });
    expect(Math.random).toBe(original);
  });
});
