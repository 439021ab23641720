/**
 * The scheduler of one experiment and what it was told: reports in the log's order, who was let go on, who waits. What it
 * knows follows from the state alone, so one that is made from a snapshot decides and promotes as one that saw each event.
 */
import type { LogEvent } from '../../core/events.ts';
import type { Decision } from '../../core/states.ts';
import type { Promotion, Scheduler } from '../schedulers/scheduler.ts';
import { trialOf, type ExperimentState } from './state.ts';

export class Scheduling {
  readonly #state: ExperimentState;
  readonly #scheduler: Scheduler;
  #promotions: readonly Promotion[] = [];
  #reports = 0;
  #outcomes: number;

  /** @param state which may be that of a snapshot */
  constructor(state: ExperimentState, scheduler: Scheduler) {
    this.#state = state;
    this.#scheduler = scheduler;
    this.#outcomes = state.outcomes.length;
    this.#observe();
    const { promoter } = scheduler;
    if (promoter === undefined) return;
    for (const { number, wentBeyond } of state.trials) promoter.goOn(number, wentBeyond);
    for (const trial of state.trials) if (trial.state === 'paused') promoter.pause(trial.number, trial.pausedAt);
    this.#promotions = promoter.promotions();
  }

  /** Paused trials that may go on, best first. */
  get promotions(): readonly Promotion[] {
    return this.#promotions;
  }

  decide(trial: number, step: number): Decision {
    return this.#scheduler.decide(trial, step);
  }

  /** The step that a trial runs to now, under a scheduler with rungs. */
  segment(trial: number): number | undefined {
    return this.#scheduler.segment?.(trial);
  }

  /** Takes in an event that is folded already; answers whether other trials may be promoted now, the one that it bound left out. */
  update(event: LogEvent): boolean {
    this.#observe();
    if (this.#scheduler.promoter === undefined) return false;
    const before = this.#promotions;
    this.#promotions = this.#tellPromoter(event);
    const expected = event.type === 'bound' ? before.filter(({ trial }) => trial !== event.trial) : before;
    return !isSame(expected, this.#promotions);
  }

  #observe(): void {
    const { reports } = this.#state;
    for (; this.#reports < reports.length; this.#reports++) {
      const made = reports[this.#reports];
      if (made !== undefined) this.#scheduler.observe(made.trial, made.step, made.loss);
    }
  }

  #tellPromoter(event: LogEvent): readonly Promotion[] {
    const { promoter } = this.#scheduler;
    if (promoter === undefined) return [];
    const { outcomes } = this.#state;
    for (; this.#outcomes < outcomes.length; this.#outcomes++) promoter.leave(outcomes[this.#outcomes] ?? NaN);
    if ('trial' in event) {
      const { number, state, wentBeyond, pausedAt } = trialOf(this.#state, event.trial);
      promoter.goOn(number, wentBeyond);
      if (state === 'paused') promoter.pause(number, pausedAt);
    }
    return promoter.promotions();
  }
}

function isSame(some: readonly Promotion[], others: readonly Promotion[]): boolean {
  return some.length === others.length && some.every(({ trial }, at) => trial === others[at]?.trial);
}
