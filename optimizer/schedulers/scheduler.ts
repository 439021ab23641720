/**
 * A scheduler decides at decision steps whether a trial goes on. The engine tells it every report at a decision step, in the
 * order of the log, and asks for decisions; deciding changes nothing. Losses are minimised, whatever the user's direction.
 */
import type { TObject } from 'typebox';
import type { AlgorithmChoice, ResourceRange, SchedulerEntry } from '../../core/catalogue.ts';
import type { Decision } from '../../core/states.ts';

export interface Scheduler {
  /** Takes in a report at a decision step: the first of this trial at this step. Steps of one trial grow. */
  observe(trial: number, step: number, loss: number): void;
  /** What becomes of a trial after a step it has reported. */
  decide(trial: number, step: number): Decision;
}

/** What a file with a scheduler exports; adding it to the algorithms of a process makes it known by its `type`. */
export interface SchedulerDefinition {
  readonly type: string;
  readonly options: TObject;
  readonly decisionSteps: SchedulerEntry['decisionSteps'];
  /** Of a scheduler with rungs. */
  readonly resource?: (choice: AlgorithmChoice) => ResourceRange;
  create(choice: AlgorithmChoice): Scheduler;
}
