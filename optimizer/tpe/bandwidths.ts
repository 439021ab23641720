/**
 * How far each kernel reaches: the normal reference rule for product kernels (Scott 1992), for each axis from the
 * spread of the points on it. As good points draw together, the kernels shrink with them, and the search with the kernels.
 */
import type { Axis } from './axes.ts';

/** Variance of the uniform prior, which counts as so many points: few points that happen to lie close together say little. */
const UNIFORM_VARIANCE = 1 / 12;
const PRIOR_POINTS = 1;
/** Probability that a choice is given up, as a share of what it would be if nothing were known. */
const CHOICE_SHARE = 0.5;

/**
 * @param points shape [n, dimensions], in axes
 * @param weights shape [n]
 * @returns shape [dimensions]
 */
export function bandwidths(axes: readonly Axis[], points: readonly Float64Array[], weights: readonly number[]): number[] {
  return axes.map((axis, dimension) => {
    if (axis.kind === 'choice') return (CHOICE_SHARE * (axis.count - 1)) / axis.count;
    const { variance, total, effective } = spread(axis, points, weights, dimension);
    const shrunk = (total * variance + PRIOR_POINTS * UNIFORM_VARIANCE) / (total + PRIOR_POINTS);
    const sigma = Math.sqrt(shrunk) * (effective + 1) ** (-1 / (axes.length + 4));
    // Narrower than a cell, a kernel would never leave its level.
    return axis.kind === 'ordered' ? Math.max(sigma, 1 / axis.places.length) : sigma;
  });
}

interface Spread {
  readonly variance: number;
  /** Sum of the weights of the points that have a value on the axis. */
  readonly total: number;
  /** As many equal weights would say as much (Kish 1965): (sum w)^2 / sum w^2. */
  readonly effective: number;
}

function spread(axis: Axis, points: readonly Float64Array[], weights: readonly number[], dimension: number): Spread {
  let [total, squares, mean, moment] = [0, 0, 0, 0];
  points.forEach((point, i) => {
    const value = point[dimension] ?? NaN;
    if (Number.isNaN(value)) return;
    const place = axis.kind === 'ordered' ? (axis.places[value] ?? NaN) : value;
    const weight = weights[i] ?? 0;
    // Weighted mean and second moment in one pass (West 1979).
    total += weight;
    squares += weight * weight;
    const distance = place - mean;
    mean += (weight / total) * distance;
    moment += weight * distance * (place - mean);
  });
  return total === 0 ? { variance: 0, total: 0, effective: 0 } : { variance: moment / total, total, effective: total ** 2 / squares };
}
