/**
 * Search spaces with some parameters held at one value. A parameter that is held becomes a constant; conditions are settled
 * as far as that decides them, and a parameter that can no longer become active is gone.
 */
import { compileSpace, parentsFirst } from './compiled-space.ts';
import { holdConstants } from './constants.ts';
import { invalid } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { compileParameter } from './parameter.ts';
import type { Parameter, Params, ParamValue, SearchSpace } from './space.ts';
import { validateSpace } from './space-validation.ts';
import { joinPath } from './validate.ts';

/**
 * The space with `fixed` held. An empty space, that of a training function which declares nothing, takes any names.
 * @param field path of `fixed`, for errors
 * @throws MaggyError `invalid` for an unknown name, a value the parameter cannot take, and a parameter that can never be active
 */
export function fixParameters(space: SearchSpace, fixed: Params, field: string): SearchSpace {
  if (Object.keys(space).length === 0) return validateSpace(constants(fixed), field);
  const held = holdConstants(space, fixed);
  const { byName } = compileSpace(held);
  for (const [name, given] of Object.entries(fixed)) {
    const entry = byName.get(name);
    const path = joinPath([field, name]);
    if (entry === undefined) throw invalid(path, `is not a parameter of the search space${didYouMean(name, byName.keys())}`, given);
    const value = entry.parameter.canonical(given);
    if (value === undefined) throw invalid(path, entry.parameter.rule(given), given);
    held[name] = constant(value, space[name]);
  }
  const left = reachable(held);
  const lost = Object.keys(fixed).find((name) => left[name] === undefined);
  if (lost !== undefined) throw invalid(joinPath([field, lost]), 'must be absent: nothing here can make it active', fixed[lost]);
  return left;
}

/**
 * The space that a submission searches: as submitted, with the declared parameters that it leaves out held at their defaults.
 * @throws MaggyError `invalid` for a parameter that is not declared, unless nothing is
 */
export function searchedSpace(submitted: SearchSpace, declared: SearchSpace): SearchSpace {
  const names = Object.keys(declared);
  if (names.length === 0) return submitted;
  const unknown = Object.keys(submitted).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const rule = `is not a hyperparameter of the training function${didYouMean(unknown, names)}`;
    throw invalid(joinPath(['space', unknown]), rule, submitted[unknown]);
  }
  const leftOut = compileSpace(declared).entries.filter(({ name }) => submitted[name] === undefined);
  return reachable({
    ...submitted,
    ...Object.fromEntries(leftOut.map(({ name, defaultValue }) => [name, constant(defaultValue, declared[name])])),
  });
}

/** The space of one configuration. */
export function constants(params: Params): SearchSpace {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, constant(value)]));
}

function constant(value: ParamValue, replaced?: Parameter): Parameter {
  return { type: 'constant', value, ...(replaced?.when === undefined ? {} : { when: replaced.when }) };
}

/** The parameters that can be active in some configuration. */
function reachable(space: SearchSpace): SearchSpace {
  const kept: SearchSpace = {};
  for (const name of parentsFirst(space, 'space')) {
    const parameter = space[name];
    const settled = parameter === undefined ? undefined : settle(parameter, kept);
    if (settled !== undefined) kept[name] = settled;
  }
  return kept;
}

/** A parameter with what is left of its conditions; undefined where one can never hold. */
function settle(parameter: Parameter, parents: SearchSpace): Parameter | undefined {
  const { when = {}, ...unconditional } = parameter;
  const left: NonNullable<Parameter['when']> = {};
  for (const [on, allowed] of Object.entries(when)) {
    const parent = parents[on];
    if (parent === undefined) return undefined;
    const takes = compileParameter(parent);
    const possible = [allowed].flat().filter((value) => takes.canonical(value) !== undefined);
    if (possible.length === 0) return undefined;
    const alwaysHolds = parent.type === 'constant' && parent.when === undefined;
    if (!alwaysHolds) left[on] = possible;
  }
  return Object.keys(left).length === 0 ? unconditional : { ...unconditional, when: left };
}
