/**
 * From a history to an acquisition: keeps the features of the observations and the posterior under the last fit, both grown
 * with the history, and fits hyperparameters when asked.
 */
import type { CompiledSpace } from '../../core/compiled-space.ts';
import type { ResourceRange } from '../../core/catalogue.ts';
import { encodeParams } from '../../core/encoding.ts';
import type { RandomStream } from '../../core/random.ts';
import type { Params } from '../../core/space.ts';
import type { History, Observation, SurrogateFit } from '../samplers/sampler.ts';
import { fantasise, type Acquisition } from './acquisition.ts';
import { FeatureMap } from './features.ts';
import { fromTheta, Prior } from './hyperparameters.ts';
import { Columns } from './kernel.ts';
import { minimise, type Box } from './lbfgs.ts';
import { negativeLogPosterior } from './likelihood.ts';
import { fitTransform, transformed, type Transform } from './outcomes.ts';
import { Posterior } from './posterior.ts';

export interface Asked {
  readonly acquisition: Acquisition;
  /** Settled points of the best observations, best first. */
  readonly known: readonly Float64Array[];
  /** Where to look. */
  readonly box: Box;
}

const KNOWN = 5;
const FIT_ITERATIONS = 30;
const FIT_TOLERANCE = 1e-3;
/** A loss as large as this stands for one that diverged. */
const DIVERGED = 1e300;

interface Row {
  readonly point: Float64Array;
  readonly features: Float64Array;
  readonly loss: number | null;
}

export class Surrogate {
  readonly features: FeatureMap;
  readonly #space: CompiledSpace;
  readonly #prior: Prior;
  readonly #rows: Row[] = [];
  #seen = 0;
  #posterior: { readonly fit: SurrogateFit; readonly posterior: Posterior } | null = null;

  constructor(space: CompiledSpace, resource: ResourceRange | null, isDeterministic: boolean) {
    this.#space = space;
    this.features = new FeatureMap(space, resource);
    this.#prior = new Prior(this.features.scales, isDeterministic);
  }

  /** A fit to all observations, begun at the one before and at the prior. */
  fit(observations: readonly Observation[], before: SurrogateFit | null): SurrogateFit {
    const rows = this.#rowsOf(observations);
    const transform = fitTransform(rows.flatMap(({ loss }) => loss ?? []));
    const columns = new Columns(this.features.features);
    for (const { features } of rows) columns.push(features);
    const y = transformed(rows.map(({ loss }) => loss), transform);
    const objective = negativeLogPosterior(columns, this.features.scales, y, this.#prior);
    const starts = [...(before === null ? [] : [unpack(before).theta]), this.#prior.start()];
    const found = starts.map((start) => minimise(objective, start, this.#prior.box, FIT_ITERATIONS, FIT_TOLERANCE));
    const best = found.reduce((lowest, other) => (other.value < lowest.value ? other : lowest));
    return pack(observations.length, transform, best.x);
  }

  acquisition(history: History, random: RandomStream): Asked {
    const rows = this.#rowsOf(history.observations);
    const losses = rows.map(({ loss }) => loss);
    const fit = history.fit ?? pack(0, fitTransform(losses.flatMap((loss) => loss ?? [])), this.#prior.start());
    const { transform } = unpack(fit);
    const posterior = this.#posteriorOf(fit, rows);
    const y = transformed(losses, transform);
    const { mean, whitened } = posterior.whiten(y);
    const incumbent = this.#incumbent(posterior, y, whitened);
    for (const params of history.pending) posterior.tryAppendPending(this.#featuresOf(encodeParams(this.#space, params), null));
    const acquisition = fantasise(posterior, mean, whitened, incumbent, random);
    const order = [...y.keys()].sort((a, b) => (y[a] ?? 0) - (y[b] ?? 0)).slice(0, KNOWN);
    const ends = (end: number) => new Float64Array(this.#space.dimensions.length).fill(end);
    return { acquisition, known: order.flatMap((row) => rows[row]?.point ?? []), box: { lower: ends(0), upper: ends(1) } };
  }

  #incumbent(posterior: Posterior, y: Float64Array, whitened: Float64Array): number {
    const alpha = Float64Array.from(whitened);
    posterior.factor.solveUpper(alpha);
    return y.reduce((lowest, output, i) => Math.min(lowest, output - posterior.noiseVariance * (alpha[i] ?? 0)), Infinity);
  }

  #posteriorOf(fit: SurrogateFit, rows: readonly Row[]): Posterior {
    const kept = this.#posterior;
    let posterior = kept?.fit === fit ? kept.posterior : null;
    posterior?.truncate(this.#conditioned);
    if (posterior === null || posterior.size > rows.length) {
      posterior = new Posterior(this.features.features, fromTheta(unpack(fit).theta));
      this.#posterior = { fit, posterior };
    }
    const width = this.features.features.length;
    const added = rows.slice(posterior.size);
    const block = new Float64Array(added.length * width);
    added.forEach(({ features }, i) => block.set(features, i * width));
    posterior.append(block, added.length);
    this.#conditioned = posterior.size;
    return posterior;
  }
  #conditioned = 0;

  #rowsOf(observations: readonly Observation[]): readonly Row[] {
    for (const { params, loss, resource, state } of observations.slice(this.#seen)) {
      this.#seen += 1;
      // Stopped before it said anything: no news.
      if (loss === null && state === 'stopped') continue;
      const point = encodeParams(this.#space, params);
      this.#rows.push({ point, features: this.#featuresOf(point, resource), loss: loss !== null && loss < DIVERGED ? loss : null });
    }
    return this.#rows;
  }

  #featuresOf(point: Float64Array, resource: number | null): Float64Array {
    const features = new Float64Array(this.features.features.length);
    this.features.write(point, resource, features);
    return features;
  }
}

export type { Params };

const TRANSFORM_NUMBERS = 5;

function pack(observations: number, { centre, scale, power, mean, deviation }: Transform, theta: Float64Array): SurrogateFit {
  return { observations, hyperparameters: [centre, scale, power, mean, deviation, ...theta] };
}

function unpack({ hyperparameters }: SurrogateFit): { transform: Transform; theta: Float64Array } {
  const [centre = NaN, scale = NaN, power = NaN, mean = NaN, deviation = NaN] = hyperparameters;
  return { transform: { centre, scale, power, mean, deviation }, theta: Float64Array.from(hyperparameters.slice(TRANSFORM_NUMBERS)) };
}
