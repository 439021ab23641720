/**
 * Which rows of a history the surrogate is conditioned on. All of them while they are few; beyond, the model goes local, so that
 * neither its fit nor a suggestion grows with the history (as in Gramacy & Apley 2015, who predict from near points only): some
 * of the best, those nearest to the best one, and some from all over, which keep the model sober where nothing is near.
 *
 * Of a trial that was measured at several resources the last row says most: rows at its lower rungs are the first to go.
 */
import type { Kernel } from './kernel.ts';
import type { Feature } from './features.ts';

export interface Row {
  /** Of the trial. */
  readonly number: number;
  /** Place in the history. */
  readonly observation: number;
  /** Settled point, shape [dimensions]; NaN where inactive. */
  readonly point: Float64Array;
  /** shape [features] */
  readonly features: Float64Array;
  readonly resource: number | null;
  /** null: it failed or diverged. */
  readonly loss: number | null;
}

/** Shares of the rows kept. What is left is spread evenly over the history. */
const BEST = 0.25;
const NEAREST = 0.5;

/**
 * @param kernel and features say what is near
 * @param most at most so many rows come back
 * @returns in the order they came in
 */
export function representative(rows: readonly Row[], kernel: Kernel, features: readonly Feature[], most: number): readonly Row[] {
  if (rows.length <= most) return rows;
  const last = new Map(rows.map((row) => [row.number, row]));
  const ends = rows.filter((row) => last.get(row.number) === row);
  const chosen = new Set<Row>();
  const take = (candidates: readonly Row[], count: number): void => {
    for (const row of candidates) if (chosen.size < count) chosen.add(row);
  };
  if (ends.length > most) {
    const ranked = bestInTurns(ends);
    take(ranked, BEST * most);
    take(nearest(ends, ranked[0] ?? ends[0], kernel, features), (BEST + NEAREST) * most);
    const rest = ends.filter((row) => !chosen.has(row));
    const places = most - chosen.size;
    take(Array.from({ length: places }, (_, i) => rest[Math.floor((i * rest.length) / places)] ?? []).flat(), most);
  } else {
    take(ends, most);
    take([...rows].reverse(), most);
  }
  return rows.filter((row) => chosen.has(row));
}

/** The best of each resource, then the second of each …; from the highest resource down, since losses of different ones do not compare. */
export function bestInTurns(rows: readonly Row[]): Row[] {
  const byResource = new Map<number, { row: Row; loss: number }[]>();
  for (const row of rows) {
    if (row.loss === null) continue;
    const others = byResource.get(row.resource ?? 0);
    if (others === undefined) byResource.set(row.resource ?? 0, [{ row, loss: row.loss }]);
    else others.push({ row, loss: row.loss });
  }
  const ranked = [...byResource]
    .sort(([a], [b]) => b - a)
    .flatMap(([, measured]) => measured.sort((a, b) => a.loss - b.loss).map(({ row }, rank) => ({ row, rank })));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
}

function nearest(rows: readonly Row[], centre: Row | undefined, { weights }: Kernel, features: readonly Feature[]): Row[] {
  const squares = rows.map((row) => {
    const square = features.reduce((sum, { kind }, feature) => {
      const difference = (row.features[feature] ?? 0) - (centre?.features[feature] ?? 0);
      return sum + (weights[feature] ?? 0) * (kind === 'label' ? Number(difference !== 0) : difference * difference);
    }, 0);
    return { row, square };
  });
  return squares.sort((a, b) => a.square - b.square).map(({ row }) => row);
}
