/**
 * From a history to an acquisition: keeps the rows of the observations and the posterior under the last fit, both grown with the
 * history, and fits hyperparameters when asked. Which rows the posterior holds is chosen anew with each fit, so that it is a
 * function of fit and history alone; those that came since are appended.
 */
import type { CompiledSpace } from '../../core/compiled-space.ts';
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
import { representative, type Row } from './rows.ts';
import { standings } from './standings.ts';

export interface Asked {
  readonly acquisition: Acquisition;
  /** Settled points of the trials that promise most, best first. */
  readonly known: readonly Float64Array[];
}

/** Trials around which the maximiser looks. */
const KNOWN = 5;
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
  /** One a trial, in the order in which something became known of them. */
  readonly #rows: Row[] = [];
  readonly #byTrial = new Map<number, Row>();
  #seen = 0;
  #model: Model | null = null;

  constructor(space: CompiledSpace, isDeterministic: boolean) {
    this.#space = space;
    this.features = new FeatureMap(space);
    this.#prior = new Prior(this.features.scales, isDeterministic);
  }

  /** A fit to the observations, begun at the one before and at the prior. */
  fit(observations: readonly Observation[], before: SurrogateFit | null): SurrogateFit {
    this.#update(observations);
    const theta = before === null ? this.#prior.start() : unpack(before).theta;
    const losses = standings(this.#rows, this.#rows, observations.length);
    const transform = fitTransform(losses.flatMap((loss) => loss ?? []));
    const chosen = representative(this.#rows, losses, this.#kernelOf(theta), this.features.features, MOST_FITTED);
    const columns = new Columns(this.features.features);
    for (const index of chosen) columns.push(this.#rows[index]?.features ?? new Float64Array(0));
    const y = transformed(
      chosen.map((index) => losses[index] ?? null),
      transform,
    );
    const objective = negativeLogPosterior(columns, this.features.scales, y, this.#prior);
    const starts = before === null || chosen.length > MOST_RESTARTED ? [theta] : [theta, this.#prior.start()];
    const found = starts.map((start) => minimise(objective, start, this.#prior.box, FIT_ITERATIONS, FIT_TOLERANCE));
    const best = found.reduce((lowest, other) => (other.value < lowest.value ? other : lowest));
    return pack(observations.length, transform, best.x);
  }

  acquisition(history: History, random: RandomStream): Asked {
    const { observations } = history;
    this.#update(observations);
    const fit = history.fit ?? this.#unfitted(observations.length);
    const { posterior, rows } = this.#modelOf(fit);
    const losses = standings(rows, this.#rows, observations.length);
    const y = transformed(losses, unpack(fit).transform);
    const { mean, whitened } = posterior.whiten(y);
    // Means mislead less than outputs do, which are half noise.
    const means = posterior.means(y, whitened);
    const best = [...rows.keys()].filter((i) => losses[i] !== null).sort((a, b) => (means[a] ?? NaN) - (means[b] ?? NaN));
    for (const params of history.pending) posterior.tryAppendPending(this.#featuresOf(encodeParams(this.#space, params)));
    const acquisition = fantasise(posterior, mean, whitened, means[best[0] ?? 0] ?? mean, random);
    return { acquisition, known: best.slice(0, KNOWN).flatMap((i) => rows[i]?.point ?? []) };
  }

  #unfitted(observations: number): SurrogateFit {
    const losses = standings(this.#rows, this.#rows, observations);
    return pack(observations, fitTransform(losses.flatMap((loss) => loss ?? [])), this.#prior.start());
  }

  #modelOf(fit: SurrogateFit): Model {
    if (this.#model?.fit !== fit) {
      const { theta } = unpack(fit);
      const fitted = this.#rows.filter(({ measurements }) => (measurements[0]?.observation ?? Infinity) < fit.observations);
      const losses = standings(fitted, fitted, fit.observations);
      const chosen = representative(fitted, losses, this.#kernelOf(theta), this.features.features, MOST_ROWS);
      const posterior = new Posterior(this.features.features, fromTheta(theta));
      this.#model = { fit, posterior, rows: [], seen: fitted.length };
      append(
        this.#model,
        chosen.flatMap((index) => fitted[index] ?? []),
      );
    }
    const model = this.#model;
    // Drops what was pending.
    model.posterior.truncate(model.rows.length);
    append(model, this.#rows.slice(model.seen));
    model.seen = this.#rows.length;
    return model;
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
      const loss = observed.loss !== null && observed.loss < DIVERGED ? observed.loss : null;
      const measurement = { observation: this.#seen, resource, loss };
      const known = this.#byTrial.get(number);
      if (known !== undefined) {
        known.measurements.push(measurement);
        continue;
      }
      const point = encodeParams(this.#space, params);
      const row = { point, features: this.#featuresOf(point), measurements: [measurement] };
      this.#byTrial.set(number, row);
      this.#rows.push(row);
    }
  }

  #featuresOf(point: Float64Array): Float64Array {
    const features = new Float64Array(this.features.features.length);
    this.features.write(point, features);
    return features;
  }
}

function append({ posterior, rows }: Model, added: readonly Row[]): void {
  const width = posterior.columns.features.length;
  const block = new Float64Array(added.length * width);
  added.forEach(({ features }, i) => block.set(features, i * width));
  posterior.append(block, added.length);
  rows.push(...added);
}

const TRANSFORM_NUMBERS = 5;

function pack(observations: number, { centre, scale, power, mean, deviation }: Transform, theta: Float64Array): SurrogateFit {
  return { observations, hyperparameters: [centre, scale, power, mean, deviation, ...theta] };
}

function unpack({ hyperparameters }: SurrogateFit): { transform: Transform; theta: Float64Array } {
  const [centre = NaN, scale = NaN, power = NaN, mean = NaN, deviation = NaN] = hyperparameters;
  return { transform: { centre, scale, power, mean, deviation }, theta: Float64Array.from(hyperparameters.slice(TRANSFORM_NUMBERS)) };
}
