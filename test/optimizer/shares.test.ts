import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShares, type Claim } from '../../optimizer/service/shares.ts';

const claims = fc
  .array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), demand: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 1_000_000 })) }), {
    maxLength: 12,
  })
  .map((list) => list.map((claim, index): Claim => ({ experiment: `e${index}`, ...claim })));
const slotCounts = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1000 }));

function wanting(list: readonly Claim[]): Claim[] {
  return list.filter(({ demand }) => demand > 0);
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

describe('fair shares', () => {
  it('are whole slots, for each claim one entry, none above its demand', () => {
    fc.assert(
      fc.property(slotCounts, claims, (slots, list) => {
        const shares = fairShares(slots, list);
        expect([...shares.keys()].sort()).toEqual(list.map(({ experiment }) => experiment).sort());
        for (const { experiment, demand } of list) {
          const share = shares.get(experiment) ?? NaN;
          expect(Number.isInteger(share) && share >= 0 && share <= demand).toBe(true);
        }
      }),
    );
  });

  it('give away no slot twice where there are as many slots as claims, and leave none that somebody could use', () => {
    fc.assert(
      fc.property(slotCounts, claims, (slots, list) => {
        fc.pre(wanting(list).length <= slots);
        expect(sum(fairShares(slots, list).values())).toBe(Math.min(slots, sum(list.map(({ demand }) => demand))));
      }),
    );
  });

  it('give everybody who wants one at least one, whatever the weights', () => {
    fc.assert(
      fc.property(slotCounts, claims, (slots, list) => {
        fc.pre(slots > 0);
        const shares = fairShares(slots, list);
        for (const { experiment } of wanting(list)) expect(shares.get(experiment)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('respect weights: among those who want more, the level for a unit of weight differs by less than a slot', () => {
    fc.assert(
      fc.property(slotCounts, claims, (slots, list) => {
        fc.pre(wanting(list).length <= slots);
        const shares = fairShares(slots, list);
        const of = ({ experiment }: Claim): number => shares.get(experiment) ?? 0;
        for (const poor of wanting(list).filter((claim) => of(claim) < claim.demand)) {
          for (const rich of wanting(list).filter((claim) => of(claim) > 1)) {
            // Rounding to whole slots takes less than one from the poor and gives less than one to the rich.
            expect((of(rich) - 1) / rich.weight).toBeLessThan((of(poor) + 1) / poor.weight);
          }
        }
      }),
    );
  });

  it('do not depend on the order of the claims', () => {
    fc.assert(
      fc.property(slotCounts, claims, (slots, list) => {
        const shares = fairShares(slots, list);
        for (const [experiment, share] of fairShares(slots, [...list].reverse())) expect(share).toBe(shares.get(experiment));
      }),
    );
  });

  it('are these', () => {
    const shares = (slots: number, ...list: [weight: number, demand: number][]): number[] => [
      ...fairShares(
        slots,
        list.map(([weight, demand], index) => ({ experiment: `e${index}`, weight, demand })),
      ).values(),
    ];
    expect(shares(8, [1, 100])).toEqual([8]);
    expect(shares(8, [1, 100], [1, 100])).toEqual([4, 4]);
    expect(shares(7, [1, 100], [1, 100])).toEqual([4, 3]);
    expect(shares(9, [2, 100], [1, 100])).toEqual([6, 3]);
    expect(shares(8, [1, 2], [1, 100], [1, 100])).toEqual([2, 3, 3]);
    expect(shares(8, [1, 0], [1, 100])).toEqual([0, 8]);
    expect(shares(3, [100, 9], [1, 9])).toEqual([2, 1]);
    expect(shares(2, [1, 9], [1, 9], [1, 9])).toEqual([1, 1, 1]);
    expect(shares(0, [1, 9])).toEqual([0]);
  });
});
