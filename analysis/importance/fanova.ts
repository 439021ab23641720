/**
 * Functional analysis of variance (Hutter, Hoos & Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance"): how
 * much of a forest's variance over the whole space each parameter, and each pair, explains; exact for each tree, then averaged.
 *
 * | symbol | meaning                                                                          |
 * |--------|----------------------------------------------------------------------------------|
 * | a_U(θ) | marginal of a tree: its mean over the space where the parameters U are at θ        |
 * | f₀, V  | mean and variance of a tree over the space, by the volume of its leaves            |
 * | V_U    | mean of a_U² − f₀², less V_W of all smaller W ⊂ U; the importance is V_U / V        |
 */
import type { Leaf, Tree } from './forest.ts';

export interface Fanova {
  /** [dimensions] share of the variance that each explains by itself. */
  readonly single: readonly number[];
  /** Share that two explain together beyond what each does by itself. */
  readonly pairs: readonly { readonly dimensions: readonly [number, number]; readonly share: number }[];
}

/** @param cells of each dimension */
export function fanova(forest: readonly Tree[], cells: readonly number[]): Fanova {
  const trees = forest.flatMap((tree) => {
    const { mean, variance } = momentsOf(tree, cells);
    // A tree without variance explains nothing and would divide by zero.
    return variance > 1e-15 ? [{ tree, mean, variance, single: cells.map((_, d) => varianceOf(marginal(tree, cells, [d]), mean)) }] : [];
  });
  const share = (part: (tree: (typeof trees)[number]) => number): number =>
    trees.reduce((sum, tree) => sum + part(tree) / tree.variance, 0) / Math.max(1, trees.length);
  const pairs = pairsOf(cells.length).map(([a, b]) => {
    const together = share(
      ({ tree, mean, single }) => varianceOf(marginal(tree, cells, [a, b]), mean) - (single[a] ?? 0) - (single[b] ?? 0),
    );
    return { dimensions: [a, b] as const, share: Math.max(0, together) };
  });
  return { single: cells.map((_, d) => share(({ single }) => single[d] ?? 0)), pairs };
}

/**
 * a_U of one tree for one or two dimensions U, over their cells, row by row (the second dimension runs fastest). Each leaf adds its mean,
 * by its share of the other dimensions, to a range of cells: the corners of the range are marked, and sums over the marks fill it.
 */
export function marginal(tree: Tree, cells: readonly number[], dimensions: readonly [number] | readonly [number, number]): Float64Array {
  const [first, second] = dimensions;
  const rows = cells[first] ?? 1;
  const columns = second === undefined ? 1 : (cells[second] ?? 1);
  const marks = new Float64Array((rows + 1) * (columns + 1));
  const mark = (row: number, column: number, weight: number): void => {
    const at = row * (columns + 1) + column;
    marks[at] = (marks[at] ?? 0) + weight;
  };
  for (const leaf of tree) {
    const weight = leaf.mean * volume(leaf, cells, dimensions);
    const [top, bottom] = [leaf.low[first] ?? 0, leaf.high[first] ?? 0];
    const [left, right] = second === undefined ? [0, 1] : [leaf.low[second] ?? 0, leaf.high[second] ?? 0];
    mark(top, left, weight);
    mark(top, right, -weight);
    mark(bottom, left, -weight);
    mark(bottom, right, weight);
  }
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    let running = 0;
    for (let column = 0; column < columns; column += 1) {
      running += marks[row * (columns + 1) + column] ?? 0;
      values[row * columns + column] = running + (row === 0 ? 0 : (values[(row - 1) * columns + column] ?? 0));
    }
  }
  return values;
}

function momentsOf(tree: Tree, cells: readonly number[]): { mean: number; variance: number } {
  let mean = 0;
  let square = 0;
  for (const leaf of tree) {
    const share = volume(leaf, cells, []);
    mean += leaf.mean * share;
    square += leaf.mean ** 2 * share;
  }
  return { mean, variance: square - mean ** 2 };
}

/** Share of the space that a leaf covers, in all dimensions but some. */
function volume({ low, high }: Leaf, cells: readonly number[], except: readonly number[]): number {
  let product = 1;
  // No iterator: this runs for every leaf of every tree, for every pair.
  for (let d = 0; d < cells.length; d += 1) if (!except.includes(d)) product *= ((high[d] ?? 0) - (low[d] ?? 0)) / (cells[d] ?? 1);
  return product;
}

function varianceOf(values: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of values) sum += value ** 2;
  return sum / values.length - mean ** 2;
}

function pairsOf(count: number): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, a) =>
    Array.from({ length: count - a - 1 }, (_unused, after) => [a, a + 1 + after] as const),
  ).flat();
}
