/**
 * Bayesian optimisation: a Gaussian process over the space says what loss to expect where and how surely, and the next trial is
 * where it expects to improve most on the best, given what pending trials may bring. This file joins the parts; the model is in
 * `optimizer/gp/`, the choices are argued in docs/adr/0012.
 */
import { cardinality } from '../../core/cardinality.ts';
import { GpSamplerOptions, samplerEntries, type ResourceRange } from '../../core/catalogue.ts';
import type { CompiledSpace } from '../../core/compiled-space.ts';
import { configurations } from '../../core/configurations.ts';
import { encodeParams } from '../../core/encoding.ts';
import { deriveSeed, randomStream, type RandomStream } from '../../core/random.ts';
import type { Params } from '../../core/space.ts';
import { compileSchema } from '../../core/validate.ts';
import { Domain } from '../gp/domain.ts';
import { Maximiser, type Effort } from '../gp/maximise.ts';
import { Surrogate } from '../gp/surrogate.ts';
import { SobolSequence } from '../sobol/sobol.ts';
import { exploredShare } from './fidelity.ts';
import type { History, Sampler, SamplerDefinition, SamplerSetup, SurrogateFit } from './sampler.ts';
import { UntakenParams } from './untaken.ts';

const parseOptions = compileSchema(GpSamplerOptions);

/** Measured trials before the model is asked: as many as Ax waits for. */
const FIRST_TRIALS = 5;
/** In smaller spaces every free configuration is scored. */
const MOST_ENUMERATED = 1000;
const EFFORT: Effort = { spread: 256, near: 128, starts: 4, iterations: 20 };

export const gpSampler: SamplerDefinition = {
  ...samplerEntries.gp,
  isHeavy: true,
  create: (setup) => new GpSampler(setup),
};

class GpSampler implements Sampler {
  readonly learns = true;
  readonly #space: CompiledSpace;
  readonly #seed: number;
  readonly #untaken: UntakenParams;
  readonly #first: SobolSequence;
  readonly #domain: Domain;
  readonly #surrogate: Surrogate;
  readonly #resource: ResourceRange | null;
  /** Of a small finite space. */
  readonly #all: readonly Params[] | null;

  constructor({ space, seed, choice, resource }: SamplerSetup) {
    const { deterministic = false } = parseOptions(choice, 'sampler');
    this.#space = space;
    this.#seed = seed;
    this.#untaken = new UntakenParams(space, seed);
    this.#first = new SobolSequence(space.dimensions.length, seed);
    this.#domain = new Domain(space);
    this.#surrogate = new Surrogate(space, deterministic, resource);
    this.#resource = resource;
    this.#all = cardinality(space) <= MOST_ENUMERATED ? [...configurations(space)] : null;
  }

  suggest(number: number, history: History): Params | null {
    const random = randomStream(this.#seed, 'suggest', number);
    const explored = exploredShare(this.#resource);
    const explores = !this.#hasBegun(history) || (explored > 0 && random.uniform() < explored);
    const proposals = explores ? [this.#first.point(number)] : this.#proposals(number, history, random);
    return this.#untaken.choose(history, random, proposals);
  }

  fit(history: History): SurrogateFit | null {
    return this.#hasBegun(history) && isDue(history) ? this.#surrogate.fit(history.observations, history.fit) : null;
  }

  /** Under rungs also once a trial was trained to the end: until then nothing says what the first rungs have to do with it. */
  #hasBegun({ observations }: History): boolean {
    let measured = 0;
    let isTrained = this.#resource === null;
    for (const { loss, resource } of observations) {
      if (loss === null) continue;
      measured += 1;
      isTrained ||= resource === this.#resource?.max;
      if (isTrained && measured >= FIRST_TRIALS) return true;
    }
    return false;
  }

  *#proposals(number: number, history: History, random: RandomStream): Generator<Float64Array, void, undefined> {
    const { acquisition, known } = this.#surrogate.acquisition(history, random);
    const maximiser = new Maximiser(this.#domain, this.#surrogate.features, acquisition, random);
    const sequence = new SobolSequence(this.#space.dimensions.length, deriveSeed(this.#seed, 'candidates', number));
    const free = this.#all?.filter((params) => !history.isBound(params) && !history.isListed(params));
    const ranked =
      free === undefined ? maximiser.run(sequence, known, EFFORT) : maximiser.rank(free.map((params) => encodeParams(this.#space, params)));
    // Coordinates of inactive parameters do not matter, but have to be numbers.
    for (const { point } of ranked) yield point.map((unit) => (Number.isNaN(unit) ? 0.5 : unit));
  }
}

/** After every trial at first, then after a share of all that there were: the work of all fits stays in proportion to that of suggesting. */
function isDue({ observations, fit }: History): boolean {
  if (fit === null) return true;
  const since = observations.length - fit.observations;
  return since >= Math.min(32, Math.max(1, Math.floor(observations.length / 25)));
}
