/**
 * Refuses search spaces that make no sense, with the path of the wrong field: what `SearchSpaceSchema` cannot say. What is
 * asked of the params of one configuration is in `params.ts`.
 */
import { cardinality } from './cardinality.ts';
import { parentsFirst } from './compiled-space.ts';
import { invalid } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { compileParameter, gridTolerance, maxLevels, type CompiledParameter } from './parameter.ts';
import {
  SearchSpaceSchema,
  type CategoricalParameter,
  type FloatParameter,
  type IntParameter,
  type OrdinalParameter,
  type Parameter,
  type ParamValue,
  type SearchSpace,
} from './space.ts';
import { compileSchema, joinPath } from './validate.ts';

/** Most parameters of a space; checks take time in its square. */
export const maxParameters = 500;

/** Names are identifiers, so that training functions can take `({ lr, batchSize })` apart. */
const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

const parseShape = compileSchema(SearchSpaceSchema);

/**
 * The search space, unchanged, or an error naming the first wrong field.
 * @param field path of the space itself
 * @throws MaggyError `invalid`
 */
export function validateSpace(value: unknown, field = 'space'): SearchSpace {
  const space = parseShape(value, field);
  const names = Object.keys(space);
  if (names.length > maxParameters) throw invalid(field, `must have at most ${maxParameters} parameters`, names.length);
  for (const name of names) checkName(name, joinPath([field, name]));
  const compiled = new Map<string, CompiledParameter>();
  for (const [name, parameter] of Object.entries(space)) {
    checkParameter(parameter, `${field}.${name}`);
    const takes = compileParameter(parameter);
    checkDefault(parameter, takes, `${field}.${name}.default`);
    compiled.set(name, takes);
  }
  for (const [name, parameter] of Object.entries(space)) {
    checkConditions(parameter, compiled, `${field}.${name}.when`);
  }
  parentsFirst(space, field);
  // Refused now, so that nobody who counts later is. A grid changes no condition and so not the cost of counting.
  cardinality(space, { field });
  return space;
}

function checkName(name: string, field: string): void {
  if (!namePattern.test(name)) {
    throw invalid(field, 'a parameter is named with at most 64 letters, digits and underscores, and no digit first', name);
  }
  if (name in Object.prototype || name === 'prototype') throw invalid(field, 'this name belongs to JavaScript itself', name);
}

function checkParameter(parameter: Parameter, field: string): void {
  if (parameter.type === 'float') checkFloat(parameter, field);
  if (parameter.type === 'int') checkInt(parameter, field);
  if (parameter.type === 'categorical' || parameter.type === 'ordinal') checkChoices(parameter, field);
}

function checkFloat(parameter: FloatParameter, field: string): void {
  const { min, max, step } = parameter;
  checkBounds(parameter, field);
  if (!Number.isFinite(max - min)) throw invalid(`${field}.max`, `must lie within ${Number.MAX_VALUE} of min (${min})`, max);
  if (parameter.scale === 'log' && !(Math.log(max) > Math.log(min))) {
    throw invalid(`${field}.max`, `must be further from min (${min}) for a log scale to tell them apart`, max);
  }
  if (step === undefined) return;
  const tolerance = gridTolerance(min, max);
  // With a step of a few tolerances, every value would count as on the grid.
  if (step < 8 * tolerance) throw invalid(`${field}.step`, 'must be larger for numbers of this size to stay apart', step);
  checkLevels((max - min) / step, `${field}.step`, step);
  const last = min + Math.round((max - min) / step) * step;
  if (Math.abs(last - max) > tolerance) throw offTheGrid(max, min, step, `${field}.max`);
}

function checkInt(parameter: IntParameter, field: string): void {
  const { min, max, step } = parameter;
  checkBounds(parameter, field);
  if (step !== undefined && (max - min) % step !== 0) throw offTheGrid(max, min, step, `${field}.max`);
}

function checkBounds({ min, max, scale, step }: FloatParameter | IntParameter, field: string): void {
  if (min === max)
    throw invalid(`${field}.max`, `must be greater than min; for a fixed value use { type: "constant", value: ${min} }`, max);
  if (max < min) throw invalid(`${field}.max`, `must be greater than min (${min})`, max);
  if (scale === undefined) return;
  if (min <= 0) throw invalid(`${field}.min`, 'must be greater than 0 on a log scale', min);
  if (step !== undefined) throw invalid(`${field}.step`, 'must be absent on a log scale', step);
}

function checkLevels(steps: number, field: string, value: number): void {
  if (steps + 1 > maxLevels) throw invalid(field, `must leave at most ${maxLevels} values`, value);
}

function offTheGrid(max: number, min: number, step: number, field: string) {
  const below = min + Math.floor((max - min) / step) * step;
  const nearest =
    below > min ? `${Number(below.toPrecision(12))} or ${Number((below + step).toPrecision(12))}` : Number((min + step).toPrecision(12));
  return invalid(field, `must be min plus a whole number of steps (${nearest}, say)`, max);
}

function checkChoices({ choices }: CategoricalParameter | OrdinalParameter, field: string): void {
  const seen = new Set<ParamValue>();
  choices.forEach((choice, index) => {
    if (seen.has(choice)) throw invalid(`${field}.choices.${index}`, 'must not repeat a choice', choice);
    seen.add(choice);
  });
}

function checkDefault(parameter: Parameter, compiled: CompiledParameter, field: string): void {
  const value: ParamValue | undefined = 'default' in parameter ? parameter.default : undefined;
  if (value !== undefined) checkTakes(compiled, value, field);
}

function checkConditions({ when }: Parameter, compiled: ReadonlyMap<string, CompiledParameter>, field: string): void {
  for (const [on, allowed] of Object.entries(when ?? {})) {
    const parent = compiled.get(on);
    const path = joinPath([field, on]);
    if (parent === undefined) throw invalid(path, `is not a parameter of the search space${didYouMean(on, compiled.keys())}`, allowed);
    if (parent.levels === Infinity) throw invalid(path, `${on} has no step, so it never has one exact value to wait for`, allowed);
    if (!Array.isArray(allowed)) {
      checkTakes(parent, allowed, path);
    } else {
      allowed.forEach((value, index) => checkTakes(parent, value, `${path}.${index}`));
    }
  }
}

function checkTakes(parameter: CompiledParameter, value: ParamValue, field: string): void {
  if (parameter.canonical(value) === undefined) throw invalid(field, parameter.rule(value), value);
}
