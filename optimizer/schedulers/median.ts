/**
 * The median stopping rule (Golovin et al. 2017, "Google Vizier", section 3.2.2): a trial stops after step s when the best
 * loss it has reported up to s is worse than the median, over all other trials that reported at s, of their running average
 * up to s. Trials count whatever became of them later: leaving out the stopped ones would raise the bar each time it acts.
 *
 * | symbol     | meaning                                                   |
 * |------------|-----------------------------------------------------------|
 * | best[t]    | smallest loss of trial t so far                           |
 * | mean[t]    | running average of the losses of trial t so far           |
 * | means[s]   | sorted running averages at step s, one a trial            |
 */
import { MedianSchedulerOptions, schedulerEntries } from '../../core/catalogue.ts';
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import { compileSchema } from '../../core/validate.ts';
import { SortedNumbers } from './sorted-numbers.ts';
import type { Scheduler, SchedulerDefinition } from './scheduler.ts';

/** Other trials that must have reported at a step before any is stopped there: below, the median is mostly chance. */
const DEFAULT_MIN_TRIALS = 3;

const parseOptions = compileSchema(MedianSchedulerOptions);

interface Progress {
  best: number;
  sum: number;
  count: number;
  /** Running average by step, to leave the trial's own out of the median. */
  readonly meanAt: Map<number, number>;
  /** Best loss by step: a decision may be asked for when later reports are known already. */
  readonly bestAt: Map<number, number>;
}

export const medianScheduler: SchedulerDefinition = {
  ...schedulerEntries.median,
  create: (choice) => createMedian(choice),
};

function createMedian(choice: AlgorithmChoice): Scheduler {
  const { minTrials = DEFAULT_MIN_TRIALS } = parseOptions(choice, 'scheduler');
  const trials = new Map<number, Progress>();
  const means = new Map<number, SortedNumbers>();
  return {
    observe(trial, step, loss) {
      const progress = trials.get(trial) ?? { best: Infinity, sum: 0, count: 0, meanAt: new Map(), bestAt: new Map() };
      trials.set(trial, progress);
      progress.best = Math.min(progress.best, loss);
      progress.sum += loss;
      progress.count += 1;
      const mean = progress.sum / progress.count;
      progress.meanAt.set(step, mean);
      progress.bestAt.set(step, progress.best);
      let atStep = means.get(step);
      if (atStep === undefined) means.set(step, (atStep = new SortedNumbers()));
      atStep.insert(mean);
    },
    decide(trial, step) {
      const progress = trials.get(trial);
      const atStep = means.get(step);
      const own = progress?.meanAt.get(step);
      const best = progress?.bestAt.get(step);
      if (atStep === undefined || own === undefined || best === undefined) return 'continue';
      if (atStep.length - 1 < minTrials) return 'continue';
      return best > atStep.medianWithout(own) ? 'stop' : 'continue';
    },
  };
}
