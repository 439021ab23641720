import { describe, expect, it } from 'vitest';
import type { AlgorithmChoice } from '../../../core/catalogue.ts';
import { compileSpace } from '../../../core/compiled-space.ts';
import type { SearchSpace } from '../../../core/space.ts';
import { epsilonGreedy } from '../../../examples/extensions/epsilon-greedy.ts';
import { algorithmsWith } from '../../../optimizer/algorithms.ts';
import { verifyLog } from '../../../optimizer/engine/verify.ts';
import type { History, Sampler } from '../../../optimizer/samplers/sampler.ts';
import { samplerContract } from '../../contract/sampler.ts';
import { anySpace } from '../../core/arbitraries.ts';
import { testSpecification } from '../../support/specification.ts';
import { runVirtually } from '../../support/virtual-runner.ts';

const type = 'epsilon-greedy';
const create =
  (options: object = {}) =>
  (space: SearchSpace, seed: number): Sampler =>
    epsilonGreedy.create({ space: compileSpace(space), seed, choice: { type, ...options } satisfies AlgorithmChoice, resource: null });

samplerContract(type, { create: create(), spaces: anySpace });

describe('the epsilon-greedy sampler', () => {
  const space: SearchSpace = {
    x: { type: 'float', min: 0, max: 1 },
    kind: { type: 'categorical', choices: ['a', 'b'] },
  };
  const history: History = {
    observations: [
      { number: 0, params: { x: 0.5, kind: 'a' }, loss: 1, resource: null, state: 'completed' },
      { number: 1, params: { x: 0.9, kind: 'b' }, loss: 2, resource: null, state: 'completed' },
      { number: 2, params: { x: 0.1, kind: 'b' }, loss: null, resource: null, state: 'failed' },
    ],
    pending: [],
    fit: null,
    isBound: () => false,
    isListed: () => false,
  };
  const suggestions = (options: object) =>
    Array.from({ length: 1000 }, (_, number) => create(options)(space, 7).suggest(number, history) ?? {});

  // A normal deviate is beyond four of its widths once in 16,000 draws; the seed is fixed, so the test says the same each time.
  const isNear = ({ x }: { x?: unknown }): boolean => Math.abs(Number(x) - 0.5) < 4 * 0.01;

  it('stays near the best trial, and changes a choice as seldom as its width says', () => {
    const near = suggestions({ epsilon: 0, width: 0.01 });
    expect(near.every(isNear)).toBe(true);
    // Drawn anew once in a hundred, and then the other of two every second time: 5 of 1000 expected, more than 15 once in 20,000.
    const changed = near.filter(({ kind }) => kind === 'b').length;
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThanOrEqual(15);
  });

  it('looks elsewhere as often as epsilon says', () => {
    const far = suggestions({ epsilon: 0.3, width: 0.01 }).filter((params) => !isNear(params)).length;
    // 92 % of the space is not near: 276 of 1000 expected, with a standard deviation of 14.
    expect(far).toBeGreaterThan(276 - 4 * 14);
    expect(far).toBeLessThan(276 + 4 * 14);
  });

  it('makes experiments whose logs verify', () => {
    const specification = testSpecification({ sampler: { type }, direction: 'maximize', maxTrials: 30 });
    const algorithms = algorithmsWith([epsilonGreedy]);
    const log = runVirtually({ specification, seed: 3, slots: 3, steps: 2, failing: 0.05, algorithms });
    expect(log.at(-1)).toMatchObject({ type: 'ended', state: 'completed' });
    expect(verifyLog(log, algorithms).differences).toEqual([]);
  });
});
