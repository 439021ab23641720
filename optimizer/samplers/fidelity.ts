/**
 * Which observations a surrogate models where trials are measured at several resources: those at the highest resource that has
 * enough of them (Falkner et al. 2018, "BOHB", section 3.2). Results there say most about the end, and results of different
 * resources do not compare. Without resources it is all of them.
 *
 * Trials that did not get that far have no result to compare, but they are bad news: a sampler that forgot them would propose for
 * ever what a scheduler stops at its first rung.
 */
import type { ResourceRange } from '../../core/catalogue.ts';
import type { Observation } from './sampler.ts';

/**
 * Under a scheduler with rungs, the share of the points that nothing learned decides, spread evenly. A rung keeps one in η of those it
 * saw. Were more than one in η of the model's choosing, they would push each other out, by how they look early; and what does well
 * only later would not get past them. BOHB's third (Falkner et al. 2018) is not enough for that: docs/adr/0013. Such points are
 * cheap, since most end at the first rung; without rungs each would be a whole training.
 */
export function exploredShare(resource: ResourceRange | null): number {
  return resource === null ? 0 : 1 - 1 / resource.reductionFactor;
}

/** An observation with a loss. */
export type Measured = Observation & { readonly loss: number };

export interface Standing {
  /** Results at the resource that is modelled, by loss, best first; equal ones in the order of the log. */
  readonly ranked: readonly Measured[];
  /** Of each trial that was measured below only, its last result: the nearest resource first, then by loss. After them, what failed. */
  readonly beneath: readonly Observation[];
}

export class Fidelities {
  readonly #byResource = new Map<number, Measured[]>();
  readonly #failed: Observation[] = [];
  /** Of each trial, the highest resource at which it was measured. */
  readonly #highest = new Map<number, number>();
  #seen = 0;

  /** Takes in what `observations` has beyond the last call: they only grow. */
  update(observations: readonly Observation[]): void {
    for (; this.#seen < observations.length; this.#seen++) {
      const observation = observations[this.#seen];
      if (observation === undefined) continue;
      if (hasLoss(observation)) this.#add(observation);
      else if (observation.state === 'failed') this.#failed.push(observation);
    }
  }

  /** @param enough results that a resource must have; where none has, the one with most is modelled */
  standing(enough: number): Standing {
    const resources = [...this.#byResource].map(([resource, ranked]) => ({ resource, ranked })).sort((a, b) => b.resource - a.resource);
    const most = [...resources].sort((a, b) => b.ranked.length - a.ranked.length)[0];
    const modelled = resources.find(({ ranked }) => ranked.length >= enough) ?? most;
    if (modelled === undefined) return { ranked: [], beneath: this.#failed };
    const lower = resources.filter(({ resource }) => resource < modelled.resource);
    const left = lower.flatMap(({ resource, ranked }) => ranked.filter(({ number }) => this.#highest.get(number) === resource));
    return { ranked: modelled.ranked, beneath: [...left, ...this.#failed] };
  }

  #add(observation: Measured): void {
    const resource = observation.resource ?? 0;
    insertByLoss(this.#at(resource), observation);
    this.#highest.set(observation.number, Math.max(resource, this.#highest.get(observation.number) ?? 0));
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
