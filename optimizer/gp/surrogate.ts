/**
 * From a history to an acquisition: keeps the rows of the observations and the posterior under the last fit, both grown with the
 * history, and fits hyperparameters when asked. Which rows the posterior holds is chosen anew with each fit, so that it is a
 * function of fit and history alone; those that came since are appended.
 *
 * Under a scheduler with rungs there is a row for each rung that a trial reached, and the resource is one more input: what is asked
 * is the loss after a whole training, also where hardly any trial got that far, and the chance of getting there.
 */
import type { ResourceRange } from '../../core/catalogue.ts';
import type { CompiledSpace } from '../../core/compiled-space.ts';
import { encodeParams } from '../../core/encoding.ts';
import type { RandomStream } from '../../core/random.ts';
import type { History, Observation, SurrogateFit } from '../samplers/sampler.ts';
import { fantasise, type Acquires, type Acquisition } from './acquisition.ts';
import { FeatureMap } from './features.ts';
import { fromTheta, Prior } from './hyperparameters.ts';
import { Columns, kernelOf } from './kernel.ts';
import { minimise } from './lbfgs.ts';
import { negativeLogPosterior } from './likelihood.ts';
import { fitTransform, type Transform } from './outcomes.ts';
import { Posterior } from './posterior.ts';
import { representative, type Row } from './rows.ts';
import { RungAcquisition } from './rung-acquisition.ts';
import { comparableLosses, RungOutputs } from './rungs.ts';

export interface Asked {
  readonly acquisition: Acquires;
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

/** A trial with a loss, and the mean that is expected of it after a whole training. */
interface Prospect {
  readonly row: Row;
  readonly mean: number;
}

export class Surrogate {
  readonly features: FeatureMap;
  readonly #space: CompiledSpace;
  readonly #resource: ResourceRange | null;
  readonly #prior: Prior;
  /** In the order of the history. */
  readonly #rows: Row[] = [];
  readonly #lastOf = new Map<number, Row>();
  #seen = 0;
  #model: Model | null = null;

  /** @param resource what the scheduler doles out; null where it has no rungs */
  constructor(space: CompiledSpace, isDeterministic: boolean, resource: ResourceRange | null) {
    this.#space = space;
    this.#resource = resource;
    this.features = new FeatureMap(space, resource !== null);
    this.#prior = new Prior(this.features.scales, isDeterministic);
  }

