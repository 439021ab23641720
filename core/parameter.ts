/**
 * One parameter, compiled: which values it takes and where each lies in the unit interval. What joins parameters (conditions,
 * names, the order of dimensions) is in `compiled-space.ts`.
 *
 * Parameters with finitely many values ("levels", numbered from 0) divide [0, 1] into cells of equal width, level i of k
 * lying in the middle of its cell, at (i + 1/2) / k; so a uniform point gives every level the same probability. A log int
 * does the same on the logarithm, each integer owning the values that round to it, from i - 1/2 to i + 1/2. A continuous
 * float has its bounds at 0 and 1.
 */
import { describe, MaggyError } from './errors.ts';
import { mustBeOneOf } from './schema-words.ts';
import { maxInteger, type FloatParameter, type IntParameter, type Parameter, type ParamValue } from './space.ts';

export interface CompiledParameter {
  readonly type: Parameter['type'];
  /** How many values it can take: `Infinity` for a float without a step. */
  readonly levels: number;
  /** What its values must be, in words; the value got may bring a suggestion. */
  readonly rule: (value: unknown) => string;
  /**
   * The value itself or, for a float with a step, the value of the grid that it stands for (0.1 * 3 stands for 0.3);
   * undefined where the parameter cannot take it.
   */
  readonly canonical: (value: unknown) => ParamValue | undefined;
  /** Place of a canonical value in [0, 1]. */
  readonly encode: (value: ParamValue) => number;
  /** The canonical value at a place; places outside [0, 1] count as the nearer end. */
  readonly decode: (unit: number) => ParamValue;
  /** Value of a level, for parameters that have levels. */
  readonly at: (level: number) => ParamValue;
}

/**
 * Every parameter's levels stay below 2^42 (ints reach from -2^40 to 2^40). Then no level is ever decoded as its neighbour:
 * (i + 1/2) / k * k is rounded twice, by at most k * 2^-53 each, which is 2^-10 of a cell at k = 2^42. On a log scale five
 * roundings of logarithms up to 28 (that of 2^40) make exp(log i) wrong by at most 5 * 28 * 2^-53 < 2^-45 of i, which is 2^-5
 * at 2^40, far from the 1/2 where the next integer begins.
 */
export const maxLevels = 4 * maxInteger;

/**
 * How far floating-point arithmetic can put a value off the grid it was meant for. Bounds, step and value are decimal
 * numbers rounded to doubles, each wrong by at most u = 2^-53 of its size; i * step is never larger than |min| + |max|.
 * Their errors add up to 2u(|min| + |max|), and computing min + i * step adds 2u(|min| + |max|) more.
 */
export function gridTolerance(min: number, max: number): number {
  return 2 * Number.EPSILON * (Math.abs(min) + Math.abs(max));
}

export function compileParameter(parameter: Parameter): CompiledParameter {
  switch (parameter.type) {
    case 'float':
      if (parameter.step !== undefined) return steppedFloat(parameter, parameter.step);
      return parameter.scale === 'log' ? logFloat(parameter) : linearFloat(parameter);
    case 'int':
      return parameter.scale === 'log' ? logInt(parameter) : linearInt(parameter);
    case 'categorical':
    case 'ordinal':
      return choice(parameter.type, parameter.choices);
    case 'constant':
      return choice('constant', [parameter.value]);
  }
}

/** Round trip through the unit interval: within 4 * 2^-52 * (|min| + |max|), six roundings of 2^-53 each. */
function linearFloat({ min, max }: FloatParameter): CompiledParameter {
  return continuousFloat(
    min,
    max,
    (value) => (value - min) / (max - min),
    (unit) => min + unit * (max - min),
  );
}

/**
 * Round trip: within 8 * 2^-52 * (1 + L) of the value, L being the larger |log| of the bounds: exp turns the error of its
 * argument, eight roundings of up to L * 2^-53 each, into a relative one.
 */
function logFloat({ min, max }: FloatParameter): CompiledParameter {
  const low = Math.log(min);
  const width = Math.log(max) - low;
  return continuousFloat(
    min,
    max,
    (value) => (Math.log(value) - low) / width,
    (unit) => Math.exp(low + unit * width),
  );
}

function continuousFloat(
  min: number,
  max: number,
  toUnit: (value: number) => number,
  fromUnit: (unit: number) => number,
): CompiledParameter {
  return {
    type: 'float',
    levels: Infinity,
    rule: () => `must be a number from ${min} to ${max}`,
    canonical: (value) => (typeof value === 'number' && value >= min && value <= max ? plainZero(value) : undefined),
    encode: (value) => clamp(toUnit(numeric(value)), 0, 1),
    decode(unit) {
      const place = checkedUnit(unit);
      // The formula would miss the bounds by a rounding.
      if (place === 0) return plainZero(min);
      return place === 1 ? plainZero(max) : plainZero(clamp(fromUnit(place), min, max));
    },
    at() {
      throw new MaggyError('internal', 'a continuous parameter has no levels');
    },
  };
}

