import { describe, expect, it } from 'vitest';
import type { Params, SearchSpace } from '../../core/space.ts';
import { tableWorkload } from '../../optimizer/simulation/curve-table.ts';
import { refusal } from '../core/refusal.ts';

const space: SearchSpace = {
  rate: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
  optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
  momentum: { type: 'float', min: 0, max: 1, when: { optimizer: 'sgd' } },
};

/** The value of the curve that the workload shows, told apart by its place in the table. */
function shown(rows: readonly Params[], params: Params): number | undefined {
  const table = rows.map((row, place) => ({ params: row, points: [{ step: 1, value: place, seconds: 1 }] }));
  return tableWorkload({ space, direction: 'minimize', rows: table }).curve(params, 0).points[0]?.value;
}

describe('a table of curves', () => {
  it('shows the curve of the nearest recorded configuration, by the scale of each parameter', () => {
    const rows = [
      { rate: 0.001, optimizer: 'adam' },
      { rate: 0.5, optimizer: 'adam' },
    ];
    expect(shown(rows, { rate: 0.001, optimizer: 'adam' })).toBe(0);
    // Halfway between the two on a log scale is 0.022.
    expect(shown(rows, { rate: 0.02, optimizer: 'adam' })).toBe(0);
    expect(shown(rows, { rate: 0.03, optimizer: 'adam' })).toBe(1);
  });

  it('counts a parameter that only one of the two has as far apart as can be', () => {
    const rows = [
      { rate: 0.01, optimizer: 'adam' },
      { rate: 1, optimizer: 'sgd', momentum: 0.9 },
    ];
    expect(shown(rows, { rate: 0.01, optimizer: 'sgd', momentum: 0.9 })).toBe(1);
    expect(shown(rows, { rate: 1, optimizer: 'adam' })).toBe(0);
  });

  it('shows the mean of as many neighbours as asked for, values and durations alike', () => {
    const row = (rate: number, value: number) => ({
      params: { rate, optimizer: 'adam' },
      points: [1, 2].map((step) => ({ step, value: value * step, seconds: value })),
    });
    const rows = [row(0.001, 1), row(0.002, 3), row(1, 100)];
    const workload = tableWorkload({ space, direction: 'minimize', rows, neighbours: 2 });
    expect(workload.curve({ rate: 0.0015, optimizer: 'adam' }, 0)).toEqual({
      points: [
        { step: 1, value: 2, seconds: 2 },
        { step: 2, value: 4, seconds: 2 },
      ],
      tailSeconds: 0,
      end: { state: 'completed', value: 4 },
    });
  });

  it('needs a curve, and the same steps in all of them', () => {
    expect(refusal(() => shown([], { rate: 0.01, optimizer: 'adam' }))).toContain('at least one curve');
    const rows = [1, 2].map((step) => ({ params: { rate: 0.1, optimizer: 'adam' }, points: [{ step, value: 1, seconds: 1 }] }));
    expect(refusal(() => tableWorkload({ space, direction: 'minimize', rows }))).toContain('the same steps');
  });
});
