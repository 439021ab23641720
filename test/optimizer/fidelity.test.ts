import { describe, expect, it } from 'vitest';
import { Fidelities } from '../../optimizer/samplers/fidelity.ts';
import type { Observation } from '../../optimizer/samplers/sampler.ts';

function row(number: number, loss: number | null, resource: number | null, state: Observation['state'] = 'completed'): Observation {
  return { number, params: { number }, loss, resource, state };
}

/** Trials that are modelled, then those beneath, by number. */
function standing(rows: readonly Observation[], enough: number): { ranked: number[]; beneath: number[] } {
  const fidelities = new Fidelities();
  fidelities.update(rows);
  const { ranked, beneath } = fidelities.standing(enough);
  return { ranked: ranked.map(({ number }) => number), beneath: beneath.map(({ number }) => number) };
}

describe('the fidelity that is modelled', () => {
  const rows = [row(0, 3, 1), row(1, 2, 1), row(2, 1, 1), row(1, 8, 3), row(2, 9, 3), row(2, 7, 9)];

  it('is the highest resource with enough results, else the one with most', () => {
    expect(standing(rows, 1).ranked).toEqual([2]);
    expect(standing(rows, 2).ranked).toEqual([1, 2]);
    expect(standing(rows, 3).ranked).toEqual([2, 1, 0]);
    expect(standing(rows, 4).ranked).toEqual([2, 1, 0]);
    expect(standing([], 1)).toEqual({ ranked: [], beneath: [] });
  });

  it('has the trials beneath it that got less far, each once: by how far, then by loss, and last what failed', () => {
    expect(standing(rows, 1).beneath).toEqual([1, 0]);
    expect(standing(rows, 2).beneath).toEqual([0]);
    expect(standing(rows, 3).beneath).toEqual([]);
    const more = [...rows, row(3, null, null, 'failed'), row(4, 2.5, 1), row(5, 5, 3)];
    expect(standing(more, 1).beneath).toEqual([5, 1, 4, 0, 3]);
  });

  it('grows with the observations', () => {
    const fidelities = new Fidelities();
    for (let known = 0; known <= rows.length; known++) fidelities.update(rows.slice(0, known));
    expect(fidelities.standing(2).ranked.map(({ number }) => number)).toEqual([1, 2]);
    fidelities.update([...rows, row(3, 6, 9)]);
    expect(fidelities.standing(2).ranked.map(({ number }) => number)).toEqual([3, 2]);
  });

  it('is everything where no resource is doled out, stopped trials by their value', () => {
    expect(standing([row(0, 2, null), row(1, 1, null, 'stopped'), row(2, 3, null)], 10).ranked).toEqual([1, 0, 2]);
  });

  it('ranks equal losses in the order of the log', () => {
    expect(standing([row(4, 1, null), row(2, 1, null), row(3, 0, null), row(1, 1, null)], 1).ranked).toEqual([3, 4, 2, 1]);
  });

  it('tells failures from trials that were stopped before they said anything', () => {
    const said = [row(0, null, null, 'failed'), row(1, null, null, 'stopped'), row(2, 1, null)];
    expect(standing(said, 1)).toEqual({ ranked: [2], beneath: [0] });
  });
});
