import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions, HyperbandSchedulerOptions, MedianSchedulerOptions } from '../../core/catalogue.ts';
import { refusal } from '../core/refusal.ts';
import { schedulerContract } from '../contract/scheduler.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { hyperbandScheduler } from '../../optimizer/schedulers/hyperband.ts';
import { medianScheduler } from '../../optimizer/schedulers/median.ts';
import { noScheduler } from '../../optimizer/schedulers/none.ts';
import type { Scheduler } from '../../optimizer/schedulers/scheduler.ts';
import { SortedNumbers } from '../../optimizer/schedulers/sorted-numbers.ts';

const pair: MedianSchedulerOptions = { type: 'median', minTrials: 2 };
const sparse: MedianSchedulerOptions = { type: 'median', warmupSteps: 1, interval: 2, minTrials: 1 };

schedulerContract('none', { definition: noScheduler, choice: { type: 'none' }, minTrials: Infinity });
schedulerContract('median', { definition: medianScheduler, choice: pair, minTrials: 2 });
schedulerContract('median (after a warm-up, at every other step)', { definition: medianScheduler, choice: sparse, minTrials: 1 });

const halving = { maxResource: 27, reductionFactor: 3 } as const;
const asha: AshaSchedulerOptions = { type: 'asha', ...halving };
const promotingAsha: AshaSchedulerOptions = { ...asha, mode: 'promote' };
const hyperband: HyperbandSchedulerOptions = { type: 'hyperband', ...halving };
const promotingHyperband: HyperbandSchedulerOptions = { ...hyperband, mode: 'promote' };
schedulerContract('asha', { definition: ashaScheduler, choice: asha, minTrials: 1 });
schedulerContract('asha (promoting)', { definition: ashaScheduler, choice: promotingAsha, minTrials: Infinity });
schedulerContract('hyperband', { definition: hyperbandScheduler, choice: hyperband, minTrials: 1 });
schedulerContract('hyperband (promoting)', { definition: hyperbandScheduler, choice: promotingHyperband, minTrials: Infinity });

