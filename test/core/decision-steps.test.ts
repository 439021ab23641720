import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDecisionStep, type DecisionSteps } from '../../core/decision-steps.ts';

const rungs: DecisionSteps = { at: 'steps', steps: [1, 3, 9], last: 27 };
const every: DecisionSteps = { at: 'every', first: 4, interval: 3 };

/** At which of these reports the scheduler decides. */
function decided(plan: DecisionSteps, reports: readonly number[]): number[] {
  return reports.filter((step, at) => isDecisionStep(plan, step, reports[at - 1] ?? 0));
}

describe('decision steps', () => {
  it('are those of the plan where every step is reported', () => {
    const all = Array.from({ length: 29 }, (_, at) => at + 1);
    expect(decided(rungs, all)).toEqual([1, 3, 9, 28, 29]);
    expect(decided(every, all)).toEqual([4, 7, 10, 13, 16, 19, 22, 25, 28]);
    expect(decided({ at: 'never' }, all)).toEqual([]);
  });

  it('are the first reports at or beyond those of the plan where fewer are reported', () => {
    expect(decided(rungs, [2, 4, 6, 8, 10, 12])).toEqual([2, 4, 10]);
    expect(decided(rungs, [5, 10, 15, 20, 25, 30])).toEqual([5, 10, 30]);
    expect(decided(every, [5, 10, 15, 20])).toEqual([5, 10, 15, 20]);
    expect(decided(every, [2, 5, 6, 8])).toEqual([5, 8]);
  });

  it('never are more than the plan has, nor none where one was passed', () => {
    const steps = fc.uniqueArray(fc.integer({ min: 1, max: 27 }), { minLength: 1 }).map((some) => some.sort((a, b) => a - b));
    fc.assert(
      fc.property(steps, (reports) => {
        const reached = [1, 3, 9].filter((rung) => rung <= (reports.at(-1) ?? 0)).length;
        expect(decided(rungs, reports).length).toBeLessThanOrEqual(reached);
        expect(decided(rungs, reports).length > 0).toBe(reached > 0);
      }),
    );
  });
});
