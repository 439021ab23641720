import { describe, expect, it } from 'vitest';
import { evenly, thinnedCurve } from '../../analysis/thinning.ts';

const curve = Array.from({ length: 10_000 }, (_, i) => ({
  step: i + 1,
  value: i === 7003 ? 50 : i === 7105 ? -50 : Math.sin(i / 500),
}));
const never = (): boolean => false;

describe('a thinned curve', () => {
  it('has as many points as may be, in their order, its ends, its peak and its dip among them', () => {
    const thin = thinnedCurve(curve, 200, never);
    expect(thin.length).toBeLessThanOrEqual(200);
    // Of each of 49 stretches up to four points; where it only rises, its ends are its extremes.
    expect(thin.length).toBeGreaterThan(100);
    expect(thin.map(({ step }) => step)).toEqual(thin.map(({ step }) => step).sort((a, b) => a - b));
    expect([thin[0]?.step, thin.at(-1)?.step]).toEqual([1, 10_000]);
    expect(thin.map(({ value }) => value)).toEqual(expect.arrayContaining([50, -50]));
  });

  it('keeps every point that must stay, also where these are more than may be', () => {
    const isHundredth = ({ step }: { step: number }) => step % 100 === 0;
    const thin = thinnedCurve(curve, 200, isHundredth);
    expect(thin.filter(isHundredth)).toHaveLength(100);
    expect(thin.length).toBeLessThanOrEqual(200);
    expect(thinnedCurve(curve, 50, isHundredth)).toHaveLength(101);
  });

  it('is the curve itself where that is short enough', () => {
    expect(thinnedCurve(curve.slice(0, 200), 200, never)).toEqual(curve.slice(0, 200));
    expect(thinnedCurve([], 6, never)).toEqual([]);
  });
});

it('evenly spread items have the last among them', () => {
  expect(evenly([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([3, 5, 7]);
  expect(evenly([1, 2], 3)).toEqual([1, 2]);
});
