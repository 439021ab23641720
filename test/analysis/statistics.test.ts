import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../analysis/statistics/bootstrap.ts';
import { holm } from '../../analysis/statistics/holm.ts';
import { pairedPValue, summarisePairs, type Pair } from '../../analysis/statistics/paired.ts';
import { twoSidedQuantile, twoSidedTail } from '../../analysis/statistics/student-t.ts';
import { randomStream } from '../../core/random.ts';

/** Additional hours of sleep with two drugs: Student 1908, "The probable error of a mean", section IX. */
const sleep = [
  [0.7, 1.9],
  [-1.6, 0.8],
  [-0.2, 1.1],
  [-1.2, 0.1],
  [-0.1, -0.1],
  [3.4, 4.4],
  [3.7, 5.5],
  [0.8, 1.6],
  [0.0, 4.6],
  [2.0, 3.4],
].map(([one = 0, other = 0]): Pair => [one, other]);

const toZero = (differences: readonly number[]): Pair[] => differences.map((difference) => [difference, 0]);

const stream = () => randomStream(1, 'test');

describe('Student’s t', () => {
  // scipy 1.x, 2 * stats.t.sf(t, df).
  it.each([
    [1, 1, 0.5],
    [2, 4.303, 0.0499925249852145],
    [4, 0.5, 0.6433299631818633],
    [9, 4.0621, 0.002833007840390159],
    [29, 2.0452, 0.0500031071377467],
    [2.5, 3.3, 0.05940212877944413],
    [3, 1e-9, 0.9999999992648948],
  ])('with %d degrees of freedom is beyond ±%d with the probability that tables give', (df, t, probability) => {
    expect(twoSidedTail(t, df)).toBeCloseTo(probability, 12);
    expect(twoSidedTail(-t, df)).toBe(twoSidedTail(t, df));
  });

  it('keeps its digits far out', () => {
    expect(twoSidedTail(8, 200) / 9.879200909330596e-14).toBeCloseTo(1, 10);
  });

  // stats.t.ppf((1 + confidence) / 2, df); the first column is in every textbook.
  it.each([
    [1, 0.95, 12.706204736174694],
    [2, 0.95, 4.302652729749462],
    [4, 0.95, 2.7764451051977934],
    [9, 0.95, 2.262157162798205],
    [29, 0.99, 2.756385903670605],
    [200, 0.9, 1.6525081009108769],
  ])('with %d degrees of freedom has the quantile of %d', (df, confidence, t) => {
    expect(twoSidedQuantile(confidence, df) / t).toBeCloseTo(1, 11);
  });
});

