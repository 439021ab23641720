import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungAt, rungsOf } from '../../core/rungs.ts';

describe('rungs', () => {
  it.each([
    // Logarithms lose a rung here: log(243) / log(3) is 4.999….
    [1, 243, 3, [1, 3, 9, 27, 81, 243]],
    [1, 1000, 10, [1, 10, 100, 1000]],
    [1, 1024, 2, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]],
    [2, 100, 4, [2, 8, 32, 100]],
    [5, 5, 3, [5]],
    [4, 5, 3, [4, 5]],
  ])('from %d to %d by %d are %j', (minResource, maxResource, reductionFactor, rungs) => {
    expect(rungsOf({ minResource, maxResource, reductionFactor })).toEqual(rungs);
  });

  it('take in the reports from each of them to the next', () => {
    expect([1, 2, 3, 8, 9, 100].map((step) => rungAt([3, 1, 9], step))).toEqual([1, 1, 3, 3, 9, 9]);
    expect(rungAt([3, 9], 2)).toBeUndefined();
    expect(rungAt([], 5)).toBeUndefined();
  });

  it('grow by the reduction factor exactly, from minResource until maxResource takes the place of the next', () => {
    const halving = fc
      .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 2, max: 10 }))
      .map(([minResource, more, reductionFactor]) => ({ minResource, maxResource: minResource + more, reductionFactor }));
    fc.assert(
      fc.property(halving, ({ minResource, maxResource, reductionFactor }) => {
        const rungs = rungsOf({ minResource, maxResource, reductionFactor });
        expect(rungs[0]).toBe(minResource);
        expect(rungs.at(-1)).toBe(maxResource);
        for (const [at, rung] of rungs.slice(0, -1).entries()) {
          expect(rung).toBe(minResource * reductionFactor ** at);
          expect(rungs[at + 1]).toBe(Math.min(maxResource, rung * reductionFactor));
        }
      }),
    );
  });
});
