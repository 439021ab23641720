/**
 * Losses of several rungs on one scale, and what it takes to get beyond each rung. Trials are measured at several resources, and only
 * the best of a rung go on to the next, so a rung's losses can be standardised neither with those of others nor by themselves: the
 * worst at the last rung are better than most at the first. Each rung is put on the scale of what its trials showed before, so that
 * its outputs are what they would have been, had every trial got there.
 *
 * | name | meaning                                                                              |
 * |------|--------------------------------------------------------------------------------------|
 * | z    | output; at the lowest rung the transformed loss (`outcomes.ts`)                       |
 * | z    | above: mean of z before + (loss - mean loss) · deviation of z before / deviation of losses |
 * | bar  | the output that a trial must not exceed at a rung to go on                            |
 */
import type { ResourceRange } from '../../core/catalogue.ts';
import { momentsOf, transformed, type Transform } from './outcomes.ts';

/** Of one trial at one resource. */
export interface Measurement {
  /** null where the scheduler doles out none. */
  readonly resource: number | null;
  /** null: it failed or diverged. */
  readonly loss: number | null;
  /** The same trial's one before. */
  readonly before: Measurement | null;
}

export interface Bar {
  readonly resource: number;
  readonly output: number;
}

/** A line through the losses of a rung. */
interface Scale {
  readonly loss: number;
  readonly output: number;
  readonly slope: number;
  /** What a trial without a loss counts as. */
  readonly worst: number;
}

/** Fewer results say nothing of how far apart they are: they count as equal. */
const LEAST_RESULTS = 3;
/** What diverges at a later rung must not decide the scale of the rest. */
const MOST_OUTPUT = 10;
const STANDARD = { mean: 0, deviation: 1 };

/** Losses that a transform is fitted to: those of the lowest rung, which all trials reach. */
export function comparableLosses(all: readonly Measurement[]): number[] {
  const lowest = lowestOf(all);
  return all.flatMap(({ resource, loss }) => (resource === lowest ? (loss ?? []) : []));
}

export class RungOutputs {
  readonly #all: readonly Measurement[];
  readonly #transform: Transform;
  readonly #scales = new Map<number, Scale>();

  /** @param all measurements there are, whichever are modelled */
  constructor(all: readonly Measurement[], transform: Transform) {
    this.#all = all;
    this.#transform = transform;
    const lowest = lowestOf(all);
    for (const [resource, here] of byResource(all))
      if (lowest !== null && resource > lowest) this.#scales.set(resource, this.#scaleOf(here));
  }

  /** One a measurement. */
  of(measurements: readonly Measurement[]): Float64Array {
    const scales = measurements.map(({ resource }) => this.#scales.get(resource ?? NaN));
    const lowest = transformed(
      measurements.flatMap(({ loss }, i) => (scales[i] === undefined ? [loss] : [])),
      this.#transform,
    );
    let at = 0;
    return Float64Array.from(measurements, ({ loss }, i) => {
      const scale = scales[i];
      if (scale === undefined) return lowest[at++] ?? NaN;
      return loss === null ? scale.worst : place(scale, loss);
    });
  }

  /** Of each rung below the last, as successive halving sets them. */
  bars({ max, reductionFactor }: ResourceRange): Bar[] {
    return byResource(this.#all).flatMap(([resource, here]) => {
      const outputs = this.of(here.filter(({ loss }) => loss !== null)).sort();
      if (resource >= max || outputs.length === 0) return [];
      const places = Math.max(1, Math.floor((outputs.length + 1) / reductionFactor));
      return [{ resource, output: outputs[places - 1] ?? NaN }];
    });
  }

  #scaleOf(here: readonly Measurement[]): Scale {
    const paired = here.filter(({ loss, before }) => loss !== null && before !== null && before.loss !== null);
    // Without any, as results that were told from outside, they are on a scale of their own.
    const told = paired.length > 0 ? paired : here.filter(({ loss }) => loss !== null);
    const losses = momentsOf(told.flatMap(({ loss }) => loss ?? []));
    const before = paired.length > 0 ? momentsOf([...this.of(paired.flatMap((measurement) => measurement.before ?? []))]) : STANDARD;
    const isTold = told.length >= LEAST_RESULTS && losses.deviation > Number.EPSILON * Math.abs(losses.mean);
    const scale = {
      loss: told.length > 0 ? losses.mean : 0,
      output: before.mean,
      slope: isTold ? before.deviation / losses.deviation : 0,
    };
    // Worse than the usual trial of the lowest rung at least.
    const worst = here.reduce((most, { loss }) => (loss === null ? most : Math.max(most, place(scale, loss))), 1);
    return { ...scale, worst };
  }
}

function place({ loss, output, slope }: Omit<Scale, 'worst'>, measured: number): number {
  return Math.min(MOST_OUTPUT, Math.max(-MOST_OUTPUT, output + slope * (measured - loss)));
}

/** Lowest first. */
function byResource(all: readonly Measurement[]): [number, Measurement[]][] {
  const rungs = new Map<number, Measurement[]>();
  for (const measurement of all) {
    if (measurement.resource === null) continue;
    const here = rungs.get(measurement.resource);
    if (here === undefined) rungs.set(measurement.resource, [measurement]);
    else here.push(measurement);
  }
  return [...rungs].sort(([a], [b]) => a - b);
}

/** Of those with a loss. */
function lowestOf(all: readonly Measurement[]): number | null {
  return all.reduce<number | null>((lowest, { resource, loss }) => {
    return resource === null || loss === null ? lowest : Math.min(lowest ?? Infinity, resource);
  }, null);
}
