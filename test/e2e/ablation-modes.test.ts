/** Every mode of an ablation over HTTP, on the penguins and two workers. Trainings are short: what is tested is the way, not the worth. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { StudyDocument } from '../../analysis/ablation/answer.ts';
import type { Submission } from '../../core/experiment.ts';
import { compileSchema } from '../../core/validate.ts';
import { useTwoWorkers } from './two-workers.ts';

const system = useTwoWorkers(fileURLToPath(new URL('../../examples', import.meta.url)));
const parseStudy = compileSchema(StudyDocument);

const short = { trainingFunction: 'penguins', seed: 2, dataset: { folds: 2 }, hparams: { epochs: 2 } } as const;
const common = { ...short, kind: 'ablate', replicates: 2, maxAttempts: 1 } as const;

/** The answer of a study of which every trial completed, and how many trials that took. */
async function study(submission: Submission): Promise<{ found: StudyDocument; trials: number }> {
  const { id, counts } = await system().run(submission);
  expect(counts).toMatchObject({ failed: 0, stopped: 0 });
  const answer = await fetch(`${system().stack.api.url}/v1/experiments/${id}/ablation`);
  return { found: parseStudy(await answer.json(), 'ablation'), trials: counts.completed };
}

describe('an ablation of the penguins on two workers', { timeout: 300_000 }, () => {
  const [island, sex, hidden] = ['feature island', 'feature sex', 'layer hidden1'];

  it.each([
    ['leave-one-out', 3, [island, sex, hidden]],
    ['leave-two-out', 6, [island, sex, hidden, `${island} + ${sex}`, `${island} + ${hidden}`, `${sex} + ${hidden}`]],
    ['one-in', 3, [island, sex, hidden]],
  ] as const)('runs in mode %s', async (mode, count, names) => {
    const { found, trials } = await study({ ...common, ablation: { mode, features: ['island', 'sex'], layers: ['hidden1'] } });
    expect(found.mode).toBe(mode);
    expect(found.components.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(found.components.every(({ pairs, difference }) => pairs === 2 && difference !== null)).toBe(true);
    expect(found.interactions).toHaveLength(mode === 'leave-two-out' ? 3 : 0);
    expect(trials).toBe((1 + count) * 2);
  });

  it('runs in mode path, from the defaults to the incumbent of a tuning', async () => {
    const tuned = await system().run({
      ...short,
      kind: 'tune',
      hparams: { epochs: 2, hiddenLayers: 1, activation: 'relu', l2: 1e-4, batchSize: 32 },
      sampler: { type: 'random' },
      scheduler: { type: 'none' },
      maxTrials: 3,
    });
    const { learningRate, units } = tuned.incumbent?.params ?? {};
    const { hparams: _, ...rest } = common;
    const { found, trials } = await study({ ...rest, from: tuned.id, ablation: { mode: 'path', start: { epochs: 2 } } });
    const steps = found.components.map(({ name }) => name).sort();
    expect(steps).toEqual([`learningRate 0.01 → ${learningRate}`, `units 16 → ${units}`]);
    expect(found.path?.steps.map(({ candidates }) => candidates.length)).toEqual([2, 1]);
    expect(found.path?.total.pairs).toBe(2);
    // Two candidates raced on two seeds, and three configurations on two seeds of their own.
    expect(trials).toBe(2 * 2 + 3 * 2);
  });
});
