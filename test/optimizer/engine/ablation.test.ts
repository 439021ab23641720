import { describe, expect, it } from 'vitest';
import { plannedTrial } from '../../../core/ablation/plan.ts';
import type { AblationPlan } from '../../../core/ablation/schema.ts';
import { PlayedEngine } from '../../support/played-engine.ts';

const component = (name: string, x: number) => ({ name, parts: name === 'baseline' ? [] : [name], exclusion: {}, params: { x } });
const plan: AblationPlan = {
  mode: 'leave-one-out',
  components: [component('baseline', 1), component('hparam x', 2), component('layer a', 1)],
};
const replicates = 2;

function study(): PlayedEngine {
  return new PlayedEngine({ kind: 'ablate', ablation: plan, sampler: { type: 'plan' }, replicates, maxTrials: 6 });
}

describe('an ablation in the engine', () => {
  it('runs the trials of its plan in their order, with the seeds of their replicates', () => {
    const list = study().engine.readyList(9);
    expect(list.map(({ trial, params }) => [trial, params.x])).toEqual([
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 1],
      [5, 1],
    ]);
    const [first, second] = list.map(({ seed }) => seed);
    expect(first).not.toBe(second);
    expect(list.map(({ seed }) => seed)).toEqual([first, second, first, second, first, second]);
    expect(list.map(({ trial, seed }) => plannedTrial(plan, replicates, 7, trial)?.seed === seed)).toEqual(Array(6).fill(true));
  });

  it('goes on with the plan however trials end, and tries a failed one again with its seed', () => {
    const played = study();
    const [first = -1, second = -1] = played.bind(2);
    const seeds = played.engine.readyList(9).map(({ seed }) => seed);
    played.complete(second, 1);
    played.fail(first);
    const list = played.engine.readyList(9);
    expect(list.map(({ trial, origin }) => [trial, origin])).toEqual([[0, 'retry'], ...[2, 3, 4, 5].map((trial) => [trial, 'suggested'])]);
    expect(list.map(({ seed }) => seed)).toEqual([seeds[0], ...seeds]);
  });

  it('ends when all of its trials have', () => {
    const played = study();
    for (const trial of played.bind(6)) played.complete(trial, trial);
    expect(played.engine.ending()).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
  });
});
