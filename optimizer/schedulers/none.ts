/** No early stopping: every trial runs to its end. */
import { schedulerEntries } from '../../core/catalogue.ts';
import type { SchedulerDefinition } from './scheduler.ts';

export const noScheduler: SchedulerDefinition = {
  ...schedulerEntries.none,
  create: () => ({ observe: () => undefined, decide: () => 'continue' }),
};
