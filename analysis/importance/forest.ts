/**
 * A random forest of regression trees (Breiman 2001) over the unit cube, each dimension cut into equal cells, kept as what fANOVA needs:
 * leaves as boxes of cells with a mean. Small and of our own, because libraries hide the leaves. Splits minimise the squared error; trees
 * differ by their bootstrap samples.
 */
import type { RandomStream } from '../../core/random.ts';

export interface Sample {
  /** Cells of each dimension. */
  readonly cells: readonly number[];
  /** [dimensions][trials] cell of each trial. */
  readonly columns: readonly (readonly number[])[];
  /** [trials] what is predicted. */
  readonly targets: readonly number[];
}

/** In each dimension the cells from `low` on, up to but not `high`. */
interface Box {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface Leaf extends Box {
  readonly mean: number;
}

export type Tree = readonly Leaf[];

interface Split {
  readonly dimension: number;
  /** The first cell of the right side. */
  readonly cell: number;
  readonly gain: number;
}

const TREES = 32;
/** Trials that a leaf stands for, at least. */
const LEAST_IN_LEAF = 3;

export function growForest(sample: Sample, random: RandomStream): Tree[] {
  const count = sample.targets.length;
  if (count === 0) return [];
  const whole = { low: sample.cells.map(() => 0), high: sample.cells };
  return Array.from({ length: TREES }, () => {
    const drawn = Array.from({ length: count }, () => random.integer(0, count - 1));
    return leavesOf(sample, drawn, whole);
  });
}

function leavesOf(sample: Sample, trials: readonly number[], box: Box): Leaf[] {
  const sum = trials.reduce((total, trial) => total + (sample.targets[trial] ?? 0), 0);
  const split = trials.length < 2 * LEAST_IN_LEAF ? undefined : bestSplit(sample, trials, box, sum);
  if (split === undefined) return [{ ...box, mean: sum / trials.length }];
  const { dimension, cell } = split;
  const column = sample.columns[dimension] ?? [];
  const left = trials.filter((trial) => (column[trial] ?? 0) < cell);
  const right = trials.filter((trial) => (column[trial] ?? 0) >= cell);
  return [
    ...leavesOf(sample, left, { low: box.low, high: withEntry(box.high, dimension, cell) }),
    ...leavesOf(sample, right, { low: withEntry(box.low, dimension, cell), high: box.high }),
  ];
}

/** Σ(y − ȳ)² falls by S²ₗ/nₗ + S²ᵣ/nᵣ − S²/n, S being sums of y. */
function bestSplit({ cells, columns, targets }: Sample, trials: readonly number[], { low, high }: Box, sum: number): Split | undefined {
  let best: Split | undefined;
  // One pair for all dimensions: a forest has a hundred thousand nodes, and the time went into making these for each.
  const most = Math.max(...cells);
  const [counts, sums] = [new Float64Array(most), new Float64Array(most)];
  for (const [dimension, column] of columns.entries()) {
    counts.fill(0);
    sums.fill(0);
    for (const trial of trials) {
      const cell = column[trial] ?? 0;
      counts[cell] = (counts[cell] ?? 0) + 1;
      sums[cell] = (sums[cell] ?? 0) + (targets[trial] ?? 0);
    }
    let count = 0;
    let left = 0;
    for (let cell = (low[dimension] ?? 0) + 1; cell < (high[dimension] ?? 0); cell += 1) {
      count += counts[cell - 1] ?? 0;
      left += sums[cell - 1] ?? 0;
      const rest = trials.length - count;
      if (count < LEAST_IN_LEAF || rest < LEAST_IN_LEAF) continue;
      const gain = left ** 2 / count + (sum - left) ** 2 / rest - sum ** 2 / trials.length;
      if (gain > (best?.gain ?? 1e-12)) best = { dimension, cell, gain };
    }
  }
  return best;
}

function withEntry(items: readonly number[], at: number, value: number): number[] {
  return items.map((item, place) => (place === at ? value : item));
}
