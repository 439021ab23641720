/**
 * Params as points of the unit cube and back: what samplers that think in coordinates work on. One dimension for each
 * parameter but constants, in the order of the compiled space; `parameter.ts` says where values lie in a dimension.
 *
 * An inactive parameter has the coordinate NaN. One array is so both point and mask; whoever forgets the mask gets NaN and
 * not a plausible wrong distance. A surrogate puts one fixed value in its place (two points that both lack a parameter then
 * agree in it, and its absence costs the same everywhere), a density estimator leaves the point out in that dimension.
 */
import { isActive, type CompiledSpace } from './compiled-space.ts';
import { MaggyError } from './errors.ts';
import type { Params } from './space.ts';

/**
 * The point of canonical params, as `validateParams` and `decodePoint` return them.
 * @returns shape [dimensions], in [0, 1] or NaN
 */
export function encodeParams(space: CompiledSpace, params: Params): Float64Array {
  return Float64Array.from(space.dimensions, ({ name, parameter }) => {
    const value = params[name];
    return value === undefined ? NaN : parameter.encode(value);
  });
}

/**
 * The params of any point: coordinates of parameters that turn out inactive are ignored, those outside [0, 1] count as the
 * nearer end, so every point decodes to a legal configuration.
 * `decodePoint(encodeParams(p))` is p, but for floats without a step, which come back within the tolerance `parameter.ts` derives.
 * @param point shape [dimensions]; NaN only where inactive
 */
export function decodePoint(space: CompiledSpace, point: ArrayLike<number>): Params {
  if (point.length !== space.dimensions.length) {
    throw new MaggyError('internal', `a point has ${space.dimensions.length} coordinates, not ${point.length}`);
  }
  const params: Params = {};
  let dimension = 0;
  for (const entry of space.entries) {
    const isConstant = entry.parameter.type === 'constant';
    const unit = isConstant ? 0 : (point[dimension++] ?? NaN);
    if (isActive(entry, params)) params[entry.name] = entry.parameter.decode(unit);
  }
  return params;
}
