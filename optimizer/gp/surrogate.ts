/**
 * From a history to an acquisition: keeps the rows of the observations and the posterior under the last fit, both grown with the
 * history, and fits hyperparameters when asked. Which rows the posterior holds is chosen anew with each fit, so that it is a
 * function of fit and history alone; those that came since are appended.
 */
import type { CompiledSpace } from '../../core/compiled-space.ts';
import type { ResourceRange } from '../../core/catalogue.ts';
import { encodeParams } from '../../core/encoding.ts';
import type { RandomStream } from '../../core/random.ts';
import type { History, Observation, SurrogateFit } from '../samplers/sampler.ts';
import { fantasise, type Acquisition } from './acquisition.ts';
import { FeatureMap } from './features.ts';
import { fromTheta, Prior } from './hyperparameters.ts';
import { Columns, kernelOf, type Kernel } from './kernel.ts';
import { minimise } from './lbfgs.ts';
import { negativeLogPosterior } from './likelihood.ts';
import { fitTransform, transformed, type Transform } from './outcomes.ts';
import { Posterior } from './posterior.ts';
import { bestInTurns, representative, type Row } from './rows.ts';

export interface Asked {
  readonly acquisition: Acquisition;
  /** Settled points of the trials that promise most, best first. */
  readonly known: readonly Float64Array[];
}

/** Trials around which the maximiser looks. */
const KNOWN = 5;
/** Trials whose mean at the most resource is worked out: one of them is the incumbent. */
const CONTENDERS = 15;
/** A suggestion takes time in proportion to the square of the rows that the posterior holds, a fit in proportion to the cube. */
const MOST_ROWS = 300;
const MOST_FITTED = 150;
/** With more rows the likelihood has one peak that matters, and the fit before has found it. */
const MOST_RESTARTED = 100;
const FIT_ITERATIONS = 30;
const FIT_TOLERANCE = 1e-3;
/** A loss as large as this stands for one that diverged. */
const DIVERGED = 1e300;

interface Model {
  readonly fit: SurrogateFit;
  readonly posterior: Posterior;
  /** Those of the posterior. */
  readonly rows: Row[];
  /** Rows of the history that were looked at. */
  seen: number;
}

export class Surrogate {
  readonly features: FeatureMap;
  readonly #space: CompiledSpace;
  readonly #prior: Prior;
  readonly #rows: Row[] = [];
  #seen = 0;
  #model: Model | null = null;

  constructor(space: CompiledSpace, resource: ResourceRange | null, isDeterministic: boolean) {
    this.#space = space;
    this.features = new FeatureMap(space, resource);
    this.#prior = new Prior(this.features.scales, isDeterministic);
  }

