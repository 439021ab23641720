/** A constant is what no search varies. A person may still hold it at another value of its kind: `epochs: 20` for this one run. */
import type { SearchSpace } from './space.ts';

/** The space with the constants that `given` names at the values given; a value of another kind is left for validation to refuse. */
export function holdConstants(space: SearchSpace, given: Readonly<Record<string, unknown>>): SearchSpace {
  const held: SearchSpace = {};
  for (const [name, parameter] of Object.entries(space)) {
    const value = given[name];
    held[name] = parameter.type === 'constant' && isSameKind(value, parameter.value) ? { ...parameter, value } : parameter;
  }
  return held;
}

function isSameKind<Value>(value: unknown, sample: Value): value is Value {
  return typeof value === typeof sample;
}
