/**
 * What a simulation runs: a search space, and for each trial the curve that its training would show. Formulae, tables of recorded
 * curves and whole recorded experiments all take this one shape.
 */
import type { Params, SearchSpace } from '../../core/space.ts';
import type { Direction } from '../../core/states.ts';
import type { Told } from '../local-options.ts';

export interface Workload {
  readonly space: SearchSpace;
  readonly direction: Direction;
  /** Asked once a trial. */
  curve(params: Params, trial: number): Curve;
}

/** One training from its start to its end, on a worker of ordinary speed. */
export interface Curve {
  /** Steps grow. */
  readonly points: readonly CurvePoint[];
  /** From the last point to the end. */
  readonly tailSeconds: number;
  /** What becomes of the trial if nobody ends it before. */
  readonly end: Told;
}

export interface CurvePoint {
  readonly step: number;
  /** In the user's sign. */
  readonly value: number;
  /** From the point before, or from the start. */
  readonly seconds: number;
}

/** A training that completes with its last value. */
export function wholeCurve(points: readonly CurvePoint[]): Curve {
  return { points, tailSeconds: 0, end: { state: 'completed', value: points.at(-1)?.value ?? NaN } };
}
