/**
 * A table of recorded curves as a workload: a trial shows the mean curve of the recorded configurations nearest to its own
 * (Eggensperger et al. 2015 use a fitted model in its place). One neighbour invents no value that was not measured, but a lucky
 * recording is then a needle that no sampler can look for; the mean of several evens luck out.
 *
 * Distance is Euclidean in the unit cube. A parameter that only one of two configurations has counts as far apart as it can be.
 */
import { compileSpace } from '../../core/compiled-space.ts';
import { encodeParams } from '../../core/encoding.ts';
import { invalid } from '../../core/errors.ts';
import type { Params, SearchSpace } from '../../core/space.ts';
import type { Direction } from '../../core/states.ts';
import { wholeCurve, type CurvePoint, type Workload } from './workload.ts';

export interface CurveTable {
  readonly space: SearchSpace;
  readonly direction: Direction;
  /** Their points lie at the same steps. */
  readonly rows: readonly { readonly params: Params; readonly points: readonly CurvePoint[] }[];
  /** Recorded configurations of which a trial shows the mean; 1 by default. */
  readonly neighbours?: number;
}

/** @throws {MaggyError} `invalid` for a table without rows, or with curves of unequal steps */
export function tableWorkload({ space, direction, rows, neighbours = 1 }: CurveTable): Workload {
  const compiled = compileSpace(space);
  const recorded = rows.map(({ params, points }) => ({ place: encodeParams(compiled, params), points }));
  if (recorded.length === 0) throw invalid('rows', 'must hold at least one curve', rows);
  if (new Set(rows.map(({ points }) => points.map(({ step }) => step).join())).size > 1)
    throw invalid('rows', 'must have points at the same steps', rows);
  return {
    space,
    direction,
    curve(params) {
      const place = encodeParams(compiled, params);
      const near = recorded
        .map((row) => ({ points: row.points, distance: squaredDistance(place, row.place) }))
        .sort((a, b) => a.distance - b.distance)
        .slice(0, neighbours);
      return wholeCurve(meanPoints(near.map(({ points }) => points)));
    },
  };
}

function meanPoints(curves: readonly (readonly CurvePoint[])[]): CurvePoint[] {
  const [first = []] = curves;
  return first.map(({ step }, at) => {
    const points = curves.map((points) => points[at] ?? { value: NaN, seconds: NaN });
    return { step, value: mean(points.map(({ value }) => value)), seconds: mean(points.map(({ seconds }) => seconds)) };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squaredDistance(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) {
    const difference = (one[at] ?? NaN) - (other[at] ?? NaN);
    const isMissing = Number.isNaN(difference);
    const isMissingInBoth = Number.isNaN(one[at]) && Number.isNaN(other[at]);
    sum += isMissing ? Number(!isMissingInBoth) : difference ** 2;
  }
  return sum;
}
