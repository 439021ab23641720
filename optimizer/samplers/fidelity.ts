/**
 * Which observations a surrogate models where trials are measured at several resources: those at the highest resource that has
 * enough of them (Falkner et al. 2018, "BOHB", section 3.2). Results there say most about the end, and results of different
 * resources do not compare. Without resources it is all of them.
 */
import type { Observation } from './sampler.ts';

/** An observation with a loss. */
export type Measured = Observation & { readonly loss: number };

export class Fidelities {
  readonly #byResource = new Map<number, Measured[]>();
  readonly #failed: Observation[] = [];
  #seen = 0;

  /** Takes in what `observations` has beyond the last call: they only grow. */
  update(observations: readonly Observation[]): void {
    for (; this.#seen < observations.length; this.#seen++) {
      const observation = observations[this.#seen];
      if (observation === undefined) continue;
      if (hasLoss(observation)) insertByLoss(this.#at(observation.resource ?? 0), observation);
      else if (observation.state === 'failed') this.#failed.push(observation);
    }
  }

  /** Of each trial that failed: no loss, but bad news. In the order of the log. */
  get failed(): readonly Observation[] {
    return this.#failed;
  }

  /**
   * The observations to model, by loss, best first; equal ones in the order of the log. Where no resource has `enough`, those of
   * the one with most.
   */
  ranked(enough: number): readonly Measured[] {
    const resources = [...this.#byResource].sort(([a], [b]) => b - a).map(([, ranked]) => ranked);
    const most = resources.reduce<readonly Measured[]>((longest, ranked) => (ranked.length > longest.length ? ranked : longest), []);
    return resources.find((ranked) => ranked.length >= enough) ?? most;
  }

  #at(resource: number): Measured[] {
    const known = this.#byResource.get(resource);
    if (known !== undefined) return known;
    const ranked: Measured[] = [];
    this.#byResource.set(resource, ranked);
    return ranked;
  }
}

function hasLoss(observation: Observation): observation is Measured {
  return observation.loss !== null;
}

/** Bisection and one block move, as in `sorted-numbers.ts`. */
function insertByLoss(ranked: Measured[], observation: Measured): void {
  let low = 0;
  let high = ranked.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranked[middle]?.loss ?? NaN) <= observation.loss) low = middle + 1;
    else high = middle;
  }
  ranked.splice(low, 0, observation);
}