  /** A fit to the observations, begun at the one before and at the prior. */
  fit(observations: readonly Observation[], before: SurrogateFit | null): SurrogateFit {
    this.#update(observations);
    const theta = before === null ? this.#prior.start() : unpack(before).theta;
    const rows = representative(this.#rows, this.#kernelOf(theta), this.features.features, MOST_FITTED);
    const transform = fitTransform(lossesOf(this.#rows));
    const columns = new Columns(this.features.features);
    for (const { features } of rows) columns.push(features);
    const objective = negativeLogPosterior(columns, this.features.scales, outputsOf(rows, transform), this.#prior);
    const starts = before === null || rows.length > MOST_RESTARTED ? [theta] : [theta, this.#prior.start()];
    const found = starts.map((start) => minimise(objective, start, this.#prior.box, FIT_ITERATIONS, FIT_TOLERANCE));
    const best = found.reduce((lowest, other) => (other.value < lowest.value ? other : lowest));
    return pack(observations.length, transform, best.x);
  }

  acquisition(history: History, random: RandomStream): Asked {
    this.#update(history.observations);
    const fit = history.fit ?? pack(history.observations.length, fitTransform(lossesOf(this.#rows)), this.#prior.start());
    const { posterior, rows } = this.#modelOf(fit);
    const y = outputsOf(rows, unpack(fit).transform);
    const { mean, whitened } = posterior.whiten(y);
    const promising = this.#promising(rows, posterior.means(y, whitened), (queries, count) => {
      return posterior.predict(queries, count, mean, whitened);
    });
    for (const params of history.pending) posterior.tryAppendPending(this.#featuresOf(encodeParams(this.#space, params), null));
    const acquisition = fantasise(posterior, mean, whitened, promising[0]?.mean ?? mean, random);
    return { acquisition, known: promising.slice(0, KNOWN).map(({ point }) => point) };
  }

  /**
   * The trials with the lowest means at the most resource, best first: noise and lower rungs mislead less there than outputs do.
   * @param means of the rows at their own resource
   */
  #promising(
    rows: readonly Row[],
    means: Float64Array,
    predict: (queries: Float64Array, count: number) => Float64Array,
  ): { readonly point: Float64Array; readonly mean: number }[] {
    const measured = rows.flatMap((row, i) => (row.loss === null ? [] : [{ ...row, loss: means[i] ?? NaN }]));
    const byTrial = new Map(bestInTurns(measured).map(({ number, point }) => [number, point]));
    const points = [...byTrial.values()].slice(0, CONTENDERS);
    const queries = new Float64Array(points.length * this.features.features.length);
    points.forEach((point, i) => this.features.write(point, null, queries, i * this.features.features.length));
    const predicted = predict(queries, points.length);
    return points.map((point, i) => ({ point, mean: predicted[i] ?? NaN })).sort((a, b) => a.mean - b.mean);
  }

  #modelOf(fit: SurrogateFit): Model {
    if (this.#model?.fit !== fit) {
      const { theta } = unpack(fit);
      const fitted = this.#rows.filter(({ observation }) => observation < fit.observations);
      const rows = representative(fitted, this.#kernelOf(theta), this.features.features, MOST_ROWS);
      const posterior = new Posterior(this.features.features, fromTheta(theta));
      this.#model = { fit, posterior, rows: [], seen: fitted.length };
      this.#append(this.#model, rows);
    }
    const model = this.#model;
    // Drops what was pending.
    model.posterior.truncate(model.rows.length);
    this.#append(model, this.#rows.slice(model.seen));
    model.seen = this.#rows.length;
    return model;
  }

  #append({ posterior, rows }: Model, added: readonly Row[]): void {
    const width = this.features.features.length;
    const block = new Float64Array(added.length * width);
    added.forEach(({ features }, i) => block.set(features, i * width));
    posterior.append(block, added.length);
    rows.push(...added);
  }

  #kernelOf(theta: Float64Array): Kernel {
    const { signalVariance, lengthScales } = fromTheta(theta);
    return kernelOf(this.features.features, signalVariance, lengthScales);
  }

  /** Takes in what `observations` has beyond the last call: they only grow. */
  #update(observations: readonly Observation[]): void {
    for (; this.#seen < observations.length; this.#seen++) {
      const observed = observations[this.#seen];
      // Stopped before it said anything: no news.
      if (observed === undefined || (observed.loss === null && observed.state === 'stopped')) continue;
      const { number, params, resource } = observed;
      const point = encodeParams(this.#space, params);
      const loss = observed.loss !== null && observed.loss < DIVERGED ? observed.loss : null;
      this.#rows.push({ number, observation: this.#seen, point, features: this.#featuresOf(point, resource), resource, loss });
    }
  }

  #featuresOf(point: Float64Array, resource: number | null): Float64Array {
    const features = new Float64Array(this.features.features.length);
    this.features.write(point, resource, features);
    return features;
  }
}

function lossesOf(rows: readonly Row[]): number[] {
  return rows.flatMap(({ loss }) => loss ?? []);
}

function outputsOf(rows: readonly Row[], transform: Transform): Float64Array {
  return transformed(
    rows.map(({ loss }) => loss),
    transform,
  );
}

const TRANSFORM_NUMBERS = 5;

function pack(observations: number, { centre, scale, power, mean, deviation }: Transform, theta: Float64Array): SurrogateFit {
  return { observations, hyperparameters: [centre, scale, power, mean, deviation, ...theta] };
}

function unpack({ hyperparameters }: SurrogateFit): { transform: Transform; theta: Float64Array } {
  const [centre = NaN, scale = NaN, power = NaN, mean = NaN, deviation = NaN] = hyperparameters;
  return { transform: { centre, scale, power, mean, deviation }, theta: Float64Array.from(hyperparameters.slice(TRANSFORM_NUMBERS)) };
}
