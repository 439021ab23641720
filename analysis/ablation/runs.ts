/** The trials of each component, by replicate: what a study's figures are made of. */
import type { PlannedComponent } from '../../core/ablation/schema.ts';
import type { TrialRow } from '../../core/results.ts';
import type { Pair } from '../statistics/paired.ts';
import type { Course } from './course.ts';
import { comparableTimes, type Timed } from './times.ts';

/** What became of one trial of a study. */
export interface Measured extends Timed {
  readonly state: 'completed' | 'failed' | 'stopped' | 'unfinished';
  /** In the user's sign; of a completed trial. */
  readonly value?: number;
  /** Why it failed. */
  readonly message?: string;
}

/** Of a trial as users read it. */
export function measuredOf(row: TrialRow): Measured {
  const { number, state, value, durationSeconds, failure, attempts, worker, slot, startedAt } = row;
  return {
    trial: number,
    state: state === 'completed' || state === 'failed' || state === 'stopped' ? state : 'unfinished',
    ...(state === 'completed' && value !== null ? { value } : {}),
    attempts,
    ...(durationSeconds === null ? {} : { durationSeconds }),
    ...(worker === null || slot === null ? {} : { place: `${worker}/${slot}` }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(failure === null ? {} : { message: failure.message }),
  };
}

/** The measurements of one component. */
export class Run {
  /** Numbers in its model's weights. */
  readonly parameters: number | null;
  readonly byReplicate = new Map<number, number>();
  /** Times of trials that can be compared with others, ms. */
  readonly times = new Map<number, number>();
  readonly failures: string[] = [];
  stopped = 0;
  /** Trials that there are or will be. */
  planned = 0;

  constructor(parameters: number | null) {
    this.parameters = parameters;
  }

  get values(): number[] {
    return [...this.byReplicate.values()];
  }

  get failed(): number {
    return this.failures.length;
  }

  /** Of the same seed. @param below replicates from here on are left out */
  pairs(base: Run, below = Infinity): Pair[] {
    return paired(this.byReplicate, base.byReplicate, below);
  }

  /** Of the trials' times, ms. */
  timeDifferences(base: Run): number[] {
    return paired(this.times, base.times, Infinity).map(([time, other]) => time - other);
  }

  /** Values of the seeds that the other has a value of as well. */
  valuesBeside(other: Run): number[] {
    return [...this.byReplicate].flatMap(([replicate, value]) => (other.byReplicate.has(replicate) ? [value] : []));
  }

  /** @param timeMs undefined where it says nothing of the component */
  add(replicate: number, trial: Measured | undefined, timeMs: number | undefined): void {
    this.planned += 1;
    if (trial?.state === 'stopped') this.stopped += 1;
    if (trial?.state === 'failed') this.failures.push(trial.message ?? 'it failed');
    if (trial?.state !== 'completed' || trial.value === undefined) return;
    this.byReplicate.set(replicate, trial.value);
    if (timeMs !== undefined) this.times.set(replicate, timeMs);
  }
}

/** The runs of all that a study measures; trials of races are left out. */
export class Runs {
  readonly #runs = new Map<PlannedComponent, Run>();

  constructor({ trials }: Course, measured: ReadonlyMap<number, Measured>) {
    const times = comparableTimes(trials, measured);
    for (const [number, { component, replicate, purpose }] of trials.entries()) {
      if (purpose === 'measurement') this.of(component).add(replicate, measured.get(number), times.get(number));
    }
  }

  /** An empty one for what has no trials yet, or is not known yet. */
  of(component: PlannedComponent | undefined): Run {
    if (component === undefined) return new Run(null);
    let run = this.#runs.get(component);
    if (run === undefined) this.#runs.set(component, (run = new Run(component.parameters ?? null)));
    return run;
  }
}

function paired(values: ReadonlyMap<number, number>, base: ReadonlyMap<number, number>, below: number): Pair[] {
  return [...values].flatMap(([replicate, value]): Pair[] => {
    const other = base.get(replicate);
    return other === undefined || replicate >= below ? [] : [[value, other]];
  });
}
