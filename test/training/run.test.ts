import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../training/backends/select.ts';
import { defineTraining } from '../../training/define.ts';
import { MemoryCheckpointStore } from '../../training/memory-checkpoint-store.ts';
import { runTraining } from '../../training/single-host.ts';
import { testTraining } from '../../training/testing.ts';
import { tf } from '../../training/tf.ts';
import { functionOf, line, runTrial } from './functions.ts';

beforeAll(async () => {
  await selectBackend({ prefer: 'cpu' });
});

describe('the value of a completed trial', () => {
  it.each([
    ['a returned number', () => 0, { value: 0, metrics: { score: 0 } }],
    ['the metric of a returned record', () => ({ score: 0, loss: 2 }), { value: 0, metrics: { score: 0, loss: 2 } }],
  ])('is %s', async (_what, train, expected) => {
    const { outcome } = await runTrial(functionOf(train));
    expect(outcome).toEqual({ state: 'completed', lastStep: 0, ...expected });
  });

  it('is the last report’s where nothing is returned', async () => {
    const { outcome } = await runTrial(
      functionOf(async ({ reporter }) => {
        await reporter.report({ score: 3, loss: 1 });
        await reporter.report({ score: 0, loss: 2 });
      }),
    );
    expect(outcome).toEqual({ state: 'completed', lastStep: 2, value: 0, metrics: { score: 0, loss: 2 } });
  });

  it('is the last report’s of the attempt that it resumes, where nothing was left to report', async () => {
    const checkpoints = new MemoryCheckpointStore();
    const id = await checkpoints.write(new Map([['data.json', new TextEncoder().encode('null')]]));
    const resumeFrom = { id, step: 3, reported: { score: 5 } };
    const train = functionOf(async ({ checkpoint }) => {
      await checkpoint.load();
    });
    const resumed = await runTrial(train, undefined, { resumeFrom }, { checkpoints });
    expect(resumed.outcome).toMatchObject({ state: 'completed', value: 5 });
    // Whoever starts over has reported nothing.
    const anew = await runTrial(
      functionOf(() => undefined),
      undefined,
      { resumeFrom },
      { checkpoints },
    );
    expect(anew.outcome).toMatchObject({ state: 'failed' });
  });

  it('is that of another metric where the experiment goes by another one', async () => {
    const { outcome } = await runTrial(
      functionOf(() => ({ score: 1, loss: 2 })),
      undefined,
      { metric: 'loss' },
    );
    expect(outcome).toMatchObject({ state: 'completed', value: 2 });
  });
});

describe('a trial fails', () => {
  it.each([
    ['neither returns nor reports', () => undefined, /must return score or report it/],
    ['returns a record without the metric', () => ({ loss: 1 }), /"score".*loss/],
    ['returns something else', () => JSON.parse('"high"'), /must return a number/],
    ['throws', () => Promise.reject(new Error('no GPU')), /no GPU/],
    ['throws something that is no error', () => Promise.reject('tantrum'), /tantrum/],
  ])('when its function %s', async (_what, train, message) => {
    const { outcome } = await runTrial(functionOf(train));
    expect(outcome).toMatchObject({ state: 'failed', reason: 'error', message: expect.stringMatching(message) });
  });

  it('with the stack of what was thrown', async () => {
    const { outcome } = await runTrial(functionOf(() => Promise.reject(new Error('no GPU'))));
    expect(outcome).toMatchObject({ stack: expect.stringContaining('run.test.ts') });
  });

  it.each([NaN, Infinity])('as diverged when %s is returned', async (value) => {
    const { outcome } = await runTrial(functionOf(() => ({ score: 1, loss: value })));
    expect(outcome).toMatchObject({ state: 'failed', reason: 'diverged', message: expect.stringContaining('loss') });
  });

  it('as diverged when a loss explodes within fit', async () => {
    const { outcome, reports } = await runTrial(line, undefined, { hparams: { learningRate: 1e9, epochs: 20 } });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'diverged', lastStep: reports.length });
    expect(reports.length).toBeLessThan(20);
  });

  it('when a report was refused, even if nobody looked', async () => {
    const { outcome } = await runTrial(
      functionOf(async ({ reporter }) => {
        void reporter.report(1, -1);
        return 1;
      }),
    );
    expect(outcome).toMatchObject({ state: 'failed', message: expect.stringContaining('step') });
  });
});

