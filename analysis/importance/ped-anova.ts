/**
 * PED-ANOVA (Watanabe, Bansal & Hutter 2023, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces"): how
 * differently a parameter is distributed among the best trials and among all. Local to good results, where fANOVA speaks of the whole space.
 *
 * | symbol     | meaning                                                               |
 * |------------|-----------------------------------------------------------------------|
 * | γ          | share of the trials that count as the best                            |
 * | p, q       | densities of a parameter among the best and among all, over its cells |
 * | γ² D(p‖q)  | its importance, with Pearson's divergence D = Σ q (p/q − 1)²           |
 */

const SHARE = 0.1;
const LEAST_BEST = 5;
/** Keeps a quotient finite where nobody has been. */
const FLOOR = 1e-12;

/**
 * @param columns [dimensions][trials], the best trial first: its cell, or −1 where inactive; such a trial is left out in that dimension,
 *   and what the others say counts by their share
 * @param ordered whether neighbouring cells are alike
 * @returns [dimensions], each at least 0, adding up to 1 where any is above it
 */
export function pedAnova(columns: readonly (readonly number[])[], cells: readonly number[], ordered: readonly boolean[]): number[] {
  const raw = columns.map((column, d) => {
    const active = column.filter((cell) => cell >= 0);
    const best = Math.max(LEAST_BEST, Math.ceil(SHARE * active.length));
    if (active.length < 2 * LEAST_BEST) return 0;
    const top = density(active.slice(0, best), cells[d] ?? 1, ordered[d] ?? true);
    const all = density(active, cells[d] ?? 1, ordered[d] ?? true);
    const divergence = all.reduce((sum, q, cell) => sum + q * ((top[cell] ?? 0) / q - 1) ** 2, 0);
    return (best / active.length) ** 2 * divergence * (active.length / column.length);
  });
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => (sum === 0 ? 0 : value / sum));
}

/** Of an ordered parameter by a Gaussian kernel of Scott's width; of others by counts, and one more that all cells share. */
function density(drawn: readonly number[], cells: number, isOrdered: boolean): Float64Array {
  const counts = new Float64Array(cells);
  for (const cell of drawn) counts[cell] = (counts[cell] ?? 0) + 1;
  const smooth = isOrdered ? smoothed(counts, scottWidth(drawn)) : counts.map((count) => count + 1 / cells);
  const total = smooth.reduce((sum, value) => sum + value + FLOOR, 0);
  return smooth.map((value) => (value + FLOOR) / total);
}

function smoothed(counts: Float64Array, width: number): Float64Array {
  return counts.map((_, cell) => counts.reduce((sum, count, other) => sum + count * Math.exp(-0.5 * ((cell - other) / width) ** 2), 0));
}

/** σ n^(−1/5), at least half a cell. */
function scottWidth(drawn: readonly number[]): number {
  const mean = drawn.reduce((sum, cell) => sum + cell, 0) / drawn.length;
  const variance = drawn.reduce((sum, cell) => sum + (cell - mean) ** 2, 0) / Math.max(1, drawn.length - 1);
  return Math.max(0.5, Math.sqrt(variance) * drawn.length ** -0.2);
}
