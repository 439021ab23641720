/**
 * Minimises a smooth function in a box: L-BFGS (Liu & Nocedal 1989; two loops as in Nocedal & Wright, algorithm 7.4) on the
 * variables that no bound holds, with steps projected onto the box (Bertsekas 1982) and shortened until Armijo's rule holds.
 * It ends after a number of iterations, never after a time, so it does the same work on every machine.
 *
 * | name | meaning                                            | shape            |
 * |------|----------------------------------------------------|------------------|
 * | x    | where it stands                                    | [d]              |
 * | g    | gradient there                                     | [d]              |
 * | p    | direction of the next step, 0 where a bound holds  | [d]              |
 * | s, y | change of x and of g over each remembered step     | [≤ MEMORY] of [d] |
 */

/** Value at x; writes the gradient there into its second argument. Infinity or NaN says that x is no place to be. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface Box {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
}

interface Step {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly sy: number;
}

const MEMORY = 8;
const MAX_HALVINGS = 12;
/** Armijo's constant, as everywhere in the literature. */
const SUFFICIENT = 1e-4;
/** Without curvature to go by, the first step moves no variable by more than this. */
const FIRST_STEP = 0.25;

/**
 * @param start in the box
 * @param tolerance ends once an iteration gains less than this
 */
export function minimise(objective: Objective, start: Float64Array, box: Box, iterations: number, tolerance: number): Minimum {
  let x: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(x.length);
  let value = objective(x, gradient);
  if (!Number.isFinite(value)) return { x, value: Infinity };
  let memory: Step[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = descent(x, gradient, box, memory);
    if (direction === null) break;
    const next = search(objective, x, value, gradient, direction, box);
    if (next === null) {
      if (memory.length === 0) break;
      memory = [];
      continue;
    }
    const step = { s: difference(next.x, x), y: difference(next.gradient, gradient) };
    const sy = inner(step.s, step.y);
    // Only steps along which the function curves upwards keep the approximation positive definite.
    if (sy > 1e-12 * inner(step.y, step.y)) memory = [...memory.slice(1 - MEMORY), { ...step, sy }];
    const gain = value - next.value;
    ({ x, value, gradient } = next);
    if (gain < tolerance) break;
  }
  return { x, value };
}

/** Downhill direction; null where every variable is held or the gradient is 0. */
function descent(x: Float64Array, gradient: Float64Array, { lower, upper }: Box, memory: readonly Step[]): Float64Array | null {
  const free = gradient.map((slope, i) => {
    const at = x[i] ?? 0;
    const isHeld = (slope > 0 && at <= (lower[i] ?? -Infinity)) || (slope < 0 && at >= (upper[i] ?? Infinity));
    return isHeld ? 0 : slope;
  });
  const steepness = free.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
  if (steepness === 0) return null;
  if (memory.length > 0) {
    const direction = twoLoops(free, memory).map((value, i) => (free[i] === 0 ? 0 : -value));
    if (inner(direction, free) < 0) return direction;
  }
  return free.map((slope) => -slope * Math.min(1, FIRST_STEP / steepness));
}

/** The inverse Hessian that the remembered steps suggest, times a vector. */
function twoLoops(vector: Float64Array, memory: readonly Step[]): Float64Array {
  const result = Float64Array.from(vector);
  const weights: number[] = [];
  for (const { s, y, sy } of [...memory].reverse()) {
    const weight = inner(s, result) / sy;
    weights.push(weight);
    addScaled(result, y, -weight);
  }
  const last = memory.at(-1);
  if (last !== undefined) scale(result, last.sy / inner(last.y, last.y));
  for (const { s, y, sy } of memory) addScaled(result, s, (weights.pop() ?? 0) - inner(y, result) / sy);
  return result;
}

interface Evaluated extends Minimum {
  readonly gradient: Float64Array;
}

/** The first point on the projected way down that gains enough; null where none does. */
function search(
  objective: Objective,
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  { lower, upper }: Box,
): Evaluated | null {
  let length = 1;
  for (let halving = 0; halving < MAX_HALVINGS; halving++) {
    const candidate = x.map((at, i) => clamp(at + length * (direction[i] ?? 0), lower[i] ?? -Infinity, upper[i] ?? Infinity));
    const slope = inner(gradient, difference(candidate, x));
    const candidateGradient = new Float64Array(x.length);
    const reached = objective(candidate, candidateGradient);
    if (reached <= value + SUFFICIENT * slope && reached < value) return { x: candidate, value: reached, gradient: candidateGradient };
    // The minimum of the parabola through value, slope and what was reached; a tenth to a half of the step.
    const parabola = -slope / (2 * (reached - value - slope));
    length *= Number.isFinite(parabola) ? clamp(parabola, 0.1, 0.5) : 0.1;
  }
  return null;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] ?? 0));
}

function addScaled(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (vector[i] ?? 0);
}

function scale(target: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) * factor;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
