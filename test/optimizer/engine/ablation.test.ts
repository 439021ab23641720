import { describe, expect, it } from 'vitest';
import type { AblationPlan } from '../../../core/ablation/schema.ts';
import { randomStream } from '../../../core/random.ts';
import type { SearchSpace } from '../../../core/space.ts';
import { builtInAlgorithms } from '../../../optimizer/algorithms.ts';
import { Engine } from '../../../optimizer/engine/engine.ts';
import { verifyLog } from '../../../optimizer/engine/verify.ts';
import { PlayedEngine } from '../../support/played-engine.ts';

const component = (name: string, x: number, layers: string[] = []) => ({
  name,
  parts: name === 'baseline' ? [] : [name],
  exclusion: layers.length === 0 ? {} : { layers },
  params: { x },
});
const plan: AblationPlan = {
  mode: 'leave-one-out',
  components: [component('baseline', 1), component('hparam x', 2), component('layer a', 1, ['a'])],
  looks: [{ replicates: 2, level: 0.05 }],
};
const replicates = 2;

function study(): PlayedEngine {
  return new PlayedEngine({ kind: 'ablate', ablation: plan, sampler: { type: 'plan' }, replicates, maxTrials: 6 });
}

describe('an ablation in the engine', () => {
  it('runs the replicates of its plan in turns, the baseline first in each, with a seed for each turn', () => {
    const list = study().engine.readyList(9);
    expect(list.map(({ trial, params }) => [trial, params.x])).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 1],
    ]);
    const [first, second] = [list[0]?.seed, list[3]?.seed];
    expect(first).not.toBe(second);
    expect(list.map(({ seed }) => seed)).toEqual([first, first, first, second, second, second]);
    expect(list.map(({ exclusion }) => exclusion?.layers)).toEqual([undefined, undefined, ['a'], undefined, undefined, ['a']]);
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
    expect(played.engine.ending()).toMatchObject({ state: 'completed', stopReason: 'planDone' });
  });
});

const space: SearchSpace = {
  x: { type: 'int', min: 0, max: 9, default: 0 },
  y: { type: 'int', min: 0, max: 9, default: 0 },
  z: { type: 'int', min: 0, max: 9, default: 0 },
};

/** Runs a study to its end, trials of a wave ending in an order of their own; answers the log and what it ran. */
function played(given: AblationPlan, valueOf: (trial: { x: number; y: number; z: number; layers: number }) => number, order: number) {
  const run = new PlayedEngine({
    kind: 'ablate',
    ablation: given,
    sampler: { type: 'plan' },
    replicates: 3,
    maxTrials: 1000,
    space,
    direction: 'maximize',
  });
  const draws = randomStream(order, 'order');
  const noise = (seed: number) => randomStream(seed, 'noise').normal() / 100;
  const waves: number[] = [];
  for (;;) {
    const list = run.engine.readyList(1000);
    if (list.length === 0) break;
    waves.push(list.length);
    const trials = run.bind(1000);
    for (const trial of [...trials].sort(() => draws.uniform() - 0.5)) {
      const entry = list[trials.indexOf(trial)];
      const of = (name: string): number => Number(entry?.params[name] ?? 0);
      const at = { x: of('x'), y: of('y'), z: of('z'), layers: entry?.exclusion?.layers?.length ?? 0 };
      const seed = entry?.seed ?? 1;
      run.complete(trial, valueOf(at) + noise(seed) + noise(seed + 17 * at.x + at.layers + 3 * at.y));
    }
  }
  return { run, waves };
}

const adaptive: AblationPlan = {
  mode: 'leave-one-out',
  components: [component('baseline', 0), component('layer a', 0, ['a']), component('layers b', 0, ['b', 'c'])],
  looks: [
    { replicates: 3, level: 0.0125 },
    { replicates: 6, level: 0.0125 },
    { replicates: 12, level: 0.025 },
  ],
};
const path: AblationPlan = {
  mode: 'path',
  components: [
    { name: 'baseline', parts: [], exclusion: {}, params: { x: 0, y: 0, z: 0 } },
    { name: 'target', parts: ['target'], exclusion: {}, params: { x: 1, y: 2, z: 3 } },
  ],
  looks: [{ replicates: 3, level: 0.05 }],
  race: [2, 3],
};

describe('a study whose trials depend on earlier ones', () => {
  it('runs more replicates of what it cannot tell, and of the baseline, and no more of what it can', () => {
    const { run, waves } = played(adaptive, ({ layers }) => (layers === 1 ? -1 : 0), 1);
    // Layer a is told at the first look; three replicates more of the baseline and layers b, then six.
    expect(waves).toEqual([9, 6, 12]);
    expect(run.engine.ending()).toMatchObject({ state: 'completed', stopReason: 'planDone' });
    expect(run.state.trials).toHaveLength(27);
  });

  it('takes the change that gains most first, and measures the path on seeds of its own', () => {
    const { run, waves } = played(path, ({ x, y, z }) => x * 0.1 + y * 0.5 + z * 0.01, 1);
    expect(waves.at(-1)).toBe(4 * 3);
    const measured = run.state.trials.slice(-12, -8);
    expect(measured.map(({ params }) => [params.x, params.y, params.z])).toEqual([
      [0, 0, 0],
      [0, 2, 0],
      [1, 2, 0],
      [1, 2, 3],
    ]);
    const seeds = (trials: typeof run.state.trials) => new Set(trials.map(({ seed }) => seed));
    expect([...seeds(run.state.trials.slice(-12))].filter((seed) => seeds(run.state.trials.slice(0, -12)).has(seed))).toEqual([]);
  });

  it.each([
    ['adaptive', adaptive],
    ['path', path],
  ])('is the same in whatever order trials end, verifies, and goes on from a snapshot: %s', (_name, given) => {
    const value = ({ x, y, z, layers }: { x: number; y: number; z: number; layers: number }) => x * 0.1 + y * 0.5 + z * 0.01 - (layers % 2);
    const [one, other] = [played(given, value, 1), played(given, value, 2)];
    const ran = ({ run }: typeof one) => run.state.trials.map(({ number, params, seed, value: found }) => [number, params, seed, found]);
    expect(ran(one)).toEqual(ran(other));
    expect(verifyLog(one.run.log, builtInAlgorithms)).toMatchObject({ differences: [], bindings: one.run.state.trials.length });

    const half = new PlayedEngine({ ...one.run.state.specification });
    for (const event of one.run.log.slice(2, Math.floor(one.run.log.length * 0.7))) half.engine.apply(event);
    const restored = Engine.restore(structuredClone(half.state), builtInAlgorithms);
    expect(restored.readyList(99)).toEqual(half.engine.readyList(99));
    expect(restored.startable()).toBe(half.engine.startable());
  });
});
