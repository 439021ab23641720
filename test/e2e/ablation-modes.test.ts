/** Every mode of an ablation over HTTP, on both examples and two workers. Trainings are short: what is tested is the way, not the worth. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { StudyDocument } from '../../analysis/ablation/answer.ts';
import type { Ablation } from '../../core/ablation/schema.ts';
import type { Submission } from '../../core/experiment.ts';
import type { Params } from '../../core/space.ts';
import { compileSchema } from '../../core/validate.ts';
import { useTwoWorkers } from './two-workers.ts';

const system = useTwoWorkers(fileURLToPath(new URL('../../examples', import.meta.url)));
const parseStudy = compileSchema(StudyDocument);

interface Example {
  readonly short: Pick<Submission, 'trainingFunction' | 'seed' | 'dataset'> & { readonly trainingFunction: string };
  readonly epochs: number;
  /** Three, which can be left out in any combination. */
  readonly ablation: Ablation;
  readonly names: readonly [string, string, string];
  /** All but two. */
  readonly fixed: Params;
  /** What is left of the path's two changes: a hyperparameter and its default. */
  readonly varied: readonly [readonly [string, number], readonly [string, number]];
}

const examples: Example[] = [
  {
    short: { trainingFunction: 'penguins', seed: 2, dataset: { folds: 2 } },
    epochs: 2,
    ablation: { features: ['island', 'sex'], layers: ['hidden1'] },
    names: ['feature island', 'feature sex', 'layer hidden1'],
    fixed: { hiddenLayers: 1, activation: 'relu', l2: 1e-4, batchSize: 32 },
    varied: [
      ['learningRate', 0.01],
      ['units', 16],
    ],
  },
  {
    short: { trainingFunction: 'mnist-cnn', seed: 2, dataset: { fraction: 0.02 } },
    epochs: 1,
    ablation: { layers: ['dense'], modules: [{ from: 'conv2', to: 'pool2' }], groups: [['pool1', 'dropout']] },
    names: ['group pool1+dropout', 'layer dense', 'module conv2..pool2'],
    fixed: { optimizer: 'adam', filters: 8, kernelSize: 3, units: 64, batchSize: 32 },
    varied: [
      ['dropout', 0.25],
      ['learningRate', 0.003],
    ],
  },
];

/** The answer of a study of which every trial completed, and how many trials that took. */
async function study(submission: Submission): Promise<{ found: StudyDocument; trials: number }> {
  const { id, counts } = await system().run(submission);
  expect(counts).toMatchObject({ failed: 0, stopped: 0 });
  const answer = await fetch(`${system().stack.api.url}/v1/experiments/${id}/ablation`);
  return { found: parseStudy(await answer.json(), 'ablation'), trials: counts.completed };
}

describe.each(examples)('an ablation of $short.trainingFunction on two workers', { timeout: 300_000 }, (example) => {
  const { short, epochs, ablation, names, fixed, varied } = example;
  const common = { ...short, kind: 'ablate', replicates: 2, maxAttempts: 1 } as const;
  const [one, two, three] = names;

  it.each([
    ['leave-one-out', names],
    ['leave-two-out', [...names, `${one} + ${two}`, `${one} + ${three}`, `${two} + ${three}`]],
    ['one-in', names],
  ] as const)('runs in mode %s', async (mode, components) => {
    const { found, trials } = await study({ ...common, hparams: { epochs }, ablation: { mode, ...ablation } });
    expect(found.mode).toBe(mode);
    expect(found.components.map(({ parts }) => [...parts].sort().join(' + ')).sort()).toEqual([...components].sort());
    expect(found.components.every(({ pairs, difference }) => pairs === 2 && difference !== null)).toBe(true);
    expect(found.interactions).toHaveLength(mode === 'leave-two-out' ? 3 : 0);
    expect(trials).toBe((1 + components.length) * 2);
  });

  it('runs in mode path, from the defaults to the incumbent of a tuning', async () => {
    const tuned = await system().run({
      ...short,
      kind: 'tune',
      hparams: { ...fixed, epochs },
      sampler: { type: 'random' },
      scheduler: { type: 'none' },
      maxTrials: 3,
    });
    const { found, trials } = await study({ ...common, from: tuned.id, ablation: { mode: 'path', start: { epochs } } });
    const steps = found.components.map(({ name }) => name).sort();
    expect(steps).toEqual(varied.map(([name, value]) => `${name} ${value} → ${String(tuned.incumbent?.params[name])}`));
    expect(found.path?.steps.map(({ candidates }) => candidates.length)).toEqual([2, 1]);
    expect(found.path?.total.pairs).toBe(2);
    // Two candidates raced on two seeds, and three configurations on two seeds of their own.
    expect(trials).toBe(2 * 2 + 3 * 2);
  });
});
