/**
 * One number a trial to model, also where trials are measured at several resources and most are stopped early. Losses of different
 * resources do not compare, so a trial counts by how few do better: the share of all trials that reached its last rung, times the
 * share of those that are at least as good there; of it the logarithm. The best of a low rung so stand before the worst of the
 * next, and a region where trials keep being stopped looks as bad as it is, without an output for what nobody measured.
 *
 * Modelling each configuration by its last measurement does as well as modelling whole curves or better, and its cost does not
 * grow with the number of rungs (Salinas et al. 2023, "Optimizing hyperparameters with conformal quantile regression", section 4).
 */
import type { Observation } from '../samplers/sampler.ts';

/** What is known of one trial, in the order of the log. */
export interface Trial {
  readonly measurements: readonly Measurement[];
}

export interface Measurement {
  /** Place in the history. */
  readonly observation: number;
  readonly resource: Observation['resource'];
  readonly loss: Observation['loss'];
}

/**
 * @param all trials that the given ones are compared with
 * @param until what later observations say counts not
 * @returns for each of `trials` a loss to model; null: it failed or diverged
 */
export function standings(trials: readonly Trial[], all: readonly Trial[], until: number): (number | null)[] {
  const known = ({ measurements }: Trial): readonly Measurement[] => measurements.filter(({ observation }) => observation < until);
  const compared = all.map(known).filter((measurements) => measurements.length > 0);
  const atRung = new Map<number, number[]>();
  for (const { resource, loss } of compared.flat()) {
    if (resource === null || loss === null) continue;
    const others = atRung.get(resource);
    if (others === undefined) atRung.set(resource, [loss]);
    else others.push(loss);
  }
  for (const losses of atRung.values()) losses.sort((a, b) => a - b);
  return trials.map((trial) => {
    const last = known(trial).at(-1);
    if (last === undefined || last.loss === null || last.resource === null) return last?.loss ?? null;
    // All that reached its rung and are as good, of all there are.
    return Math.log(countUpTo(atRung.get(last.resource) ?? [], last.loss) / compared.length);
  });
}

/** How many of the ascending numbers are at most so large. */
function countUpTo(sorted: readonly number[], most: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
