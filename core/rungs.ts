/**
 * The rungs of successive halving: the resources at which trials are compared, r, rη, rη² … as exact integers, and R as the
 * last. Multiplied up rather than taken from a logarithm, which loses a rung where R/r is a power of η (log(243)/log(3) < 5).
 *
 * | symbol | meaning                          |
 * |--------|----------------------------------|
 * | r, R   | minResource, maxResource, steps  |
 * | η      | reductionFactor                  |
 */

export interface Halving {
  readonly minResource: number;
  readonly maxResource: number;
  readonly reductionFactor: number;
}

/** Resources in rising order; the last is `maxResource`, where a trial is complete. 1 … 243 by 3 has six. */
export function rungsOf({ minResource, maxResource, reductionFactor }: Halving): number[] {
  const rungs: number[] = [];
  for (let rung = minResource; rung < maxResource; rung *= reductionFactor) rungs.push(rung);
  return [...rungs, maxResource];
}

/** The rung that a report at `step` belongs to: the highest at or below it. @param rungs in any order */
export function rungAt(rungs: readonly number[], step: number): number | undefined {
  return rungs.reduce<number | undefined>((highest, rung) => (rung <= step && rung > (highest ?? 0) ? rung : highest), undefined);
}
