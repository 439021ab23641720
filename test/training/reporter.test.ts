import { beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../core/states.ts';
import { selectBackend } from '../../training/backends/select.ts';
import type { Report } from '../../training/contract.ts';
import { TrialDiverged, TrialStopped } from '../../training/endings.ts';
import { localReporter, TrialReporter } from '../../training/reporter.ts';
import { tf } from '../../training/tf.ts';
import { functionOf, line, runTrial } from './functions.ts';

beforeAll(async () => {
  await selectBackend({ prefer: 'cpu' });
});

function recording(decide: (report: Report) => Decision | Promise<Decision> = () => 'continue', signal = new AbortController().signal) {
  const sent: Report[] = [];
  const warnings: string[] = [];
  const reporter = new TrialReporter({
    metric: 'score',
    signal,
    send: async (report) => {
      sent.push(report);
      return decide(report);
    },
    warn: (text) => warnings.push(text),
  });
  return { reporter, sent, warnings };
}

describe('steps', () => {
  it('count from 1 and go on by one where none is named', async () => {
    const { reporter, sent } = recording();
    await reporter.report(0.1);
    await reporter.report(0.2, 5);
    await reporter.report(0.3);
    expect(sent.map((report) => report.step)).toEqual([1, 5, 6]);
  });

  it('go on after the checkpoint that was loaded', async () => {
    const { reporter, sent } = recording();
    reporter.resumeAt(4);
    await reporter.report(0.1);
    expect(sent.map((report) => report.step)).toEqual([5]);
  });

  it('that were reported before change nothing, with one warning in all', async () => {
    const { reporter, sent, warnings } = recording();
    await reporter.report(0.1, 2);
    await reporter.report(0.9, 2);
    await reporter.report(0.9, 1);
    await reporter.report(0.3, 3);
    expect(sent).toEqual([
      { step: 2, metrics: { score: 0.1 } },
      { step: 3, metrics: { score: 0.3 } },
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('step 2');
  });

  it.each([0, -1, 1.5, NaN, Infinity])('of %s are refused', async (step) => {
    const { reporter, sent } = recording();
    await expect(reporter.report(1, step)).rejects.toMatchObject({ code: 'invalid', field: 'step' });
    expect(sent).toEqual([]);
  });
});

describe('metrics', () => {
  it('are all kept beside the one that counts', async () => {
    const { reporter, sent } = recording();
    await reporter.report({ score: 0, loss: 2.5 });
    expect(sent).toEqual([{ step: 1, metrics: { score: 0, loss: 2.5 } }]);
  });

  it('are those of the moment of the report, whatever becomes of the record', async () => {
    const { reporter, sent } = recording();
    const metrics = { score: 1 };
    const first = reporter.report(metrics);
    metrics.score = 2;
    await Promise.all([first, reporter.report(metrics)]);
    expect(sent.map((report) => report.metrics.score)).toEqual([1, 2]);
  });

  it('without the experiment’s own are refused with the names they have', async () => {
    await expect(recording().reporter.report({ accuracy: 1 })).rejects.toThrow(/"score".*accuracy/);
  });

  it.each([NaN, Infinity, -Infinity])('of %s are a divergence, which every later report repeats', async (value) => {
    const { reporter, sent } = recording();
    await expect(reporter.report({ score: 1, loss: value })).rejects.toBeInstanceOf(TrialDiverged);
    await expect(reporter.report(1)).rejects.toBeInstanceOf(TrialDiverged);
    expect(sent).toEqual([]);
  });
});

describe('a decision', () => {
  it('to stop rejects its report and every later one, and nothing more is sent', async () => {
    const { reporter, sent } = recording(() => 'stop');
    await expect(reporter.report(1)).rejects.toBeInstanceOf(TrialStopped);
    await expect(reporter.report(1)).rejects.toMatchObject({ name: 'TrialStopped', ending: 'stop' });
    expect(sent).toHaveLength(1);
  });

  it('is waited for by reports made meanwhile, so that none is sent after a stop', async () => {
    const { reporter, sent } = recording((report) => (report.step === 2 ? 'stop' : 'continue'));
    const reports = [1, 2, 3, 4].map((step) => reporter.report(step / 10, step));
    const settled = await Promise.allSettled(reports);
    expect(settled.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(sent.map((report) => report.step)).toEqual([1, 2]);
  });

  it('that nobody awaits does not end the process', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    const { outcome } = await runTrial(
      functionOf(async ({ reporter }) => {
        void reporter.report(1);
        void reporter.report(2);
        return 3;
      }),
      () => 'stop',
    );
    // Unhandled rejections are reported once the microtasks have run, before the next timer.
    await new Promise((resolve) => setTimeout(resolve, 1));
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
    expect(outcome).toEqual({ state: 'stopped', lastStep: 1, value: 1 });
  });

  it('that never comes does not outlast the signal', async () => {
    const abort = new AbortController();
    const { reporter } = recording(() => new Promise(() => undefined), abort.signal);
    const report = reporter.report(1);
    abort.abort();
    await expect(report).rejects.toMatchObject({ ending: 'abort' });
    await expect(reporter.report(2)).rejects.toMatchObject({ ending: 'abort' });
  });
});

describe('the callback of fit', () => {
  it('reports every log of each epoch, the named one as the metric', async () => {
    const { outcome, reports } = await runTrial(line);
    expect(outcome.state).toBe('completed');
    expect(reports.map((report) => report.step)).toEqual([1, 2, 3]);
    for (const { metrics } of reports) expect(metrics).toEqual({ loss: metrics.error, error: metrics.error });
  });

  it('ends fit at a stop, and the model can be fitted again', async () => {
    const xs = tf.tensor2d([[0], [1]]);
    const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    network.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    // The first fit makes what a model keeps, such as its training function; the count starts after it.
    await network.fit(xs, xs, { epochs: 1, verbose: 0 });
    const before = tf.memory().numTensors;
    const { reporter, sent } = recording((report) => (report.step === 2 ? 'stop' : 'continue'));
    const callbacks = reporter.callback('loss');
    await expect(network.fit(xs, xs, { epochs: 9, verbose: 0, callbacks })).rejects.toBeInstanceOf(TrialStopped);
    expect(sent).toHaveLength(2);
    const again = await network.fit(xs, xs, { epochs: 2, verbose: 0 });
    expect(again.epoch).toEqual([0, 1]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends fitDataset at a stop, and the model can be fitted again', async () => {
    const data = tf.data.array([0, 1, 2, 3]).map((x) => ({ xs: tf.tensor1d([x]), ys: tf.tensor1d([x]) }));
    const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    network.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { reporter, sent } = recording(() => 'stop');
    const callbacks = [reporter.callback('loss')];
    await expect(network.fitDataset(data.batch(2), { epochs: 9, verbose: 0, callbacks })).rejects.toBeInstanceOf(TrialStopped);
    expect(sent).toHaveLength(1);
    await network.fitDataset(data.batch(2), { epochs: 1, verbose: 0 });
  });

  it('names the logs there are when its own is not among them', async () => {
    const training = functionOf(async ({ reporter }) => {
      const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
      network.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await network.fit(tf.zeros([2, 1]), tf.zeros([2, 1]), { epochs: 1, verbose: 0, callbacks: reporter.callback('val_acc') });
    });
    const { outcome } = await runTrial(training);
    expect(outcome).toMatchObject({ state: 'failed', reason: 'error', message: expect.stringMatching(/\(loss\).*val_acc/) });
  });
});

it('a reporter made for calling a function by hand never stops it and hands on what it is given', async () => {
  const seen: Report[] = [];
  const reporter = localReporter({ metric: 'score', onReport: (report) => seen.push(report) });
  await reporter.report(0.5);
  expect(seen).toEqual([{ step: 1, metrics: { score: 0.5 } }]);
});