describe('a decision', () => {
  it.each(['stop', 'pause'] as const)('to %s ends the function', async (decision) => {
    const { outcome, reports } = await runTrial(line, (report) => (report.step === 2 ? decision : 'continue'));
    expect(outcome).toMatchObject({ state: decision === 'stop' ? 'stopped' : 'paused', lastStep: 2 });
    expect(reports).toHaveLength(2);
  });

  it('stands when the function swallows it', async () => {
    const swallowing = functionOf(async ({ reporter }) => {
      await reporter.report(1).catch(() => undefined);
      return 100;
    });
    expect((await runTrial(swallowing, () => 'stop')).outcome).toEqual({ state: 'stopped', lastStep: 1, value: 1 });
  });

  it('comes before the error it leads to', async () => {
    const wrapping = functionOf(({ reporter }) =>
      reporter.report(1).catch((cause: unknown) => Promise.reject(new Error('oh no', { cause }))),
    );
    expect((await runTrial(wrapping, () => 'stop')).outcome.state).toBe('stopped');
  });

  it('may also come as an abort, which a function that reports nothing sees in its signal', async () => {
    const abort = new AbortController();
    const waiting = functionOf(
      ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const trial = runTrial(waiting, undefined, {}, { signal: abort.signal });
    abort.abort();
    expect((await trial).outcome).toEqual({ state: 'stopped', lastStep: 0 });
  });
});

describe('models', () => {
  const twoModels = defineTraining({
    name: 'two-models',
    model: () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }),
    train: ({ model }) => {
      model();
      model();
      return 1;
    },
  });

  it('are freed, but for the last one of a completed trial, which is handed over', async () => {
    const before = tf.memory().numTensors;
    const { outcome } = await runTrial(twoModels);
    if (outcome.state !== 'completed' || outcome.model === undefined) throw new Error('a model was expected');
    expect(tf.memory().numTensors).toBe(before + outcome.model.weights.length);
    outcome.model.dispose();
  });

  it('of a stopped trial are freed with their optimizers', async () => {
    await line.dataset({ seed: 1 });
    const before = tf.memory().numTensors;
    await runTrial(line, () => 'stop');
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('logs what it is given, formatted as console.log does, a line at a time', async () => {
  const { logs } = await runTrial(
    functionOf(({ log }) => {
      log('epoch %d\nof', 1, { three: 3 });
      return 1;
    }),
  );
  expect(logs).toEqual(['epoch 1', 'of { three: 3 }']);
});

it('gives what the function declares beside the experiment’s own space its default', async () => {
  const training = defineTraining({
    name: 'wide',
    space: { a: { type: 'int', min: 0, max: 10, default: 4 }, b: { type: 'int', min: 0, max: 10, default: 5 } },
    train: ({ hparams }) => hparams.a * 100 + hparams.b,
  });
  expect((await runTrial(training, undefined, { hparams: { a: 20 } })).outcome).toMatchObject({ value: 2005 });
});

describe('a run on a single host', () => {
  it('gives the curve, what it ran with, and the model', async () => {
    const seen: number[] = [];
    const result = await runTraining(line, {
      hparams: { epochs: 4 },
      backend: { prefer: 'cpu' },
      onReport: (report) => seen.push(report.step),
    });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(result).toMatchObject({ seed: 1, hparams: { learningRate: 0.1, epochs: 4 }, backend: { name: 'cpu' } });
    expect(result.value).toBe(result.curve.at(-1)?.metrics.error);
    expect(result.model).toBeInstanceOf(tf.LayersModel);
    result.model?.dispose();
  });

  it('has the same curve for the same seed, and another for another', async () => {
    const curves = [];
    for (const seed of [5, 5, 6]) {
      const { curve, model } = await runTraining(line, { seed, backend: { prefer: 'cpu' } });
      model?.dispose();
      curves.push(curve);
    }
    expect(curves[1]).toEqual(curves[0]);
    expect(curves[2]).not.toEqual(curves[0]);
  });

  it.each([0, -1, 1.5, 2 ** 32])('refuses the seed %s', async (seed) => {
    await expect(runTraining(line, { seed })).rejects.toMatchObject({ code: 'invalid', field: 'seed' });
  });

  it('rejects with what the function threw', async () => {
    const thrown = new Error('no GPU');
    await expect(
      runTraining(
        functionOf(() => Promise.reject(thrown)),
        { backend: { prefer: 'cpu' } },
      ),
    ).rejects.toBe(thrown);
  });

  it('rejects with the signal’s reason when it is aborted', async () => {
    const abort = new AbortController();
    const run = runTraining(line, { signal: abort.signal, onReport: () => abort.abort(new Error('enough')), backend: { prefer: 'cpu' } });
    await expect(run).rejects.toThrow('enough');
  });
});

describe('a trial that goes on from a checkpoint', () => {
  const tensors = () => {
    const xs = tf.linspace(-1, 1, 24).as2D(12, 2);
    return { xs, ys: tf.tidy(() => xs.sum(1, true).square()) };
  };
  /** Draws initial weights, dropout and the order of the rows, twice over. */
  const drawing = defineTraining({
    name: 'drawing',
    metric: 'loss',
    dataset: tensors,
    model: () =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 8, inputShape: [2], activation: 'tanh' }),
          tf.layers.dropout({ rate: 0.5 }),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    train: async ({ model, dataset, reporter, checkpoint }) => {
      const { xs, ys } = await dataset();
      const rows = tf.data.array(Array.from({ length: 12 }, (_, at) => at)).shuffle(12);
      const network = model();
      network.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
      const saved = await checkpoint.load();
      await saved?.restore({ model: network });
      for (let step = (saved?.step ?? 0) + 1; step <= 4; step += 1) {
        const order = await rows.toArray();
        const { history } = await network.fit(xs, ys, { epochs: 1, batchSize: 4, shuffle: true, verbose: 0 });
        await checkpoint.save({ model: network }, { step });
        await reporter.report({ loss: Number(history.loss?.[0]), first: order[0] ?? NaN }, step);
      }
    },
  });

  it('has the curve of one that was never interrupted: shuffles and dropout go on too', async () => {
    const backend = { prefer: 'cpu' } as const;
    const whole = await testTraining(drawing, { seed: 5, backend });
    const first = await testTraining(drawing, { seed: 5, abortAt: 2, backend });
    const { saved, store } = first.checkpoints;
    const resumeFrom = saved.find(({ step }) => step === 2);
    if (resumeFrom === undefined) throw new Error('nothing was saved');
    const second = await testTraining(drawing, { seed: 5, store, resumeFrom, backend });
    expect(second.reports.map(({ step }) => step)).toEqual([3, 4]);
    expect([...first.reports, ...second.reports]).toEqual(whole.reports);
  });

  it('draws on, and not the same again, where it goes back to what it saved itself', async () => {
    const drawn: number[] = [];
    const goingBack = functionOf(async ({ checkpoint }) => {
      await checkpoint.save({ data: 1 }, { step: 1 });
      drawn.push(Math.random());
      await checkpoint.load();
      drawn.push(Math.random());
      return 1;
    });
    await testTraining(goingBack);
    expect(drawn[1]).not.toBe(drawn[0]);
  });
});
