/** Random valid search spaces and params for property tests. Every run of a property uses the same seed. */
import fc from 'fast-check';
import type { Parameter, ParamValue, SearchSpace } from '../../core/space.ts';

fc.configureGlobal({ seed: 20_240_229, numRuns: 300 });

/** Decimal with few digits, as people write them. */
const decimal = fc
  .tuple(fc.integer({ min: -2000, max: 2000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, places]) => Number(`${digits}e-${places}`));

const linearFloat = fc
  .tuple(decimal, fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
  .map(([min, width]): Parameter => ({ type: 'float', min, max: min + width }))
  .filter((parameter) => parameter.type === 'float' && parameter.max > parameter.min);

const logFloat = fc
  .tuple(fc.integer({ min: -300, max: 290 }), fc.double({ min: 0.001, max: 15, noNaN: true }))
  .map(([exponent, decades]): Parameter => ({
    type: 'float',
    scale: 'log',
    min: Number(`1e${exponent}`),
    max: 10 ** (exponent + decades),
  }));

/** Built in integers of 10^-places, so that bounds and step are the decimals that a person would write. */
const steppedFloat = (maxSteps: number) =>
  fc
    .tuple(
      fc.integer({ min: -5000, max: 5000 }),
      fc.integer({ min: 1, max: 999 }),
      fc.integer({ min: 1, max: maxSteps }),
      fc.integer({ min: 0, max: 8 }),
    )
    .map(([first, step, steps, places]): Parameter => {
      const read = (units: number) => Number(`${units}e-${places}`);
      return { type: 'float', min: read(first), max: read(first + step * steps), step: read(step) };
    });

const int = (maxSteps: number) =>
  fc
    .tuple(fc.integer({ min: -(2 ** 39), max: 2 ** 39 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: maxSteps }))
    .map(([min, step, steps]): Parameter =>
      step === 1 ? { type: 'int', min, max: min + steps } : { type: 'int', min, max: min + step * steps, step },
    );

const logInt = (maxWidth: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 2 ** 39 }), fc.integer({ min: 1, max: maxWidth }))
    .map(([min, width]): Parameter => ({ type: 'int', scale: 'log', min, max: min + width }));

const choices = fc.uniqueArray(fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: -3, max: 3 }), fc.boolean()), {
  minLength: 1,
  maxLength: 4,
});
const categorical = choices.map((values): Parameter => ({ type: 'categorical', choices: values }));
const ordinal = fc
  .uniqueArray(fc.integer({ min: 1, max: 512 }), { minLength: 1, maxLength: 4 })
  .map((values): Parameter => ({ type: 'ordinal', choices: values }));
const constant = fc.oneof(fc.string(), fc.integer(), fc.boolean()).map((value): Parameter => ({ type: 'constant', value }));

export const continuousParameter = fc.oneof(linearFloat, logFloat);
export const discreteParameter = fc.oneof(steppedFloat(10_000), int(2 ** 30), logInt(2 ** 39), categorical, ordinal);
export const anyParameter = fc.oneof(continuousParameter, discreteParameter, constant);
/** Few enough values to list them all. */
const smallParameter = fc.oneof(steppedFloat(3), int(3), logInt(3), categorical, ordinal, constant);

/** Values of a parameter that a condition may wait for. */
function awaitable(parameter: Parameter): readonly ParamValue[] {
  switch (parameter.type) {
    case 'categorical':
    case 'ordinal':
      return parameter.choices;
    case 'constant':
      return [parameter.value];
    case 'int':
      return [parameter.min, parameter.max];
    case 'float':
      return parameter.step === undefined ? [] : [parameter.min, parameter.max];
  }
}

/** A space whose parameters wait for others at random; written in an order of its own, so parents need not come first. */
function spaceOf(parameter: fc.Arbitrary<Parameter>, maxParameters: number): fc.Arbitrary<SearchSpace> {
  const pick = fc.record({
    parameter,
    parents: fc.array(fc.nat(), { maxLength: 2 }),
    values: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
    rank: fc.nat(),
  });
  return fc.array(pick, { minLength: 1, maxLength: maxParameters }).map((picks) => {
    const named = picks.map((entry, index) => ({ ...entry, name: `p${index}` }));
    const complete = named.map(({ name, parameter: definition, parents, values, rank }, index) => {
      const when: Record<string, ParamValue[]> = {};
      for (const parent of index === 0 ? [] : parents.map((number) => named[number % index])) {
        const allowed = parent === undefined ? [] : awaitable(parent.parameter);
        const awaited = values.map((number) => allowed[number % allowed.length]).filter((value) => value !== undefined);
        if (parent !== undefined && awaited.length > 0) when[parent.name] = awaited;
      }
      return { name, rank, definition: Object.keys(when).length === 0 ? definition : { ...definition, when } };
    });
    return Object.fromEntries(complete.sort((a, b) => a.rank - b.rank).map(({ name, definition }) => [name, definition]));
  });
}

export const anySpace = spaceOf(anyParameter, 8);
export const smallSpace = spaceOf(smallParameter, 5);
