/**
 * What paired differences say of their mean: a t-test (Student 1908), an interval, an effect size.
 *
 * The interval is Student's below ten differences and the studentised bootstrap's from ten on. Differences that are all the same, as of
 * accuracies on few rows, have no deviation to compare with: they get no interval, and the test that remains is of their signs, whose
 * smallest two-sided value is 2^(1 − n) (Fisher 1935, "The Design of Experiments", 21).
 */
import type { RandomStream } from '../../core/random.ts';
import { bootstrapInterval, type Interval } from './bootstrap.ts';
import { mean, standardDeviation } from './moments.ts';
import { logGamma, twoSidedQuantile, twoSidedTail } from './student-t.ts';

/** From so many differences on the bootstrap makes the interval. */
const BOOTSTRAP_FROM = 10;

export interface PairedSummary {
  readonly pairs: number;
  readonly mean: number;
  /** Null where the differences have none: fewer than two, or all the same and not 0. */
  readonly interval: Interval | null;
  /** Two-sided, of a mean of 0; null for fewer than two differences. */
  readonly pValue: number | null;
  /** Mean over deviation of the differences, without its small-sample bias; null where it is undefined. */
  readonly effectSize: number | null;
}

/** @param differences at least one */
export function summarisePairs(differences: readonly number[], confidence: number, stream: RandomStream): PairedSummary {
  const pairs = differences.length;
  const centre = mean(differences);
  return {
    pairs,
    mean: centre,
    interval: meanInterval(differences, confidence, stream),
    pValue: pairs < 2 ? null : pairedPValue(differences),
    effectSize: effectSize(differences),
  };
}

function meanInterval(differences: readonly number[], confidence: number, stream: RandomStream): Interval | null {
  const count = differences.length;
  if (count < 2) return null;
  const centre = mean(differences);
  const deviation = standardDeviation(differences);
  if (deviation === 0) return centre === 0 ? [0, 0] : null;
  if (count >= BOOTSTRAP_FROM) return bootstrapInterval(differences, { confidence, stream });
  const half = (twoSidedQuantile(confidence, count - 1) * deviation) / Math.sqrt(count);
  return [centre - half, centre + half];
}

/** @param differences at least two */
export function pairedPValue(differences: readonly number[]): number {
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
