/**
 * The studentised bootstrap ("bootstrap-t") of a mean: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", 12.5. Each resample has
 * t* = (mean* − mean) / (sd* / √n), and
 *
 *     [mean − t*(1 − α/2) sd/√n,  mean − t*(α/2) sd/√n]
 *
 * It is second-order accurate (Hall 1988), which percentiles of means are not, and for means of ten or twenty values that matters.
 */
import type { RandomStream } from '../../core/random.ts';
import { mean, standardDeviation } from './moments.ts';

export type Interval = [low: number, high: number];

export interface BootstrapOptions {
  readonly confidence: number;
  readonly stream: RandomStream;
  readonly resamples?: number;
}

/** @param values at least two, not all equal */
export function bootstrapInterval(values: readonly number[], { confidence, stream, resamples = 9999 }: BootstrapOptions): Interval {
  const centre = mean(values);
  const error = standardDeviation(values) / Math.sqrt(values.length);
  const ratios = Float64Array.from({ length: resamples }, () => studentised(values, centre, stream)).sort();
  const tail = (1 - confidence) / 2;
  return [centre - quantile(ratios, 1 - tail) * error, centre - quantile(ratios, tail) * error];
}

/** A resample of equal values has no deviation: its ratio is beyond all others, on its side, or none where it is the mean. */
function studentised(values: readonly number[], centre: number, stream: RandomStream): number {
  const resample = values.map(() => values[stream.integer(0, values.length - 1)] ?? centre);
  const distance = mean(resample) - centre;
  return distance === 0 ? 0 : distance / (standardDeviation(resample) / Math.sqrt(values.length));
}

/** The k-th smallest of B values with k = p (B + 1), so that 9,999 resamples need no interpolation. */
function quantile(sorted: Float64Array, probability: number): number {
  const place = Math.round(probability * (sorted.length + 1)) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, place))] ?? NaN;
}
