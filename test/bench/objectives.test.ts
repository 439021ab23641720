import { describe, expect, it } from 'vitest';
import { learningCurve, objectives, virtualDuration } from '../../bench/objectives.ts';
import { validateParams } from '../../core/params.ts';
import { validateSpace } from '../../core/space-validation.ts';
import type { Parameter } from '../../core/space.ts';
import reference from './objectives.reference.json' with { type: 'json' };

// Two libraries of elementary functions may round differently in the last place of a sum of some twenty terms.
const DIGITS = 12;

function find(name: string) {
  const objective = objectives.find((candidate) => candidate.name === name);
  if (objective === undefined) throw new Error(`no objective ${name}`);
  return objective;
}

/** A parameter as the reference writes it. */
function asReference(parameter: Parameter): unknown[] {
  const when = Object.entries(parameter.when ?? {});
  if (parameter.type === 'categorical') return ['cat', parameter.choices, ...when];
  if (parameter.type === 'float') return [parameter.scale ?? 'float', parameter.min, parameter.max, ...when];
  if (parameter.type === 'int') return ['int', parameter.min, parameter.max, ...when];
  throw new Error(`the reference has no ${parameter.type}`);
}

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, map: (value: Value) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

describe('the public objectives', () => {
  it.each(reference.losses)('$objective has the value of the reference', ({ objective: name, params, value }) => {
    const objective = find(name);
    expect(objective.loss(validateParams(validateSpace(objective.space), params))).toBeCloseTo(value, DIGITS);
  });

  it.each(reference.curves)('the learning curve has the value of the reference at epoch $epoch', ({ params, epoch, value }) => {
    expect(learningCurve(params, epoch)).toBeCloseTo(value, DIGITS);
  });

  it.each(reference.durations)('trial $number of seed $seed lasts as long as in the reference', ({ number, seed, seconds }) => {
    expect(virtualDuration(number, seed)).toBeCloseTo(seconds, DIGITS);
  });

  it('have the spaces of the reference', () => {
    const spaces = objectives.map(({ name, space }) => [name, mapValues(space, asReference)]);
    expect(Object.fromEntries(spaces)).toEqual(reference.spaces);
  });

  it('are the reference, with its optima', () => {
    expect(Object.fromEntries(objectives.map(({ name, optimum }) => [name, optimum]))).toEqual(reference.optima);
  });
});
