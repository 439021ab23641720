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

/**
 * Null where so many values are the same that resamples of nothing else reach into a tail: their ratios are infinite, and no bound follows.
 *
 * @param values at least two, not all equal; equal ones exactly so
 */
export function bootstrapInterval(values: readonly number[], { confidence, stream, resamples = 9999 }: BootstrapOptions): Interval | null {
  const centre = mean(values);
  const error = standardDeviation(values) / Math.sqrt(values.length);
  const distances = Float64Array.from(values, (value) => value - centre);
  const ratios = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) ratios[resample] = studentised(distances, stream);
  ratios.sort();
  const tail = (1 - confidence) / 2;
  const interval: Interval = [centre - quantile(ratios, 1 - tail) * error, centre - quantile(ratios, tail) * error];
  return interval.every(Number.isFinite) ? interval : null;
}

/**
 * One t*. A resample of equal values has no deviation: its ratio is beyond all others, on its side, or none where it is the mean.
 * A plain loop, since a study draws millions. @param distances of the values to their mean
 */
function studentised(distances: Float64Array, stream: RandomStream): number {
  const count = distances.length;
  const first = draw(distances, stream);
  let isOfEquals = true;
  // Welford 1962: mean and squares in one pass, with no difference of large numbers.
  let centre = first;
  let squares = 0;
  for (let taken = 2; taken <= count; taken += 1) {
    const distance = draw(distances, stream);
    if (distance !== first) isOfEquals = false;
    const step = distance - centre;
    centre += step / taken;
    squares += step * (distance - centre);
  }
  if (isOfEquals) return first === 0 ? 0 : first * Infinity;
  return centre / Math.sqrt(squares / (count - 1) / count);
}

function draw(distances: Float64Array, stream: RandomStream): number {
  return distances[Math.floor(stream.uniform() * distances.length)] ?? 0;
}

/** The k-th smallest of B values with k = p (B + 1), so that 9,999 resamples need no interpolation. */
function quantile(sorted: Float64Array, probability: number): number {
  const place = Math.round(probability * (sorted.length + 1)) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, place))] ?? NaN;
}
