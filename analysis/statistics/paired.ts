/**
 * What pairs of values say of the mean of their differences: a t-test (Student 1908), an interval, an effect size.
 *
 * The interval is Student's below ten pairs and the studentised bootstrap's from ten on, where that has one. Differences that are all the
 * same, as of accuracies on few rows, have no deviation to compare with: they get no interval, and the test that remains is of their signs,
 * whose smallest two-sided value is 2^(1 − n) (Fisher 1935, "The Design of Experiments", 21). Whether two are the same is asked of pairs and
 * not of differences, because only the values say how far rounding may have set them apart.
 */
import type { RandomStream } from '../../core/random.ts';
import { bootstrapInterval, type Interval } from './bootstrap.ts';
import { mean, standardDeviation } from './moments.ts';
import { logGamma, twoSidedQuantile, twoSidedTail } from './student-t.ts';

/** A value and what it is compared with. */
export type Pair = readonly [value: number, base: number];

/** From so many pairs on the bootstrap makes the interval. */
const BOOTSTRAP_FROM = 10;

/**
 * Differences closer than this, as a share of the largest value, are the same. A double is rounded by 1e-16 of itself; a metric that a
 * training works out twice, from sums in another order, may differ by some thousand times that.
 */
const ROUNDING = 1e-12;

export interface PairedSummary {
  readonly pairs: number;
  readonly mean: number;
  /** Null where the differences have none: fewer than two, or all the same and not 0. */
  readonly interval: Interval | null;
  /** Two-sided, of a mean of 0; null for fewer than two pairs. */
  readonly pValue: number | null;
  /** Mean over deviation of the differences, without its small-sample bias; null where it is undefined. */
  readonly effectSize: number | null;
}

/** @param pairs at least one */
export function summarisePairs(pairs: readonly Pair[], confidence: number, stream: RandomStream): PairedSummary {
  const differences = differencesOf(pairs);
  return {
    pairs: pairs.length,
    mean: mean(differences),
    interval: meanInterval(differences, confidence, stream),
    pValue: pairs.length < 2 ? null : pairedPValue(pairs),
    effectSize: effectSize(differences),
  };
}

/** In the order of the pairs; those that only rounding tells apart, from each other or from 0, are made equal. */
function differencesOf(pairs: readonly Pair[]): number[] {
  const rounding = ROUNDING * Math.max(...pairs.flat().map(Math.abs));
  const differences = pairs.map(([value, base]) => value - base);
  const groups: number[] = [0];
  for (const difference of [...differences].sort((one, other) => Math.abs(one) - Math.abs(other))) {
    if (!groups.some((known) => Math.abs(difference - known) <= rounding)) groups.push(difference);
  }
  return differences.map((difference) => groups.find((known) => Math.abs(difference - known) <= rounding) ?? difference);
}

function meanInterval(differences: readonly number[], confidence: number, stream: RandomStream): Interval | null {
  const count = differences.length;
  if (count < 2) return null;
  const centre = mean(differences);
  const deviation = standardDeviation(differences);
  if (deviation === 0) return centre === 0 ? [0, 0] : null;
  const half = (twoSidedQuantile(confidence, count - 1) * deviation) / Math.sqrt(count);
  const students: Interval = [centre - half, centre + half];
  return count < BOOTSTRAP_FROM ? students : (bootstrapInterval(differences, { confidence, stream }) ?? students);
}

/** @param pairs at least two */
export function pairedPValue(pairs: readonly Pair[]): number {
  const differences = differencesOf(pairs);
  const count = differences.length;
  const centre = mean(differences);
  const deviation = standardDeviation(differences);
  if (deviation === 0) return centre === 0 ? 1 : 2 ** (1 - count);
  return twoSidedTail((centre * Math.sqrt(count)) / deviation, count - 1);
}

/**
 * Cohen's d of paired differences with Hedges' exact correction J (Hedges 1981, "Distribution theory for Glass's estimator of effect size",
 * eq. 6e):
 *
 *     J(df) = Γ(df/2) / (√(df/2) Γ((df − 1)/2)),  df = n − 1
 */
function effectSize(differences: readonly number[]): number | null {
  const df = differences.length - 1;
  const deviation = standardDeviation(differences);
  // With one degree of freedom the correction is 0: two differences say nothing of their own scatter.
  if (df < 2 || deviation === 0) return null;
  const correction = Math.exp(logGamma(df / 2) - logGamma((df - 1) / 2)) / Math.sqrt(df / 2);
  return (mean(differences) / deviation) * correction;
}
