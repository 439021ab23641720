import { describe, expect, it } from 'vitest';
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import type { Submission } from '../../core/experiment.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { useTwoWorkers } from './two-workers.ts';

const system = useTwoWorkers();
const maxTrials = 4;
/** A space that a grid covers, too. */
const space: Submission['space'] = {
  learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' },
  filters: { type: 'int', min: 4, max: 6 },
  optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
};
const common = { kind: 'tune', trainingFunction: 'mnist-cnn', dataset: { fraction: 0.01 }, space, maxTrials, seed: 2 } as const;

/** One experiment to its end, whose books and log are as they should be. */
async function run(sampler: AlgorithmChoice, scheduler: AlgorithmChoice): Promise<void> {
  const { id, state, stopReason, counts, incumbent } = await system().run({ ...common, sampler, scheduler });
  expect({ state, stopReason }).toEqual({ state: 'completed', stopReason: 'maxTrials' });
  expect(counts).toMatchObject({ queued: 0, running: 0, paused: 0, failed: 0 });
  expect(counts.completed + counts.stopped).toBe(maxTrials);
  expect(incumbent?.value).toBeGreaterThan(0);
  expect(await system().replay(id)).toMatchObject({ differences: [], otherVersions: 0 });
}

describe('an experiment on real digits over HTTP, with real workers', () => {
  it.each(builtInAlgorithms.samplers.map(({ type }) => type))('runs with the sampler %s', async (type) => {
    const sampler = type === 'grid' ? { type, resolution: 2 } : { type };
    await run(sampler, { type: 'none' });
  });

  const schedulers: { type: string; mode?: string }[] = [
    { type: 'median' },
    { type: 'asha', mode: 'stop' },
    { type: 'asha', mode: 'promote' },
    { type: 'hyperband', mode: 'stop' },
    { type: 'hyperband', mode: 'promote' },
  ];
  it.each(schedulers)('runs with the scheduler $type $mode', async (scheduler) => run({ type: 'gp' }, scheduler));
});
