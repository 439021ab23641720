/**
 * The params of one configuration against their search space: every active parameter present and legal, nothing else. Each
 * function takes a validated space, compiled or as written; who asks often compiles it once.
 *
 * Params come back in canonical form (values of a stepped float as the grid has them, parameters in the order of the
 * compiled space), so that equal configurations are equal.
 */
import { compiledSpace, isActive, type CompiledSpace, type SpaceEntry } from './compiled-space.ts';
import { describe, invalid } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { alternatives, isRecord } from './schema-words.ts';
import type { Params, ParamValue, SearchSpace } from './space.ts';
import { joinPath } from './validate.ts';

type AnySpace = SearchSpace | CompiledSpace;

/**
 * A full configuration.
 * @param field path of the params, before the names of parameters in errors
 * @throws MaggyError `invalid` naming the first wrong parameter: unknown, absent, illegal, or present though inactive
 */
export function validateParams(space: AnySpace, params: unknown, field = 'hparams'): Params {
  return checkedParams(compiledSpace(space), params, field, (entry) => {
    throw invalid(joinPath([field, entry.name]), 'is required', undefined);
  });
}

/** Like `validateParams`, with absent active parameters at their default. */
export function completeParams(space: AnySpace, partial: unknown, field = 'hparams'): Params {
  return checkedParams(compiledSpace(space), partial, field, (entry) => entry.defaultValue);
}

/** Every active parameter at its default. */
export function defaultParams(space: AnySpace): Params {
  return completeParams(space, {});
}

/** Names of the parameters that legal params make active, in the order of the compiled space. */
export function activeParameters(space: AnySpace, params: Params): string[] {
  return compiledSpace(space)
    .entries.filter((entry) => isActive(entry, params))
    .map(({ name }) => name);
}

/** One string for each configuration: equal exactly where the params are, whatever order they stand in. */
export function configurationKey(params: Params): string {
  const names = Object.keys(params).sort();
  return JSON.stringify(names.map((name) => [name, params[name]]));
}

function checkedParams(space: CompiledSpace, given: unknown, field: string, absent: (entry: SpaceEntry) => ParamValue): Params {
  if (!isRecord(given)) throw invalid(field, 'must be an object', given);
  for (const name of Object.keys(given)) {
    if (!space.byName.has(name)) {
      const rule = `is not a parameter of the search space${didYouMean(name, space.byName.keys())}`;
      throw invalid(joinPath([field, name]), rule, given[name]);
    }
  }
  const params: Params = {};
  for (const entry of space.entries) {
    const value = Object.hasOwn(given, entry.name) ? given[entry.name] : undefined;
    if (isActive(entry, params)) params[entry.name] = value === undefined ? absent(entry) : legal(entry, value, field);
    else if (value !== undefined) throw invalid(joinPath([field, entry.name]), `must be absent unless ${conditionsOf(entry)}`, value);
  }
  return params;
}

function legal({ name, parameter }: SpaceEntry, value: unknown, field: string): ParamValue {
  const canonical = parameter.canonical(value);
  if (canonical === undefined) throw invalid(joinPath([field, name]), parameter.rule(value), value);
  return canonical;
}

/** `optimizer is "sgd" and layers is 2 or 3` */
function conditionsOf({ conditions }: SpaceEntry): string {
  return conditions.map(({ on, values }) => `${on} is ${alternatives([...values].map(describe))}`).join(' and ');
}
