/**
 * A scheduler decides at decision steps whether a trial goes on, and which paused trials go on from where they paused. The
 * engine tells it what the log says, in the log's order; deciding changes nothing. Losses are minimised, whatever the user's
 * direction.
 *
 * What it knows must not depend on the order of what it was told, but for the reports of one trial: after a takeover it is
 * told all reports first, then how far each trial was let go on, then who is paused.
 */
import type { AlgorithmChoice, SchedulerEntry } from '../../core/catalogue.ts';
import type { Decision } from '../../core/states.ts';

export interface Scheduler {
  /**
   * Takes in a report at a decision step: the first of this trial at this step. Steps of one trial grow, but for an attempt that starts
   * from scratch and reports at a step that the one before it passed over.
   */
  observe(trial: number, step: number, loss: number): void;
  /** What becomes of a trial after a step it has reported. */
  decide(trial: number, step: number): Decision;
  /** Of a scheduler that pauses trials. */
  readonly promoter?: Promoter | undefined;
  /** The step that a trial runs to now, of a scheduler with rungs. */
  segment?(trial: number): number;
}

/** A paused trial that may go on, and the step to which. */
export interface Promotion {
  readonly trial: number;
  readonly resource: number;
}

export interface Promoter {
  /** A trial was let go on beyond `step` and no further, by `continue` or by a promotion, and waits no longer; 0 at its start. */
  goOn(trial: number, step: number): void;
  /** A trial is paused after `step`, and a slot may take it up again. */
  pause(trial: number, step: number): void;
  /** A trial is over: if it was paused, nothing takes it up again. */
  leave(trial: number): void;
  /** Best use of a slot first. */
  promotions(): readonly Promotion[];
}

/** What a file with a scheduler exports; adding it to the algorithms of a process makes it known by its `type`. */
export interface SchedulerDefinition extends SchedulerEntry {
  create(choice: AlgorithmChoice): Scheduler;
}
