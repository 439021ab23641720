import { describe, expect, it } from 'vitest';
import type { Study } from '../../analysis/ablation/answer.ts';
import type { Submission } from '../../core/experiment.ts';
import { useTwoWorkers } from './two-workers.ts';

const system = useTwoWorkers();

const submission: Submission = { kind: 'ablate', trainingFunction: 'weighing', seed: 3, replicates: 5, maxAttempts: 1 };

async function ended(given: Partial<Submission> = {}): Promise<string> {
  return (await system().run({ ...submission, ...given })).id;
}

const answer = (id: string, accept: string) => fetch(`${system().stack.api.url}/v1/experiments/${id}/ablation`, { headers: { accept } });

describe('an ablation over HTTP on real workers', { timeout: 120_000 }, () => {
  it('finds what decides and what is useless, pairs trials by seed, and lets what fails fail alone', async () => {
    const id = await ended();
    const trials = await system().stack.api.allTrials(id);
    expect(trials).toHaveLength(5 * 5);
    expect(new Set(trials.map(({ seed }) => seed)).size).toBe(5);
    // Replicates take turns.
    for (const [at, { seed }] of trials.entries()) expect(seed).toBe(trials[5 * Math.floor(at / 5)]?.seed);

    const study = (await (await answer(id, 'application/json')).json()) as Study & { words: string[] };
    const differences = new Map(study.components.map(({ name, difference }) => [name, difference ?? Number.NaN]));
    expect(study.components[0]).toMatchObject({ name: 'feature deciding', verdict: 'worse', completed: 5 });
    expect(differences.get('feature useless')).toBeLessThan((differences.get('feature deciding') ?? 0) / 4);
    expect(study.components.find(({ name }) => name === 'variant broken')).toMatchObject({
      verdict: 'failed',
      failed: 5,
      failure: expect.stringContaining('the file is gone'),
    });
    // 2 × 8 + 8 in the hidden layer, 8 × 8 + 8 in the next and 4 + 1 in the answer's; without a feature the hidden layer has 1 × 8 + 8.
    expect(study.baseline.parameters).toBe(101);
    expect(study.components.map(({ name, parameters }) => [name, parameters])).toContainEqual(['feature useless', -8]);
    expect(study.words[0]).toContain('feature deciding');
    expect(study.metric).toBe('loss');
    expect(study.components[0]?.duration?.pairs).toBeGreaterThan(0);

    const text = await (await answer(id, 'text/plain')).text();
    expect(text).toMatch(/^component/);
    const csv = await (await answer(id, 'text/csv')).text();
    expect(csv.split('\r\n')[2]).toMatch(/^component,feature deciding,loss,minimize,5,0,0,5,/);
  });

  it('gives the same values again, to the last bit', async () => {
    const values = async (id: string) => (await system().stack.api.allTrials(id)).map(({ value }) => value);
    expect(await values(await ended())).toEqual(await values(await ended()));
  });

  const studyOf = async (id: string) => (await (await answer(id, 'application/json')).json()) as Study & { words: string[] };

  it('leads on a path from the defaults to the incumbent of another experiment', async () => {
    const tuned = await system().stack.api.submit({
      kind: 'train',
      trainingFunction: 'weighing',
      hparams: { learningRate: 0.002, units: 2 },
      seed: 1,
    });
    await system().stack.api.wait(tuned);
    const id = await ended({ from: tuned, ablation: { mode: 'path' }, replicates: 2 });
    const { components, path, baseline } = await studyOf(id);
    expect(components.map(({ name }) => name).sort()).toEqual(['learningRate 0.05 → 0.002', 'units 8 → 2']);
    expect(path?.steps.map(({ candidates }) => candidates.length)).toEqual([2, 1]);
    // Two candidates raced with two seeds each, and three configurations on two seeds of their own.
    expect(await system().stack.api.allTrials(id)).toHaveLength(2 * 2 + 3 * 2);
    expect(baseline.parameters).toBe(101);
    // With two units 2 × 2 + 2, 2 × 2 + 2 and 1 + 1; a learning rate is no weight.
    const sizes = Object.fromEntries(components.map(({ name, parameters }) => [name, parameters]));
    expect(sizes).toEqual({ 'learningRate 0.05 → 0.002': 0, 'units 8 → 2': 14 - 101 });
    // A learning rate that is too low by far leaves the error high; the steps lead from the one end to the other.
    expect(path?.total.difference).toBeCloseTo(
      components.reduce((sum, { difference }) => sum + (difference ?? NaN), 0),
      6,
    );
    expect(path?.total.difference).toBeGreaterThan(0);
  });

  it('leaves out channels of an image and all columns of a one-hot feature, of models with two inputs', async () => {
    const submitted = { trainingFunction: 'gulls', replicates: 2, ablation: { features: 'all' as const } };
    const { components, baseline, words } = await studyOf(await ended(submitted));
    expect(words.join(' ')).not.toContain('Failed');
    // 3 × 2 + 2 of the 1×1 convolution and 2 × 2 × 2 + 4 + 1 of the answer. A channel has two weights, a column one.
    expect(baseline.parameters).toBe(21);
    expect(Object.fromEntries(components.map(({ name, parameters }) => [name, parameters]))).toEqual({
      'feature red': -2,
      'feature green': -2,
      'feature blue': -2,
      'feature mass': -1,
      'feature island': -3,
    });
    // Each of the two that decide has a variance of 1 or more, which nothing else can stand in for; the others are noise.
    const gains = components.map(({ name, difference }): [string, boolean] => [name, (difference ?? NaN) > 0.5]);
    expect(
      gains
        .filter(([, isLost]) => isLost)
        .map(([name]) => name)
        .sort(),
    ).toEqual(['feature island', 'feature red']);
  });

  it('goes on with what it cannot tell, in the looks of its plan', async () => {
    const id = await ended({ ablation: { features: 'all', adaptive: true, maxReplicates: 6 }, replicates: 3 });
    const { looks, components } = await studyOf(id);
    expect(looks.map(({ replicates }) => replicates)).toEqual([3, 4, 6]);
    expect(components[0]).toMatchObject({ name: 'feature deciding', verdict: 'worse' });
    expect(components.map(({ completed }) => completed).every((count) => [3, 4, 6].includes(count))).toBe(true);
  });

  it.each<[string, Partial<Submission>, number]>([
    ['leave-two-out', { ablation: { mode: 'leave-two-out', features: ['deciding'], layers: ['hidden'] } }, 4],
    ['one-in', { ablation: { mode: 'one-in', features: ['useless'], layers: ['hidden'] } }, 3],
  ])('runs in mode %s', async (mode, given, components) => {
    const id = await ended({ ...given, replicates: 2 });
    const study = await studyOf(id);
    expect(study).toMatchObject({ mode, interactions: mode === 'leave-two-out' ? [{ pairs: 2 }] : [] });
    expect(await system().stack.api.allTrials(id)).toHaveLength(components * 2);
    expect(study.components.map(({ completed }) => completed)).toEqual(Array(components - 1).fill(2));
  });

  it.each([
    ['for a layer that is not there', { layers: ['hiden'] }, 'ablation.layers.0', 'did you mean "hidden"?'],
    [
      'for a layer that the others do not fit without',
      { layers: ['hidden', 'shape'] },
      'ablation',
      'layer shape cannot be left out: layer pool does not take [8], and no bridge is allowed',
    ],
    ['for layers that give another its size', { groups: [['hidden', 'spread']] }, 'ablation', 'layer shape does not take [2]'],
    ['for a plan that leaves no feature', { mode: 'one-in', features: 'all' }, 'ablation', 'at least one feature must remain'],
  ])('is refused before anything runs %s', async (_what, ablation, field, words) => {
    for (const path of ['/v1/experiments', '/v1/experiments?dryRun=true']) {
      const refused = await fetch(`${system().stack.api.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...submission, ablation }),
      });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ field, message: expect.stringContaining(words) });
    }
  });
});
