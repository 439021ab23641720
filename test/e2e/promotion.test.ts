import { describe, expect, it } from 'vitest';
import type { Submission } from '../../core/experiment.ts';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import { useTwoWorkers } from './two-workers.ts';

const system = useTwoWorkers();
const maxTrials = 12;
const common = { kind: 'tune', trainingFunction: 'descent', maxTrials, seed: 5, sampler: { type: 'random' } } as const;
const asha = { type: 'asha', mode: 'promote' };

interface Ended {
  readonly result: ResultDocument;
  readonly trials: readonly TrialRow[];
}

async function ended(submission: Submission): Promise<Ended> {
  const result = await system().run(submission);
  return { result, trials: await system().stack.api.allTrials(result.id) };
}

const trialUrl = (id: string, trial: number): string => `${system().stack.api.url}/v1/experiments/${id}/trials/${trial}`;

async function curve(id: string, trial: number): Promise<{ step: number; value: number }[]> {
  const response = await fetch(`${trialUrl(id, trial)}/curve`);
  const { items } = (await response.json()) as { items: { step: number; value: number }[] };
  return items.map(({ step, value }) => ({ step, value }));
}

async function log(id: string, trial: number): Promise<string[]> {
  return (await (await fetch(`${trialUrl(id, trial)}/log`)).text()).split('\n');
}

describe('a tuning that promotes, over two worker processes', () => {
  it('pauses trials and takes the best up again from their checkpoints, with the curves of runs that were never interrupted', async () => {
    const whole = await ended({ ...common, scheduler: { type: 'none' } });
    expect(whole.result).toMatchObject({ state: 'completed', counts: { completed: maxTrials } });
    const { result, trials } = await ended({ ...common, scheduler: asha });

    expect(result).toMatchObject({ state: 'completed', stopReason: 'maxTrials', counts: { paused: 0, running: 0 } });
    expect(result.resource.rungs.map(({ resource }) => resource)).toEqual([1, 3, 9]);
    expect(result.resource.rungs[0]).toEqual({ resource: 1, trials: maxTrials });
    expect(result.resource.used).toBeLessThan(whole.result.resource.used);
    expect(trials.map(({ params, seed }) => ({ params, seed }))).toEqual(whole.trials.map(({ params, seed }) => ({ params, seed })));

    const promoted = trials.filter(({ attempts }) => attempts > 1);
    expect(promoted.length).toBeGreaterThan(0);
    for (const { number, lastStep } of trials) {
      const uninterrupted = await curve(whole.result.id, number);
      expect(await curve(result.id, number)).toEqual(uninterrupted.slice(0, lastStep));
    }
    for (const { number, attempts } of promoted) {
      const lines = await log(result.id, number);
      expect(lines.filter((line) => line === 'begins')).toHaveLength(1);
      expect(lines.filter((line) => line.startsWith('goes on after epoch'))).toHaveLength(attempts - 1);
    }

    expect(await system().replay(result.id)).toMatchObject({ differences: [], otherVersions: 0 });
  });

  it('starts a trial without checkpoints from the beginning, gets it through its earlier pauses, and says so in its log', async () => {
    const { result, trials } = await ended({ ...common, hparams: { saves: false }, scheduler: asha });
    expect(result.state).toBe('completed');
    const promoted = trials.filter(({ attempts }) => attempts > 1);
    expect(promoted.length).toBeGreaterThan(0);
    for (const { number, attempts, lastStep } of promoted) {
      expect(lastStep).toBeGreaterThan(1);
      const lines = await log(result.id, number);
      expect(lines.filter((line) => line === 'begins')).toHaveLength(attempts);
      expect(lines.filter((line) => line.includes('starts from the beginning'))).toHaveLength(attempts - 1);
      // The first report of a step counts, and the same seed measures the same again.
      const reports = await curve(result.id, number);
      for (const { step, value } of reports) expect(reports.find((other) => other.step === step)?.value).toBe(value);
    }
    expect(await system().replay(result.id)).toMatchObject({ differences: [] });
  });
});
