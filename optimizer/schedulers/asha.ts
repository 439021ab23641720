/** Asynchronous successive halving (Li et al. 2020): one bracket for all trials. */
import { AshaSchedulerOptions, halvingOf, schedulerEntries } from '../../core/catalogue.ts';
import { rungsOf } from '../../core/rungs.ts';
import { compileSchema } from '../../core/validate.ts';
import { Bracket } from './bracket.ts';
import type { SchedulerDefinition } from './scheduler.ts';

const parseOptions = compileSchema(AshaSchedulerOptions);

export const ashaScheduler: SchedulerDefinition = {
  ...schedulerEntries.asha,
  create(choice) {
    const options = parseOptions(choice, 'scheduler');
    const halving = halvingOf(options);
    return new Bracket(rungsOf(halving), halving.reductionFactor, options.mode ?? 'stop');
  },
};
