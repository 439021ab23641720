/**
 * Conditions on trials as people type them, `value<0.3 learningRate>=1e-3 optimizer=adam state=completed`, all of which must hold. A trial
 * that lacks what a condition is about (an inactive parameter, no value yet) does not meet it.
 */
import { invalid } from '../../core/errors.ts';
import { mustBeOneOf } from '../../core/schema-words.ts';
import type { Dimension, TrialTable } from './table.ts';

type Test = (number: number) => boolean;
type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

const condition = /\s*([^\s<>=!,]+)\s*(<=|>=|!=|=|<|>)\s*("[^"]*"|[^\s,]+)[\s,]*/y;

/** Numbers of the trials that meet it, in rising order. @throws MaggyError `invalid` with what is wrong of the text */
export function filtered(table: TrialTable, text: string): number[] {
  const tests = testsOf(table, text);
  return table.states.flatMap((state, number) => (state !== undefined && tests.every((test) => test(number)) ? [number] : []));
}

function testsOf(table: TrialTable, text: string): Test[] {
  const tests: Test[] = [];
  condition.lastIndex = 0;
  for (let read = 0; text.slice(read).trim() !== ''; read = condition.lastIndex) {
    const [, name = '', operator = '', quoted = ''] = condition.exec(text) ?? [];
    if (!isOperator(operator)) throw invalid('filter', 'must be conditions such as value<0.3 or optimizer=adam', text.slice(read));
    tests.push(testOf(table, name, operator, quoted.replace(/^"(.*)"$/, '$1')));
  }
  return tests;
}

function testOf(table: TrialTable, name: string, operator: Operator, text: string): Test {
  if (name === 'state') return words(operator, text, (number) => table.states[number] ?? '');
  if (name === 'number') return numbers(operator, numeric(text), (number) => number);
  if (name === 'value') return numbers(operator, numeric(text), (number) => table.valueOf(number));
  const dimension = table.dimensions.find(({ axis }) => axis.name === name);
  if (dimension === undefined) {
    const names = ['number', 'value', 'state', ...table.dimensions.map(({ axis }) => axis.name)];
    throw invalid('filter', `the name of a condition ${mustBeOneOf(names, name)}`, name);
  }
  return numbers(operator, placeOf(dimension, text), (number) => dimension.column[number] ?? NaN);
}

/** A number or, of a list, the place of a choice. */
function placeOf({ axis }: Dimension, text: string): number {
  if (axis.choices === null) return numeric(text);
  const choices = axis.choices.map(String);
  const place = choices.indexOf(text);
  if (place < 0) throw invalid('filter', `${axis.name} ${mustBeOneOf(choices, text)}`, text);
  return place;
}

function words(operator: Operator, text: string, of: (number: number) => string): Test {
  if (operator === '=') return (number) => of(number) === text;
  if (operator === '!=') return (number) => of(number) !== text;
  throw invalid('filter', 'a state is compared by = or !=', operator);
}

function numbers(operator: Operator, bound: number, of: (number: number) => number): Test {
  switch (operator) {
    case '=':
      return (number) => of(number) === bound;
    case '!=':
      return (number) => !Number.isNaN(of(number)) && of(number) !== bound;
    case '<':
      return (number) => of(number) < bound;
    case '<=':
      return (number) => of(number) <= bound;
    case '>':
      return (number) => of(number) > bound;
    case '>=':
      return (number) => of(number) >= bound;
  }
}

function numeric(text: string): number {
  const value = Number(text);
  if (Number.isNaN(value)) throw invalid('filter', 'must compare with a number', text);
  return value;
}

function isOperator(text: string): text is Operator {
  return ['=', '!=', '<', '<=', '>', '>='].includes(text);
}
