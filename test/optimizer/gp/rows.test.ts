import { describe, expect, it } from 'vitest';
import { kernelOf } from '../../../optimizer/gp/kernel.ts';
import type { Feature } from '../../../optimizer/gp/features.ts';
import { bestInTurns, representative, type Row } from '../../../optimizer/gp/rows.ts';

const features: Feature[] = [{ scale: 0, kind: 'number' }];
const kernel = kernelOf(features, 1, [1]);

function row(number: number, x: number, loss: number | null, resource: number | null = null): Row {
  return { number, observation: number, point: Float64Array.from([x]), features: Float64Array.from([x]), resource, loss };
}

const numbers = (rows: readonly Row[]): number[] => rows.map(({ number }) => number);

describe('the rows that the surrogate holds', () => {
  it('are all of them while they are few', () => {
    const rows = [row(0, 0.1, 3), row(1, 0.2, null)];
    expect(representative(rows, kernel, features, 2)).toEqual(rows);
  });

  it('are beyond that the best, those nearest to the best, and some from all over, in the order of the log', () => {
    // The best is at 0.5; far from it lies another good one; the rest is equally bad.
    const rows = Array.from({ length: 1001 }, (_, i) => row(i, i / 1000, i === 500 ? 0 : i === 20 ? 1 : 5));
    const kept = numbers(representative(rows, kernel, features, 40));
    expect(kept).toHaveLength(40);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(kept).toContain(500);
    expect(kept).toContain(20);
    expect(kept.filter((number) => Math.abs(number - 500) <= 20).length).toBeGreaterThanOrEqual(18);
    expect(kept.filter((number) => number > 600).length).toBeGreaterThanOrEqual(2);
  });

  it('are of each trial rather the last than those at lower rungs', () => {
    const rows = Array.from({ length: 30 }, (_, i) => [row(i, i / 30, 1 + i, 1), row(i, i / 30, i, 3)]).flat();
    const kept = representative(rows, kernel, features, 40);
    expect(kept.filter(({ resource }) => resource === 3)).toHaveLength(30);
    expect(kept).toHaveLength(40);
  });

  it('are ranked within their resource, since losses of different ones do not compare', () => {
    const rows = [row(0, 0, 5, 1), row(1, 0, 9, 9), row(2, 0, 4, 1), row(3, 0, 8, 9), row(4, 0, null, 9)];
    expect(numbers(bestInTurns(rows))).toEqual([3, 2, 1, 0]);
  });
});
