/**
 * The dimensions of a space as a density estimator sees them: what lies between two values and what does not. Points of the
 * estimator are "in axes": a coordinate of the unit interval where the axis is continuous, the number of a level where it has
 * levels, NaN where the parameter is inactive.
 */
import type { CompiledSpace, SpaceEntry } from '../../core/compiled-space.ts';
import { decodePoint, encodeParams } from '../../core/encoding.ts';
import type { Params } from '../../core/space.ts';

export type Axis =
  | { readonly kind: 'continuous' }
  /** Values with an order: where each lies in [0, 1], ascending, and what share of the interval it owns. */
  | { readonly kind: 'ordered'; readonly places: Float64Array; readonly shares: Float64Array }
  | { readonly kind: 'choice'; readonly count: number };

/** With more values a kernel spans so many of them that they are as good as continuous, and a table of all pairs would be large. */
const MOST_LEVELS = 64;

export class Axes {
  readonly all: readonly Axis[];
  readonly #space: CompiledSpace;
  readonly #known = new WeakMap<Params, Float64Array>();

  constructor(space: CompiledSpace) {
    this.#space = space;
    this.all = space.dimensions.map(axisOf);
  }

  /** @returns shape [dimensions], in axes; the same array for the same object of params */
  point(params: Params): Float64Array {
    let point = this.#known.get(params);
    if (point === undefined) {
      point = encodeParams(this.#space, params).map((unit, dimension) => this.#fromUnit(dimension, unit));
      this.#known.set(params, point);
    }
    return point;
  }

  /** What a point in axes means in the unit cube. */
  inCube(point: Float64Array): Float64Array {
    return point.map((value, dimension) => this.#toUnit(dimension, value));
  }

  /** The point as a configuration has it: inactive parameters gone, numbers with many levels on one of them. */
  settled(point: Float64Array): Float64Array {
    return this.point(decodePoint(this.#space, this.inCube(point)));
  }

  #fromUnit(dimension: number, unit: number): number {
    const axis = this.all[dimension];
    if (Number.isNaN(unit) || axis === undefined || axis.kind === 'continuous') return unit;
    return axis.kind === 'ordered' ? nearest(axis.places, unit) : Math.min(Math.floor(unit * axis.count), axis.count - 1);
  }

  #toUnit(dimension: number, value: number): number {
    const axis = this.all[dimension];
    if (axis === undefined || axis.kind === 'continuous') return value;
    return axis.kind === 'ordered' ? (axis.places[value] ?? NaN) : (value + 0.5) / axis.count;
  }
}

function axisOf({ parameter }: SpaceEntry): Axis {
  const { type, levels } = parameter;
  if (type === 'categorical') return { kind: 'choice', count: levels };
  if (levels > MOST_LEVELS) return { kind: 'continuous' };
  const places = Float64Array.from({ length: levels }, (_, level) => parameter.encode(parameter.at(level)));
  // A level owns what is nearer to it than to its neighbours: with cells of equal width, its cell.
  const shares = places.map((place, level) => {
    const from = level === 0 ? 0 : ((places[level - 1] ?? 0) + place) / 2;
    const to = level === levels - 1 ? 1 : ((places[level + 1] ?? 1) + place) / 2;
    return to - from;
  });
  return { kind: 'ordered', places, shares };
}

function nearest(places: Float64Array, unit: number): number {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (unit > ((places[middle] ?? NaN) + (places[middle + 1] ?? NaN)) / 2) low = middle + 1;
    else high = middle;
  }
  return low;
}
