/** Plots against brute force and known answers. */
import { describe, expect, it } from 'vitest';
import { contourOf } from '../../../analysis/plots/contour.ts';
import { distributionOf } from '../../../analysis/plots/edf.ts';
import { historyOf } from '../../../analysis/plots/history.ts';
import { importanceOf } from '../../../analysis/plots/importance.ts';
import { pointsOf } from '../../../analysis/plots/points.ts';
import { TrialTable } from '../../../analysis/plots/table.ts';
import { m4 } from '../../../analysis/thinning.ts';
import { randomStream } from '../../../core/random.ts';
import type { TrialRow } from '../../../core/results.ts';
import type { Params, SearchSpace } from '../../../core/space.ts';
import type { Direction, State } from '../../../core/states.ts';
import { row } from '../../api/support.ts';

const unit = { type: 'float', min: 0, max: 1 } as const;

function tableOf(
  space: SearchSpace,
  count: number,
  draw: (random: () => number) => Params,
  value: (params: Params) => number,
  direction: Direction = 'minimize',
) {
  const random = randomStream('plots');
  const table = new TrialTable(space, direction);
  const rows: TrialRow[] = [];
  for (let number = 0; number < count; number += 1) {
    const params = draw(() => random.uniform());
    const trial = row(number, { params, value: value(params) });
    rows.push(trial);
    table.set(trial);
  }
  return { table, rows };
}

const two = (count: number, value: (x: number, y: number) => number, direction: Direction = 'minimize') =>
  tableOf(
    { x: unit, y: unit, z: unit },
    count,
    (draw) => ({ x: draw(), y: draw(), z: draw() }),
    ({ x, y }) => value(Number(x), Number(y)),
    direction,
  );

const shareOf = ({ parameters }: ReturnType<typeof importanceOf>, name: string): number =>
  parameters.find((parameter) => parameter.name === name)?.importance ?? NaN;

describe('thinning', () => {
  it('keeps first, last, lowest and highest of each stretch, as brute force finds them', () => {
    const random = randomStream('thin');
    const values = Array.from({ length: 10_000 }, () => random.normal());
    const kept = new Set(m4(values, 50));
    expect(kept.size).toBeLessThanOrEqual(200);
    for (let start = 0; start < values.length; start += 200) {
      const stretch = values.slice(start, start + 200);
      for (const at of [0, 199, stretch.indexOf(Math.min(...stretch)), stretch.indexOf(Math.max(...stretch))])
        expect(kept).toContain(start + at);
    }
  });
});

describe('the history', () => {
  it.each(['minimize', 'maximize'] as const)('has every improvement of a long search that is to %s', (direction) => {
    const { table, rows } = two(20_000, (x) => x, direction);
    const { best, points } = historyOf(table);
    let leading = NaN;
    const expected = rows.filter(({ value }) => {
      const isBetter = Number.isNaN(leading) || (direction === 'minimize' ? (value ?? NaN) < leading : (value ?? NaN) > leading);
      if (isBetter) leading = value ?? NaN;
      return isBetter;
    });
    expect(best.number).toEqual(expected.map(({ number }) => number));
    expect(points.number.length).toBeLessThanOrEqual(800);
  });

  it('keeps states apart and names failed trials', () => {
    const table = new TrialTable({ x: unit }, 'minimize');
    (['completed', 'stopped', 'failed', 'running'] satisfies State[]).forEach((state, number) =>
      table.set(row(number, { state, params: { x: 0.5 }, value: state === 'failed' ? null : number })),
    );
    expect(historyOf(table)).toMatchObject({ points: { number: [0, 1, 3], state: ['completed', 'stopped', 'running'] }, failed: [2] });
  });
});

describe('points and distribution', () => {
  it('have the best trials among them, and shares as counting finds them', () => {
    const { table, rows } = two(5000, (x, y) => x + y, 'maximize');
    const sorted = [...rows].sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    expect(pointsOf(table, undefined, 100).number.slice(0, 20)).toEqual(sorted.slice(0, 20).map(({ number }) => number));
    const { value, share } = distributionOf(table);
    value.forEach((at, i) => {
      const counted = rows.filter((trial) => (trial.value ?? 0) <= at + 1e-6).length / rows.length;
      expect(share[i]).toBeCloseTo(counted, 2);
    });
  });
});

describe('importance', () => {
  it('of 3x + y is nine to one, and none for what does not matter', () => {
    // Var(3x) : Var(y) = 9 : 1. The forest smooths, so a few hundredths are allowed.
    const { table } = two(1000, (x, y) => 3 * x + y);
    const found = importanceOf(table, 'fanova');
    expect(shareOf(found, 'x')).toBeCloseTo(0.9, 1);
    expect(shareOf(found, 'y')).toBeCloseTo(0.1, 1);
    expect(shareOf(found, 'z')).toBeLessThan(0.02);
    expect(found.sample).toBe(1000);
    expect(importanceOf(table, 'fanova')).toEqual(found);
  });

  it('of an interaction goes to the pair', () => {
    const { table } = two(1000, (x, y) => (x - 0.5) * (y - 0.5));
    const [pair] = importanceOf(table, 'fanova').pairs;
    expect(pair?.names).toEqual(['x', 'y']);
    expect(pair?.importance).toBeGreaterThan(0.5);
  });

  it('by PED-ANOVA follows what the best trials share', () => {
    const { table } = two(2000, (x, y) => 10 * Math.abs(x - 0.3) + y);
    const found = importanceOf(table, 'ped-anova');
    expect(shareOf(found, 'x')).toBeGreaterThan(0.6);
    expect(shareOf(found, 'z')).toBeLessThan(0.1);
  });

  it('of a parameter that is active in half of the trials and does not matter is small, whatever its parent does', () => {
    const space: SearchSpace = { kind: { type: 'categorical', choices: ['a', 'b'] }, child: { ...unit, when: { kind: 'a' } } };
    const { table } = tableOf(
      space,
      600,
      (draw) => (draw() < 0.5 ? { kind: 'a', child: draw() } : { kind: 'b' }),
      ({ kind }) => (kind === 'a' ? 1 : 0),
    );
    for (const method of ['fanova', 'ped-anova'] as const) {
      const found = importanceOf(table, method);
      expect(shareOf(found, 'kind')).toBeGreaterThan(0.8);
      expect(found.parameters.find(({ name }) => name === 'child')?.active).toBeCloseTo(0.5, 1);
    }
  });
});

describe('the contour', () => {
  it('is what the function is on average over the other parameters', () => {
    const { table } = two(1000, (x, y) => 4 * x - 2 * y);
    const { x, y, value } = contourOf(table, 'x', 'y');
    const errors = value.flatMap((cells, j) => cells.map((cell, i) => Math.abs(cell - (4 * (x.at[i] ?? NaN) - 2 * (y.at[j] ?? NaN)))));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.25);
  });
});