describe('paired differences', () => {
  it('have the t-test that Student’s sleep data have in R: t.test(extra ~ group, paired = TRUE)', () => {
    expect(summarisePairs(sleep, 0.95, stream()).mean).toBeCloseTo(-1.58, 12);
    expect(pairedPValue(sleep)).toBeCloseTo(0.00283289, 8);
  });

  it('have Student’s interval while there are fewer than ten', () => {
    const few = sleep.slice(0, 3);
    // scipy: stats.t.interval(0.95, 2, mean, sem) of -1.2, -2.4, -1.3.
    const { interval } = summarisePairs(few, 0.95, stream());
    expect(interval?.[0]).toBeCloseTo(-3.2873537309655614, 10);
    expect(interval?.[1]).toBeCloseTo(0.020687064298894997, 10);
  });

  it('have the effect size without its bias', () => {
    expect(summarisePairs(sleep, 0.95, stream()).effectSize).toBeCloseTo(-1.1739249035142048, 10);
  });

  it('that are all the same prove no more than their signs', () => {
    expect(summarisePairs(toZero([0.1, 0.1, 0.1]), 0.95, stream())).toEqual({
      pairs: 3,
      mean: expect.closeTo(0.1, 12),
      interval: null,
      pValue: 0.25,
      effectSize: null,
    });
    expect(summarisePairs(toZero([0, 0, 0]), 0.95, stream())).toMatchObject({ interval: [0, 0], pValue: 1 });
  });

  it('are the same where only rounding tells them apart: two more of 67 right, three times', () => {
    const pairs = [50, 53, 57].map((right): Pair => [(right + 2) / 67, right / 67]);
    expect(new Set(pairs.map(([value, base]) => value - base)).size).toBeGreaterThan(1);
    expect(summarisePairs(pairs, 0.95, stream())).toMatchObject({ interval: null, pValue: 0.25, effectSize: null });
  });

  it('are none where only rounding tells the values apart', () => {
    const pairs: Pair[] = [
      [0.1 + 0.2, 0.3],
      [0.3, 0.1 + 0.2],
      [0.3, 0.3],
    ];
    expect(summarisePairs(pairs, 0.95, stream())).toMatchObject({ mean: 0, interval: [0, 0], pValue: 1, effectSize: null });
  });

  it('may be small beside their values and count all the same', () => {
    // Values of 1 carry 1e-16 of rounding, a ten-millionth of these differences.
    const pairs = [1e-9, 2e-9, 4e-9].map((difference): Pair => [1 + difference, 1]);
    expect(pairedPValue(pairs)).toBeCloseTo(pairedPValue(toZero([1, 2, 4])), 6);
  });

  it('that are mostly the same have Student’s interval, where the bootstrap’s would have no end', () => {
    const pairs = toZero([0, 0, 0, 0, 0, 0, 0, 0, 0.1, 0.05]);
    // The quantile of 9 degrees of freedom from above, times the standard error, 0.010671873729.
    const half = 2.262157162798205 * 0.010671873729;
    expect(summarisePairs(pairs, 0.95, stream()).interval).toEqual([expect.closeTo(0.015 - half, 10), expect.closeTo(0.015 + half, 10)]);
  });

  it('of one pair prove nothing', () => {
    expect(summarisePairs(toZero([0.3]), 0.95, stream())).toEqual({ pairs: 1, mean: 0.3, interval: null, pValue: null, effectSize: null });
  });
});

describe('the studentised bootstrap', () => {
  it('gives the interval of the mouse data, Efron & Tibshirani 1993, page 162: [35.82, 116.74]', () => {
    const survival = [52, 104, 146, 10, 51, 30, 40, 27, 46];
    const [low, high] = bootstrapInterval(survival, { confidence: 0.9, stream: stream() }) ?? [NaN, NaN];
    // The book drew 1,000 resamples; 400,000 of them give [36.01, 116.34] (numpy), and 9,999 stay within 1.5 of it.
    expect(Math.abs(low - 36.01)).toBeLessThan(1.5);
    expect(Math.abs(high - 116.34)).toBeLessThan(1.5);
  });

  it('has no interval where resamples of equal values reach into a tail', () => {
    expect(bootstrapInterval([0, 0, 0, 0, 0, 0, 0, 0, 0.1, 0.05], { confidence: 0.95, stream: stream() })).toBeNull();
  });

  it('covers the mean of ten values as often as it says', () => {
    const draws = randomStream(3, 'coverage');
    const studies = 400;
    let covered = 0;
    for (let study = 0; study < studies; study++) {
      const values = Array.from({ length: 10 }, () => draws.normal());
      const [low, high] = bootstrapInterval(values, { confidence: 0.95, stream: draws, resamples: 999 }) ?? [NaN, NaN];
      if (low <= 0 && high >= 0) covered += 1;
    }
    // Three standard errors of a share of 0.95 among 400.
    expect(Math.abs(covered / studies - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / studies));
  });
});

describe('Holm’s correction', () => {
  it('multiplies the smallest by their number, the next by one less, and never descends', () => {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02].map((value) => expect.closeTo(value, 12)));
  });

  it('stays at 1', () => {
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
