/**
 * A table of recorded curves as a workload: a trial shows the curve of the recorded configuration nearest to its own (Eggensperger et
 * al. 2015 use a fitted model in its place; the nearest neighbour invents no value that was not measured).
 *
 * Distance is Euclidean in the unit cube. A parameter that only one of two configurations has counts as far apart as it can be.
 */
import { compileSpace } from '../../core/compiled-space.ts';
import { encodeParams } from '../../core/encoding.ts';
import { invalid } from '../../core/errors.ts';
import type { Params, SearchSpace } from '../../core/space.ts';
import type { Direction } from '../../core/states.ts';
import type { Curve, Workload } from './workload.ts';

export interface CurveTable {
  readonly space: SearchSpace;
  readonly direction: Direction;
  readonly rows: readonly { readonly params: Params; readonly curve: Curve }[];
}

/** @throws {MaggyError} `invalid` for a table without rows */
export function tableWorkload({ space, direction, rows }: CurveTable): Workload {
  const compiled = compileSpace(space);
  const recorded = rows.map(({ params, curve }) => ({ point: encodeParams(compiled, params), curve }));
  const [first] = recorded;
  if (first === undefined) throw invalid('rows', 'must hold at least one curve', rows);
  return {
    space,
    direction,
    curve(params) {
      const point = encodeParams(compiled, params);
      let nearest: Curve = first.curve;
      let least = Infinity;
      for (const candidate of recorded) {
        const distance = squaredDistance(point, candidate.point);
        if (distance < least) [least, nearest] = [distance, candidate.curve];
      }
      return nearest;
    },
  };
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
