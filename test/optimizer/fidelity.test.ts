import { describe, expect, it } from 'vitest';
import { Fidelities } from '../../optimizer/samplers/fidelity.ts';
import type { Observation } from '../../optimizer/samplers/sampler.ts';

function row(number: number, loss: number | null, resource: number | null, state: Observation['state'] = 'completed'): Observation {
  return { number, params: { number }, loss, resource, state };
}

function numbers(observations: readonly Observation[]): number[] {
  return observations.map(({ number }) => number);
}

describe('the fidelity that is modelled', () => {
  it('is the highest resource with enough results, else the one with most', () => {
    const fidelities = new Fidelities();
    const rows = [row(0, 3, 1), row(1, 2, 1), row(2, 1, 1), row(1, 8, 3), row(2, 9, 3), row(2, 7, 9)];
    fidelities.update(rows);
    expect(numbers(fidelities.ranked(1))).toEqual([2]);
    expect(numbers(fidelities.ranked(2))).toEqual([1, 2]);
    expect(numbers(fidelities.ranked(3))).toEqual([2, 1, 0]);
    expect(numbers(fidelities.ranked(4))).toEqual([2, 1, 0]);
    fidelities.update([...rows, row(3, 6, 9)]);
    expect(numbers(fidelities.ranked(2))).toEqual([3, 2]);
  });

  it('is everything where no resource is doled out, stopped trials by their value', () => {
    const fidelities = new Fidelities();
    fidelities.update([row(0, 2, null), row(1, 1, null, 'stopped'), row(2, 3, null)]);
    expect(numbers(fidelities.ranked(10))).toEqual([1, 0, 2]);
  });

  it('ranks equal losses in the order of the log', () => {
    const fidelities = new Fidelities();
    fidelities.update([row(4, 1, null), row(2, 1, null), row(3, 0, null), row(1, 1, null)]);
    expect(numbers(fidelities.ranked(1))).toEqual([3, 4, 2, 1]);
  });

  it('tells failures from trials that were stopped before they said anything', () => {
    const fidelities = new Fidelities();
    fidelities.update([row(0, null, null, 'failed'), row(1, null, null, 'stopped'), row(2, 1, null)]);
    expect(numbers(fidelities.failed)).toEqual([0]);
    expect(numbers(fidelities.ranked(1))).toEqual([2]);
  });
});