function steppedFloat({ min, max }: FloatParameter, step: number): CompiledParameter {
  const last = Math.round((max - min) / step);
  const tolerance = gridTolerance(min, max);
  const inner = gridValues(min, max, step);
  const at = (level: number) => plainZero(level === 0 ? min : level === last ? max : inner(level));
  const levelOf = (value: number) => clamp(Math.round((value - min) / step), 0, last);
  return {
    type: 'float',
    ...cells(last + 1, at, (value) => levelOf(numeric(value))),
    rule: () => `must be a number from ${min} to ${max} in steps of ${step}`,
    canonical(value) {
      if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
      const nearest = at(levelOf(value));
      return Math.abs(value - nearest) <= tolerance ? nearest : undefined;
    },
  };
}

/**
 * min + i * step, free of the noise of binary fractions (0.3, not 0.1 * 3 = 0.30000000000000004): with min and step as
 * integer multiples of 10^-d, the sum is exact and the one division rounds to the very double that the decimal reads as.
 */
function gridValues(min: number, max: number, step: number): (level: number) => number {
  const decimals = Math.max(decimalPlaces(min), decimalPlaces(step));
  // Number() and not 10 ** d, which is not exact everywhere; above 10^22 no double is.
  const scale = Number(`1e${decimals}`);
  const isExact = decimals <= 22 && (Math.abs(min) + Math.abs(max)) * scale < 2 ** 53;
  if (!isExact) return (level) => clamp(min + level * step, min, max);
  const first = Math.round(min * scale);
  const distance = Math.round(step * scale);
  return (level) => (first + level * distance) / scale;
}

/** Digits after the point in the shortest decimal that reads as this number. */
function decimalPlaces(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const fraction = mantissa.split('.')[1] ?? '';
  return Math.max(0, fraction.length - Number(exponent));
}

function linearInt({ min, max, step = 1 }: IntParameter): CompiledParameter {
  return {
    type: 'int',
    ...cells(
      (max - min) / step + 1,
      (level) => plainZero(min + level * step),
      (value) => (numeric(value) - min) / step,
    ),
    rule: () => `must be an integer from ${min} to ${max}${step === 1 ? '' : ` in steps of ${step}`}`,
    canonical: (value) => (isIntegerWithin(value, min, max) && (value - min) % step === 0 ? plainZero(value) : undefined),
  };
}

function logInt({ min, max }: IntParameter): CompiledParameter {
  const low = Math.log(min - 0.5);
  const width = Math.log(max + 0.5) - low;
  return {
    type: 'int',
    levels: max - min + 1,
    rule: () => `must be an integer from ${min} to ${max}`,
    canonical: (value) => (isIntegerWithin(value, min, max) ? value : undefined),
    encode: (value) => (Math.log(numeric(value)) - low) / width,
    decode: (unit) => clamp(Math.round(Math.exp(low + checkedUnit(unit) * width)), min, max),
    at: (level) => min + level,
  };
}

function choice(type: Parameter['type'], given: readonly ParamValue[]): CompiledParameter {
  const choices = given.map((value) => (typeof value === 'number' ? plainZero(value) : value));
  const levels = new Map(choices.map((value, level) => [value, level]));
  const known = (level: number | undefined) => level ?? fail('a value is none of its choices');
  return {
    type,
    ...cells(
      choices.length,
      (level) => choices[level] ?? fail('a level is beyond the last choice'),
      (value) => known(levels.get(value)),
    ),
    rule: (value) => mustBeOneOf(choices, value),
    canonical: (value) => choices.find((allowed) => allowed === value),
  };
}

/** Cells of equal width, one a level. */
function cells(
  levels: number,
  at: (level: number) => ParamValue,
  levelOf: (value: ParamValue) => number,
): Pick<CompiledParameter, 'levels' | 'encode' | 'decode' | 'at'> {
  return {
    levels,
    encode: (value) => (levelOf(value) + 0.5) / levels,
    // At 1, and where the product rounds up, the last cell ends.
    decode: (unit) => at(Math.min(Math.floor(checkedUnit(unit) * levels), levels - 1)),
    at,
  };
}

function checkedUnit(unit: number): number {
  if (Number.isNaN(unit)) fail('an active parameter has no coordinate');
  return clamp(unit, 0, 1);
}

function numeric(value: ParamValue): number {
  return typeof value === 'number' ? value : fail(`${describe(value)} is not a number`);
}

function isIntegerWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

/** -0 and 0 are one value to the user, and JSON knows only one of them. */
function plainZero(value: number): number {
  return value + 0;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function fail(what: string): never {
  throw new MaggyError('internal', what);
}
