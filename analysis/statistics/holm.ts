/**
 * Holm's step-down correction: S. Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6(2). Whatever the dependence between the tests, the chance of one false positive or more is at most α where adjusted
 * values up to α count.
 *
 *     p̃(k) = max over j ≤ k of min(1, (m − j + 1) p(j)),  p(1) ≤ … ≤ p(m)
 */

/** Adjusted p-values, in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const adjusted = pValues.map(() => 1);
  let largest = 0;
  const ascending = [...pValues.entries()].sort(([, one], [, other]) => one - other);
  ascending.forEach(([place, pValue], rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValue));
    adjusted[place] = largest;
  });
  return adjusted;
}
