/**
 * What samplers learn from, worked out from the state: a row for each outcome and, under a scheduler with rungs, for each
 * report at a rung, in the order of the log. Rows are only added, so that a surrogate may grow row by row.
 */
import type { ResourceRange } from '../../core/catalogue.ts';
import { MaggyError } from '../../core/errors.ts';
import { rungAt, rungsOf } from '../../core/rungs.ts';
import { flipSign, isFinal } from '../../core/states.ts';
import type { Observation } from '../samplers/sampler.ts';
import { trialOf, type DecisionStepReport, type ExperimentState, type TrialState } from './state.ts';

export class Observations {
  readonly rows: Observation[] = [];
  readonly #state: ExperimentState;
  readonly #resource: ResourceRange | null;
  readonly #rungs: readonly number[];
  /** The highest rung at which each trial was measured. */
  readonly #measured = new Map<number, number>();
  #reports = 0;
  #outcomes = 0;

  constructor(state: ExperimentState, resource: ResourceRange | null) {
    this.#state = state;
    this.#resource = resource;
    this.#rungs = resource === null ? [] : rungsOf({ ...resource, minResource: resource.min, maxResource: resource.max });
    this.update();
  }

  /** Takes in what the state has that the rows have not. */
  update(): void {
    const { reports, outcomes } = this.#state;
    for (;;) {
      const made = reports[this.#reports];
      const number = outcomes[this.#outcomes];
      const trial = number === undefined ? undefined : trialOf(this.#state, number);
      if (made !== undefined && (trial === undefined || made.seq < (trial.endedSeq ?? Infinity))) {
        this.#reports += 1;
        this.#addReport(made);
      } else if (trial !== undefined) {
        this.#outcomes += 1;
        this.#addOutcome(trial);
      } else return;
    }
  }

  #addReport({ trial, step, loss }: DecisionStepReport): void {
    const rung = rungAt(this.#rungs, step);
    if (rung === undefined || this.#resource === null || step > this.#resource.max) return;
    // A second attempt may report at other steps than the first, which has told what this rung shows.
    if (rung <= (this.#measured.get(trial) ?? 0)) return;
    const { params } = trialOf(this.#state, trial);
    this.#measured.set(trial, rung);
    this.rows.push({ number: trial, params, loss, resource: rung, state: 'measured' });
  }

  #addOutcome(trial: TrialState): void {
    const { number, params, state, value, lastStep } = trial;
    if (!isFinal(state)) throw new MaggyError('internal', `trial ${String(number)} has an outcome and is ${state}`);
    // Its last rung has said it all.
    if (state === 'stopped' && this.#measured.has(number)) return;
    const loss = value === null ? null : flipSign(this.#state.specification.direction, value);
    this.rows.push({ number, params, loss, resource: this.#resourceOf(state, lastStep), state });
  }

  /** A completed trial had all it wanted, also where that was less. */
  #resourceOf(state: Observation['state'], lastStep: number): number | null {
    if (this.#resource === null) return null;
    const { min, max } = this.#resource;
    return state === 'completed' ? max : Math.min(max, Math.max(min, lastStep));
  }
}
