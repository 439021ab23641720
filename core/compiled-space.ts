/**
 * A validated search space, compiled: its parameters in one order that all parts of the system share, and its conditions
 * ready to be asked. Compile once per experiment; asking costs a few comparisons.
 *
 * The order is the one in which the user wrote the parameters, except that a parameter comes after those its condition
 * names; so whoever goes through the parameters in order knows at each whether it is active.
 */
import { invalid, MaggyError } from './errors.ts';
import { compileParameter, type CompiledParameter } from './parameter.ts';
import type { Parameter, Params, ParamValue, SearchSpace } from './space.ts';

export interface Condition {
  /** The parameter that decides. */
  readonly on: string;
  readonly values: ReadonlySet<ParamValue>;
}

export interface SpaceEntry {
  readonly name: string;
  readonly parameter: CompiledParameter;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  /** Value where neither user nor sampler gives one. */
  readonly defaultValue: ParamValue;
}

export interface CompiledSpace {
  readonly entries: readonly SpaceEntry[];
  readonly byName: ReadonlyMap<string, SpaceEntry>;
  /** The entries with a dimension in the unit cube: all but constants. */
  readonly dimensions: readonly SpaceEntry[];
}

export function compileSpace(space: SearchSpace): CompiledSpace {
  const byName = new Map<string, SpaceEntry>();
  for (const name of parentsFirst(space, 'space')) {
    const definition = definitionOf(space, name);
    const parameter = compileParameter(definition);
    const conditions = Object.entries(definition.when ?? {}).map(([on, allowed]) => condition(on, allowed, byName));
    byName.set(name, { name, parameter, conditions, defaultValue: defaultValue(definition, parameter) });
  }
  const entries = [...byName.values()];
  return { entries, byName, dimensions: entries.filter(({ parameter }) => parameter.type !== 'constant') };
}

/** The compiled form of a space, which may be compiled already. */
export function compiledSpace(space: SearchSpace | CompiledSpace): CompiledSpace {
  return isCompiled(space) ? space : compileSpace(space);
}

/** A space as written has no list among its values, only parameters. */
function isCompiled(space: SearchSpace | CompiledSpace): space is CompiledSpace {
  return Array.isArray(space.entries);
}

/** Whether a parameter is active, given the params of those before it: an inactive parent is absent and so holds no condition. */
export function isActive(entry: SpaceEntry, params: Params): boolean {
  return entry.conditions.every(({ on, values }) => {
    const value = params[on];
    return value !== undefined && values.has(value);
  });
}

/**
 * Names in the order described above. Conditions may name only parameters of the space.
 * @throws MaggyError `invalid` where a condition leads back to its own parameter
 */
export function parentsFirst(space: SearchSpace, field: string): string[] {
  const ordered = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    const when = definitionOf(space, name).when;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].join(' → ');
      throw invalid(`${field}.${name}.when`, `must not lead back to its own parameter (${circle})`, when);
    }
    path.push(name);
    Object.keys(when ?? {}).forEach(visit);
    path.pop();
    ordered.add(name);
  };
  Object.keys(space).forEach(visit);
  return [...ordered];
}

function condition(on: string, allowed: ParamValue | readonly ParamValue[], compiled: ReadonlyMap<string, SpaceEntry>): Condition {
  const parent = compiled.get(on)?.parameter;
  const values = (Array.isArray(allowed) ? allowed : [allowed]).map((value) => parent?.canonical(value));
  return { on, values: new Set(values.filter((value) => value !== undefined)) };
}

/** Of numbers the middle of the unit interval, of lists the first. */
function defaultValue(definition: Parameter, parameter: CompiledParameter): ParamValue {
  const given = 'default' in definition ? parameter.canonical(definition.default) : undefined;
  if (given !== undefined) return given;
  return definition.type === 'float' || definition.type === 'int' ? parameter.decode(0.5) : parameter.at(0);
}

function definitionOf(space: SearchSpace, name: string): Parameter {
  const definition = space[name];
  if (definition === undefined) throw new MaggyError('internal', `a condition names ${name}, which is not in the space`);
  return definition;
}
