import { describe, expect, it } from 'vitest';
import { standings, type Trial } from '../../../optimizer/gp/standings.ts';

/** Losses at rungs 1, 3, 9 …; observed one after the other. */
function trials(...losses: readonly (readonly (number | null)[])[]): Trial[] {
  let observation = 0;
  return losses.map((curve) => ({
    measurements: curve.map((loss, rung) => ({ observation: observation++, resource: 3 ** rung, loss })),
  }));
}

const everything = Infinity;

describe('the standing of a trial', () => {
  it('is its loss where no resource is doled out, and nothing where it failed', () => {
    const plain = [5, null, 3].map((loss, observation) => ({ measurements: [{ observation, resource: null, loss }] }));
    expect(standings(plain, plain, everything)).toEqual([5, null, 3]);
  });

  it('is the share of all trials that got as far and did as well there', () => {
    const four = trials([8, 2], [9], [7], [6, 3]);
    expect(standings(four, four, everything).map((standing) => Math.exp(standing ?? NaN))).toEqual(
      [1, 4, 2, 2].map((count) => expect.closeTo(count / 4, 12)),
    );
  });

  it('does not compare losses of different rungs', () => {
    const [higher, lower] = standings(trials([1, 100], [2]), trials([1, 100], [2]), everything);
    expect(higher).toBeLessThan(lower ?? NaN);
  });

  it('is not told by what came later', () => {
    const growing = trials([5, 1], [4]);
    expect(standings(growing.slice(0, 1), growing, 1)).toEqual([0]);
  });

  it('is none for a trial that failed at a higher rung', () => {
    const two = trials([5, null], [4]);
    expect(standings(two, two, everything)[0]).toBeNull();
  });
});
