import { describe, expect, it } from 'vitest';
import { thinned } from '../../analysis/curve-thinning.ts';

const curve = Array.from({ length: 10_000 }, (_, i) => ({ step: i + 1, value: i === 7003 ? 50 : Math.sin(i / 500) }));
const never = (): boolean => false;

describe('a thinned curve', () => {
  it('has as many points as may be, in their order, its ends and its peak among them', () => {
    const thin = thinned(curve, 200, never);
    expect(thin).toHaveLength(200);
    expect(thin.map(({ step }) => step)).toEqual(thin.map(({ step }) => step).sort((a, b) => a - b));
    expect([thin[0]?.step, thin.at(-1)?.step]).toEqual([1, 10_000]);
    expect(thin.some(({ value }) => value === 50)).toBe(true);
  });

  it('keeps every point that must stay, also where these are more than may be', () => {
    const kept = thinned(curve, 200, ({ step }) => step % 100 === 0).filter(({ step }) => step % 100 === 0);
    expect(kept).toHaveLength(100);
    expect(thinned(curve, 50, ({ step }) => step % 100 === 0)).toHaveLength(101);
  });

  it('is the curve itself where that is short enough', () => {
    expect(thinned(curve.slice(0, 200), 200, never)).toEqual(curve.slice(0, 200));
    expect(thinned([], 3, never)).toEqual([]);
  });
});