  /** A fit to the observations, begun at the one before and at the prior. */
  fit(observations: readonly Observation[], before: SurrogateFit | null): SurrogateFit {
    this.#update(observations);
    const theta = before === null ? this.#prior.start() : unpack(before).theta;
    const transform = fitTransform(comparableLosses(this.#rows));
    const rows = this.#representative(this.#rows, transform, theta, MOST_FITTED);
    const columns = new Columns(this.features.features);
    for (const { features } of rows) columns.push(features);
    const y = new RungOutputs(this.#rows, transform).of(rows);
    const objective = negativeLogPosterior(columns, this.features.scales, y, this.#prior);
    const starts = before === null || rows.length > MOST_RESTARTED ? [theta] : [theta, this.#prior.start()];
    const found = starts.map((start) => minimise(objective, start, this.#prior.box, FIT_ITERATIONS, FIT_TOLERANCE));
    const best = found.reduce((lowest, other) => (other.value < lowest.value ? other : lowest));
    return pack(observations.length, transform, best.x);
  }

  acquisition(history: History, random: RandomStream): Asked {
    this.#update(history.observations);
    const fit = history.fit ?? pack(history.observations.length, fitTransform(comparableLosses(this.#rows)), this.#prior.start());
    const { posterior, rows } = this.#modelOf(fit);
    const outputs = new RungOutputs(this.#rows, unpack(fit).transform);
    const y = outputs.of(rows);
    const { mean, whitened } = posterior.whiten(y);
    const prospects = this.#prospects(posterior, rows, y, mean, whitened);
    for (const params of history.pending) {
      posterior.tryAppendPending(this.#featuresOf(encodeParams(this.#space, params), this.#resource?.max ?? null));
    }
    const improvement = fantasise(posterior, mean, whitened, prospects[0]?.mean ?? mean, random);
    return {
      acquisition:
        this.#resource === null ? improvement : this.#upTheRungs(this.#resource, improvement, posterior, mean, whitened, outputs),
      known: prospects.slice(0, KNOWN).map(({ row }) => row.point),
    };
  }

  /** Best first. Means mislead less than outputs do, which are half noise. */
  #prospects(posterior: Posterior, rows: readonly Row[], y: Float64Array, mean: number, whitened: Float64Array): Prospect[] {
    const last = this.#resource === null ? rows : [...new Map(rows.map((row) => [row.trial, row])).values()];
    const means = this.#resource === null ? posterior.means(y, whitened) : this.#meansAtTheEnd(posterior, last, mean, whitened);
    const prospects = last.map((row, i) => ({ row, mean: means[i] ?? NaN })).filter(({ row }) => row.loss !== null);
    return prospects.sort((a, b) => a.mean - b.mean);
  }

  #meansAtTheEnd(posterior: Posterior, rows: readonly Row[], mean: number, whitened: Float64Array): Float64Array {
    const width = this.features.features.length;
    const queries = new Float64Array(rows.length * width);
    rows.forEach(({ point }, i) => queries.set(this.#featuresOf(point, this.#resource?.max ?? null), i * width));
    return posterior.predict(queries, rows.length, mean, whitened);
  }

  #upTheRungs(
    resource: ResourceRange,
    improvement: Acquisition,
    posterior: Posterior,
    mean: number,
    whitened: Float64Array,
    outputs: RungOutputs,
  ): RungAcquisition {
    const bars = outputs.bars(resource).map((bar) => ({ at: coordinateOf(bar.resource, resource), output: bar.output }));
    return new RungAcquisition(improvement, posterior, mean, whitened, coordinateOf(resource.max, resource), bars);
  }

  #modelOf(fit: SurrogateFit): Model {
    if (this.#model?.fit !== fit) {
      const { theta, transform } = unpack(fit);
      const fitted = this.#rows.filter(({ observation }) => observation < fit.observations);
      const posterior = new Posterior(this.features.features, fromTheta(theta));
      this.#model = { fit, posterior, rows: [], seen: fitted.length };
      append(this.#model, this.#representative(fitted, transform, theta, MOST_ROWS));
    }
    const model = this.#model;
    // Drops what was pending.
    model.posterior.truncate(model.rows.length);
    append(model, this.#rows.slice(model.seen));
    model.seen = this.#rows.length;
    return model;
  }

  #representative(rows: readonly Row[], transform: Transform, theta: Float64Array, most: number): Row[] {
    const { signalVariance, lengthScales } = fromTheta(theta);
    const kernel = kernelOf(this.features.features, signalVariance, lengthScales);
    // Losses of different rungs do not compare, outputs do.
    const losses = this.#resource === null ? rows.map(({ loss }) => loss) : [...new RungOutputs(rows, transform).of(rows)];
    return representative(rows, losses, kernel, this.features.features, most).flatMap((index) => rows[index] ?? []);
  }

  /** Takes in what `observations` has beyond the last call: they only grow. */
  #update(observations: readonly Observation[]): void {
    for (; this.#seen < observations.length; this.#seen++) {
      const observed = observations[this.#seen];
      // Stopped before it said anything: no news.
      if (observed === undefined || (observed.loss === null && observed.state === 'stopped')) continue;
      const { number: trial, params, resource } = observed;
      const before = this.#lastOf.get(trial) ?? null;
      const point = before?.point ?? encodeParams(this.#space, params);
      const loss = observed.loss !== null && observed.loss < DIVERGED ? observed.loss : null;
      const row = { point, features: this.#featuresOf(point, resource), trial, observation: this.#seen, resource, loss, before };
      this.#lastOf.set(trial, row);
      this.#rows.push(row);
    }
  }

  /** @param resource of a measurement; null where there is none */
  #featuresOf(point: Float64Array, resource: number | null): Float64Array {
    const features = new Float64Array(this.features.features.length);
    this.features.write(point, features);
    if (this.#resource !== null && resource !== null) features[features.length - 1] = coordinateOf(resource, this.#resource);
    return features;
  }
}

/** 0 at the first rung, 1 at the end of a whole training. */
function coordinateOf(resource: number, { min, max }: ResourceRange): number {
  return max > min ? Math.log(resource / min) / Math.log(max / min) : 1;
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
