/** No early stopping: every trial runs to its end. */
import { NoScheduler } from '../../core/catalogue.ts';
import type { SchedulerDefinition } from './scheduler.ts';

export const noScheduler: SchedulerDefinition = {
  type: 'none',
  options: NoScheduler,
  decisionSteps: () => ({ at: 'never' }),
  create: () => ({ observe: () => undefined, decide: () => 'continue' }),
};