describe('the median scheduler', () => {
  function after(reports: readonly (readonly [trial: number, step: number, loss: number])[], choice = pair): Scheduler {
    const scheduler = medianScheduler.create(choice);
    for (const [trial, step, loss] of reports) scheduler.observe(trial, step, loss);
    return scheduler;
  }

  // The rule: stop after step s when the best loss up to s is worse than the median, over the other trials that reported at s,
  // of their running averages up to s.
  //
  //   trial   losses at 1, 2, 3    running averages    best so far
  //   0       6    4    2          6   5    4          6  4    2
  //   1       3    3    3          3   3    3          3  3    3
  //   2       9    5    1          9   7    5          9  5    1
  //   3       5    4.5  4.5        5   4.75 4 2/3      5  4.5  4.5
  const worked = [
    [0, 1, 6],
    [1, 1, 3],
    [2, 1, 9],
    [3, 1, 5],
    [0, 2, 4],
    [1, 2, 3],
    [2, 2, 5],
    [3, 2, 4.5],
    [0, 3, 2],
    [1, 3, 3],
    [2, 3, 1],
    [3, 3, 4.5],
  ] as const;

  it('decides the worked example as the rule says', () => {
    const scheduler = after(worked);
    const decisions = [1, 2, 3].map((step) => [0, 1, 2, 3].map((trial) => scheduler.decide(trial, step)));
    expect(decisions).toEqual([
      // Others' averages: of 0: 3 5 9, median 5 < 6; of 1: 5 6 9, 6 > 3; of 2: 3 5 6, 5 < 9; of 3: 3 6 9, 6 > 5.
      ['stop', 'continue', 'stop', 'continue'],
      // Of 0: 3 4.75 7, median 4.75 > 4; of 1: 4.75 5 7, 5 > 3; of 2: 3 4.75 5, 4.75 < 5; of 3: 3 5 7, 5 > 4.5.
      ['continue', 'continue', 'stop', 'continue'],
      // Of 0: 3 4 2/3 5, 4 2/3 > 2; of 1: 4 4 2/3 5, 4 2/3 > 3; of 2: 3 4 4 2/3, 4 > 1; of 3: 3 4 5, 4 < 4.5.
      ['continue', 'continue', 'continue', 'stop'],
    ]);
  });

  it('takes the mean of the two in the middle of an even number of others', () => {
    // Others of trial 4 at step 1: 1 2 4 9, median 3.
    const four = [
      [0, 1, 9],
      [1, 1, 2],
      [2, 1, 4],
      [3, 1, 1],
    ] as const;
    expect(after([...four, [4, 1, 3]]).decide(4, 1)).toBe('continue');
    expect(after([...four, [4, 1, 3.001]]).decide(4, 1)).toBe('stop');
  });

  it('stops none that is as good as the median', () => {
    const equal = after([
      [0, 1, 2],
      [1, 1, 2],
      [2, 1, 2],
    ]);
    expect([0, 1, 2].map((trial) => equal.decide(trial, 1))).toEqual(['continue', 'continue', 'continue']);
  });

  it('compares with trials that were stopped or failed later, too', () => {
    // Trials 0 and 1 report nothing after step 1, yet count there.
    const scheduler = after([
      [0, 1, 1],
      [1, 1, 1],
      [2, 1, 5],
    ]);
    expect(scheduler.decide(2, 1)).toBe('stop');
  });

  it('compares at the same step only', () => {
    const scheduler = after([
      [0, 1, 9],
      [0, 2, 1],
      [1, 1, 9],
      [1, 2, 1],
      [2, 1, 5],
    ]);
    expect(scheduler.decide(2, 1)).toBe('continue');
  });

  it('decides of a step that lies back from what was known at that step', () => {
    // At step 1 trial 2 is worse (9 against 1 and 2); its later success does not change what step 1 says.
    const scheduler = after([
      [0, 1, 1],
      [1, 1, 2],
      [2, 1, 9],
      [2, 2, 0],
    ]);
    expect(scheduler.decide(2, 1)).toBe('stop');
  });

  it('needs three other trials unless told otherwise', () => {
    const few = [
      [0, 1, 1],
      [1, 1, 1],
      [2, 1, 5],
    ] as const;
    expect(after(few, { type: 'median' }).decide(2, 1)).toBe('continue');
    expect(after([...few, [3, 1, 1]], { type: 'median' }).decide(2, 1)).toBe('stop');
  });

  it('decides after the warm-up and at every interval', () => {
    expect(medianScheduler.decisionSteps({ type: 'median' })).toEqual({ at: 'every', first: 1, interval: 1 });
    expect(medianScheduler.decisionSteps(sparse)).toEqual({ at: 'every', first: 2, interval: 2 });
  });

  it('refuses options that it does not know', () => {
    const misspelt: { type: string; minTrails: number } = { type: 'median', minTrails: 2 };
    expect(refusal(() => medianScheduler.create(misspelt))).toMatch(/^scheduler\.minTrails: is not a known field/);
  });
});

describe('sorted numbers', () => {
  const number = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1, 1, 2, Infinity, -Infinity));

  it('have the median of all but one as sorting them all says', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 70 }), fc.nat(), (values, which) => {
        const numbers = new SortedNumbers();
        for (const value of values) numbers.insert(value);
        expect(numbers.length).toBe(values.length);
        const left = values[which % values.length] ?? NaN;
        const rest = [...values].sort((a, b) => a - b);
        rest.splice(rest.indexOf(left), 1);
        const [low = NaN, high = NaN] = [rest[(rest.length - 1) >> 1], rest[rest.length >> 1]];
        // + 0: the sign of a zero says nothing.
        expect(numbers.medianWithout(left) + 0).toBe((rest.length % 2 === 1 ? low : (low + high) / 2) + 0);
      }),
    );
  });

  it('have no median without a second number', () => {
    const numbers = new SortedNumbers();
    numbers.insert(3);
    expect(numbers.medianWithout(3)).toBeNaN();
  });
});
