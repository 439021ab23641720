/** Asynchronous successive halving (Li et al. 2020): one bracket for all trials. */
import { ashaDecisionSteps, AshaSchedulerOptions, halvingOf } from '../../core/catalogue.ts';
import { rungsOf } from '../../core/rungs.ts';
import { compileSchema } from '../../core/validate.ts';
import { Bracket } from './bracket.ts';
import type { SchedulerDefinition } from './scheduler.ts';

const parseOptions = compileSchema(AshaSchedulerOptions);

export const ashaScheduler: SchedulerDefinition = {
  type: 'asha',
  options: AshaSchedulerOptions,
  decisionSteps: ashaDecisionSteps,
  resource(choice) {
    const { minResource, maxResource, reductionFactor } = halvingOf(parseOptions(choice, 'scheduler'));
    return { min: minResource, max: maxResource, reductionFactor };
  },
  create(choice) {
    const options = parseOptions(choice, 'scheduler');
    const halving = halvingOf(options);
    return new Bracket(rungsOf(halving), halving.reductionFactor, options.mode ?? 'stop');
  },
};
