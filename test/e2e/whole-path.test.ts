import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Submission } from '../../core/experiment.ts';
import type { ResultDocument } from '../../core/results.ts';
import type { OwnedProcess } from '../../cli/stack/owned-process.ts';
import { useTwoWorkers } from './two-workers.ts';
import { mnistFile } from './workplace.ts';

const system = useTwoWorkers();

async function completed(submission: Submission): Promise<ResultDocument> {
  const result = await system().run(submission);
  expect(result.state).toBe('completed');
  return result;
}

/** A worker that is in the middle of a trial, and stays there because it is frozen. */
async function freezeBusyWorker(id: string): Promise<{ victim: OwnedProcess; trial: number }> {
  for (;;) {
    for (const victim of system().stack.processes('worker')) {
      process.kill(victim.pid, 'SIGSTOP');
      // What is published lags behind what happens by a fifth of a second; after that, what a frozen worker runs is known.
      await sleep(1000);
      const worker = (await system().stack.api.workers()).find(({ pid }) => pid === victim.pid);
      const trial = (await system().stack.api.allTrials(id)).find((row) => row.state === 'running' && row.worker === worker?.id);
      if (trial !== undefined) return { victim, trial: trial.number };
      process.kill(victim.pid, 'SIGCONT');
    }
  }
}

const position = async (id: string): Promise<number> => (await system().stack.api.result(id)).position;

describe('an experiment submitted over HTTP', () => {
  it('runs, stops bad trials early, completes, and its log verifies', async () => {
    const maxTrials = 12;
    const submission: Submission = {
      kind: 'tune',
      trainingFunction: 'climb',
      hparams: { steps: 8, stepMs: 20 },
      scheduler: { type: 'median' },
      maxTrials,
      seed: 1,
    };
    const result = await completed(submission);
    const trials = await system().stack.api.allTrials(result.id);

    expect(result.stopReason).toBe('maxTrials');
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: maxTrials }, (_, number) => number));
    expect(trials.every(({ state }) => state === 'completed' || state === 'stopped')).toBe(true);
    expect(result.counts.stopped).toBeGreaterThan(0);
    const values = trials.filter(({ state }) => state === 'completed').map(({ value }) => value ?? Number.NaN);
    expect(result.incumbent?.value).toBe(Math.max(...values));
    // Steps of stopped trials are what was saved: all completed ones have the same number.
    expect(result.resource.used + result.resource.saved).toBe(maxTrials * 8);

    const verification = await system().replay(result.id);
    expect(verification).toMatchObject({ bindings: maxTrials, differences: [], otherVersions: 0 });
    expect(verification.decisions).toBeGreaterThan(0);
  });

  it('completes though a worker and the optimizer are killed in the middle, and its log still verifies', async () => {
    const maxTrials = 16;
    const id = await system().stack.api.submit({
      kind: 'tune',
      trainingFunction: 'climb',
      hparams: { steps: 8, stepMs: 100 },
      scheduler: { type: 'median' },
      maxTrials,
      seed: 2,
    });
    const [optimizer] = system().stack.processes('optimizer');
    await system().stack.add('optimizer');
    await vi.waitFor(async () => expect((await system().stack.api.result(id)).counts.completed).toBeGreaterThanOrEqual(2), {
      timeout: 30_000,
      interval: 50,
    });

    const { victim, trial } = await freezeBusyWorker(id);
    victim.kill();
    optimizer?.kill();
    await Promise.all([victim.ended(), optimizer?.ended()]);
    const killedAt = performance.now();
    const before = await position(id);
    // Only an optimizer moves what is published; promised are 30 seconds.
    await vi.waitFor(async () => expect(await position(id)).toBeGreaterThan(before), { timeout: 30_000, interval: 100 });
    const takeoverMs = performance.now() - killedAt;

    const result = await system().stack.api.wait(id);
    expect(takeoverMs).toBeLessThan(30_000);
    expect(result).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
    const trials = await system().stack.api.allTrials(id);
    expect(trials).toHaveLength(maxTrials);
    expect(trials.every(({ state }) => state === 'completed' || state === 'stopped')).toBe(true);
    expect(trials[trial]?.attempts, 'the trial of the killed worker ran again').toBe(2);

    expect(await system().replay(id)).toMatchObject({ differences: [], otherVersions: 0 });
  });
});

describe('one training file', () => {
  it('goes unchanged from a plain call over maggy run to kind tune and kind train', async () => {
    const plain = await system().place.script(`
      import { localReporter } from 'maggy';
      import training from './functions/mnist-cnn.ts';
      const curve = [];
      const reporter = localReporter({ metric: training.metric, onReport: ({ metrics }) => curve.push(metrics.valAccuracy) });
      await training.train({ hparams: { filters: 4 }, dataset: () => training.dataset({ fraction: 0.01 }), reporter });
      console.log(JSON.stringify(curve));`);
    expect(plain.code, plain.stderr).toBe(0);
    const plainCurve = JSON.parse(plain.stdout) as number[];
    expect(plainCurve).toHaveLength(6);

    const fraction = 0.02;
    const run = await system().place.maggy(
      'run',
      'functions/mnist-cnn.ts',
      '--set',
      'dropout=0.3',
      '--fraction',
      String(fraction),
      '--json',
    );
    expect(run.code, run.stderr).toBe(0);
    const single = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as {
      value: number;
      curve: unknown[];
      hparams: { dropout: number };
    };
    expect(single.hparams.dropout).toBe(0.3);
    expect(single.curve).toHaveLength(6);

    const common = { trainingFunction: 'mnist-cnn', dataset: { fraction }, seed: 3 } as const;
    const tuned = await completed({ ...common, kind: 'tune', maxTrials: 2, hparams: { filters: 4 } });
    const trained = await completed({ ...common, kind: 'train', from: tuned.id });
    expect(trained.incumbent?.params).toEqual(tuned.incumbent?.params);
    // Chance is one in ten; all of them have learnt something from 80 images or 160.
    for (const accuracy of [plainCurve.at(-1), single.value, tuned.incumbent?.value, trained.incumbent?.value])
      expect(accuracy).toBeGreaterThan(0.2);

    const sha256 = async (file: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    expect(await sha256(`${system().place.functions}/mnist-cnn.ts`)).toBe(await sha256(mnistFile));
  });
});
