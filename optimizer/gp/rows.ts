/**
 * Which measurements the surrogate is conditioned on. All of them while they are few; beyond, the model goes local, so that neither its
 * fit nor a suggestion grows with the history (as in Gramacy & Apley 2015, who predict from near points only): some of the best,
 * those nearest to the best one, and some from all over, which keep the model sober where nothing is near.
 */
import type { Feature } from './features.ts';
import type { Kernel } from './kernel.ts';
import type { Measurement } from './rungs.ts';

/** A measurement, and where it was made. */
export interface Row extends Measurement {
  /** Settled point, shape [dimensions]; NaN where inactive. */
  readonly point: Float64Array;
  /** shape [features] */
  readonly features: Float64Array;
  readonly trial: number;
  /** Place of its observation in the history. */
  readonly observation: number;
}

/** Shares of the rows kept. What is left is spread evenly over the history. */
const BEST = 0.25;
const NEAREST = 0.5;

/**
 * @param losses of the rows, or outputs; null for none
 * @param kernel and features say what is near
 * @param most at most so many rows come back
 * @returns their indexes, in the order they came in
 */
export function representative(
  rows: readonly Row[],
  losses: readonly (number | null)[],
  kernel: Kernel,
  features: readonly Feature[],
  most: number,
): readonly number[] {
  const all = [...rows.keys()];
  if (rows.length <= most) return all;
  const chosen = new Set<number>();
  const take = (candidates: readonly number[], count: number): void => {
    for (const index of candidates) if (chosen.size < count) chosen.add(index);
  };
  const ranked = all.sort((a, b) => (losses[a] ?? Infinity) - (losses[b] ?? Infinity) || a - b);
  take(ranked, BEST * most);
  take(nearest(rows, rows[ranked[0] ?? 0], kernel, features), (BEST + NEAREST) * most);
  const rest = [...rows.keys()].filter((index) => !chosen.has(index));
  const places = most - chosen.size;
  for (let place = 0; place < places; place++) take(rest.slice(Math.floor((place * rest.length) / places)), chosen.size + 1);
  return [...chosen].sort((a, b) => a - b);
}

function nearest(rows: readonly Row[], centre: Row | undefined, { weights }: Kernel, features: readonly Feature[]): number[] {
  const squares = rows.map((row) =>
    features.reduce((sum, { kind }, feature) => {
      const difference = (row.features[feature] ?? 0) - (centre?.features[feature] ?? 0);
      return sum + (weights[feature] ?? 0) * (kind === 'label' ? Number(difference !== 0) : difference * difference);
    }, 0),
  );
  return [...rows.keys()].sort((a, b) => (squares[a] ?? NaN) - (squares[b] ?? NaN) || a - b);
}
