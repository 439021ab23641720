/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4), multivariate
 * as in BOHB (Falkner et al. 2018): one density of the good trials, one of the bad; of some draws from the first the one is
 * proposed where their ratio is largest, which is where the expected improvement is. Pending trials count as bad ("constant
 * liar", Ginsbourger et al. 2010), so that workers do not crowd together. docs/adr/0013 says what was chosen and why.
 */
import { samplerEntries } from '../../core/catalogue.ts';
import { randomStream, type RandomStream } from '../../core/random.ts';
import type { Params } from '../../core/space.ts';
import { SobolSequence } from '../sobol/sobol.ts';
import { Axes } from '../tpe/axes.ts';
import { ParzenEstimator } from '../tpe/parzen.ts';
import { split } from '../tpe/split.ts';
import { exploredShare, Fidelities, type Standing } from './fidelity.ts';
import type { History, Sampler, SamplerDefinition, SamplerSetup } from './sampler.ts';
import { UntakenParams } from './untaken.ts';

/** Trials with a loss before the densities say anything; until then the points are Sobol's. */
const FIRST_TRIALS = 8;
/** Draws from the good density. More make the search greedier, not better. */
const CANDIDATES = 24;

export const tpeSampler: SamplerDefinition = {
  ...samplerEntries.tpe,
  create: (setup) => new TpeSampler(setup),
};

class TpeSampler implements Sampler {
  readonly learns = true;
  readonly #seed: number;
  readonly #axes: Axes;
  readonly #sobol: SobolSequence;
  readonly #untaken: UntakenParams;
  readonly #fidelities = new Fidelities();
  readonly #exploredShare: number;

  constructor({ space, seed, resource }: SamplerSetup) {
    this.#seed = seed;
    this.#exploredShare = exploredShare(resource);
    this.#axes = new Axes(space);
    this.#sobol = new SobolSequence(space.dimensions.length, seed);
    this.#untaken = new UntakenParams(space, seed);
  }

  suggest(number: number, history: History): Params | null {
    const random = randomStream(this.#seed, 'suggest', number);
    this.#fidelities.update(history.observations);
    // A density needs more points than the space has dimensions (Falkner et al. 2018); for the first trials fewer will do.
    const standing = this.#fidelities.standing(Math.max(FIRST_TRIALS, this.#axes.all.length + 1));
    const explores = standing.ranked.length < FIRST_TRIALS || (this.#exploredShare > 0 && random.uniform() < this.#exploredShare);
    const proposals = explores ? [this.#sobol.point(number)] : this.#proposals(standing, history, random);
    return this.#untaken.choose(history, random, proposals);
  }

  /** Draws from the good density in the unit cube, by the ratio of good to bad, best first. */
  #proposals({ ranked, beneath }: Standing, { pending }: History, random: RandomStream): Float64Array[] {
    const { good, bad } = split(this.#axes, ranked, beneath);
    const liars = pending.map((params) => this.#axes.point(params));
    const goodDensity = new ParzenEstimator(this.#axes.all, good.points, good.weights);
    const badDensity = new ParzenEstimator(this.#axes.all, [...bad.points, ...liars], [...bad.weights, ...liars.map(() => 1)]);
    const candidates = Array.from({ length: CANDIDATES }, () => {
      const point = this.#axes.settled(goodDensity.draw(random));
      return { point, logRatio: goodDensity.logDensity(point) - badDensity.logDensity(point) };
    });
    return candidates.sort((a, b) => b.logRatio - a.logRatio).map(({ point }) => this.#axes.inCube(point));
  }
}
