/**
 * All configurations of a search space, each in turn. A continuous parameter takes part with the levels of a grid,
 * `resolution` of them evenly spaced in the unit interval, both ends included. How many they are is in `cardinality.ts`.
 */
import { compiledSpace, isActive, type CompiledSpace, type SpaceEntry } from './compiled-space.ts';
import { invalid } from './errors.ts';
import type { Params, ParamValue, SearchSpace } from './space.ts';

export interface GridOptions {
  /** Levels of each continuous parameter, at least 2. Absent: continuous parameters have no grid. */
  readonly resolution?: number | undefined;
}

/** One parameter's part in the grid. */
interface Axis extends SpaceEntry {
  readonly levels: number;
  readonly at: (level: number) => ParamValue;
}

/** Finer grids are no grids: nobody runs so many trials of one parameter. */
export const MOST_LEVELS = 1000;

/**
 * Each configuration once, lazily, like an odometer: parameters in the order of the compiled space, the last one turning
 * fastest, each through its levels in their order (numbers ascending, choices as listed).
 * @throws MaggyError `invalid` for a continuous parameter without a `resolution`
 */
export function* configurations(space: SearchSpace | CompiledSpace, options: GridOptions = {}): Generator<Params, void, undefined> {
  const axes = axesOf(space, options);
  const endless = axes.find(({ levels }) => levels === Infinity);
  if (endless !== undefined) throw invalid('resolution', `is required, because ${endless.name} is continuous`, options.resolution);
  // Level of each axis, -1 where it is inactive.
  const odometer: number[] = [];
  do {
    yield fill(axes, odometer);
  } while (advance(axes, odometer));
}

/** Sets every axis beyond those that `odometer` holds to its first level. */
function fill(axes: readonly Axis[], odometer: number[]): Params {
  const params: Params = {};
  axes.forEach((axis, index) => {
    const level = odometer[index] ?? (isActive(axis, params) ? 0 : -1);
    odometer[index] = level;
    if (level >= 0) params[axis.name] = axis.at(level);
  });
  return params;
}

/** Turns the last axis that can turn and forgets those behind it; false once none can. */
function advance(axes: readonly Axis[], odometer: number[]): boolean {
  for (let index = odometer.length - 1; index >= 0; index--) {
    const level = odometer[index] ?? -1;
    if (level >= 0 && level + 1 < (axes[index]?.levels ?? 0)) {
      odometer.length = index;
      odometer.push(level + 1);
      return true;
    }
  }
  return false;
}

/** The parameters in the order of the compiled space, each with its levels; a continuous one has `Infinity` without a resolution. */
export function axesOf(space: SearchSpace | CompiledSpace, { resolution }: GridOptions): Axis[] {
  if (resolution !== undefined && !(Number.isInteger(resolution) && resolution >= 2 && resolution <= MOST_LEVELS)) {
    throw invalid('resolution', `must be an integer from 2 to ${MOST_LEVELS}`, resolution);
  }
  return compiledSpace(space).entries.map((entry) => {
    const { parameter } = entry;
    if (parameter.levels !== Infinity || resolution === undefined) return { ...entry, levels: parameter.levels, at: parameter.at };
    const places = Array.from({ length: resolution }, (_, level) => parameter.decode(level / (resolution - 1)));
    // Bounds a few roundings apart have fewer values than a fine grid has places.
    const values = [...new Set(places)];
    return { ...entry, levels: values.length, at: (level: number) => values[level] ?? parameter.decode(1) };
  });
}
