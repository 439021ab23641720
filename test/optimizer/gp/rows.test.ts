import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../optimizer/gp/features.ts';
import { kernelOf } from '../../../optimizer/gp/kernel.ts';
import { representative, type Row } from '../../../optimizer/gp/rows.ts';

const features: Feature[] = [{ scale: 0, kind: 'number' }];
const kernel = kernelOf(features, 1, [1]);

function rowsAt(xs: readonly number[]): Row[] {
  return xs.map((x, trial) => {
    const at = { point: Float64Array.from([x]), features: Float64Array.from([x]) };
    return { ...at, trial, observation: trial, resource: null, loss: null, before: null };
  });
}

describe('the rows that the surrogate holds', () => {
  it('are all of them while they are few', () => {
    expect(representative(rowsAt([0.1, 0.2]), [3, null], kernel, features, 2)).toEqual([0, 1]);
  });

  it('are beyond that the best, those nearest to the best, and some from all over, in the order of the log', () => {
    // The best is at 0.5; far from it lies another good one; the rest is equally bad.
    const xs = Array.from({ length: 1001 }, (_, i) => i / 1000);
    const losses = xs.map((_, i) => (i === 500 ? 0 : i === 20 ? 1 : 5));
    const kept = representative(rowsAt(xs), losses, kernel, features, 40);
    expect(kept).toHaveLength(40);
    expect(new Set(kept).size).toBe(40);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(kept).toContain(500);
    expect(kept).toContain(20);
    expect(kept.filter((index) => Math.abs(index - 500) <= 20).length).toBeGreaterThanOrEqual(18);
    expect(kept.filter((index) => index > 600).length).toBeGreaterThanOrEqual(2);
  });
});
