/**
 * The two errors that end a trial on purpose. Both travel through the user's function as rejections of `reporter.report`; a function
 * lets them through, and one that catches them changes nothing, because the reporter remembers.
 */
import { MaggyError } from '../core/errors.ts';

/** Why a trial ends before its function returns: the scheduler's decision, or the system ending it from outside. */
export type Ending = 'stop' | 'pause' | 'abort';

const sentences: Record<Ending, string> = {
  stop: 'stopped by the scheduler',
  pause: 'paused by the scheduler; it may be promoted and then resumes from its last checkpoint',
  abort: 'ended from outside: its signal was aborted',
};

/** Rejects a report, and every later one, of a trial that is to end. Not a failure; let it through. */
export class TrialStopped extends MaggyError {
  readonly ending: Ending;

  constructor(ending: Ending, step: number) {
    super('conflict', `The trial was ${sentences[ending]} after step ${step}`, { field: 'step', value: step });
    this.name = 'TrialStopped';
    this.ending = ending;
  }
}

/** A metric is NaN or infinite: the trial fails with reason `diverged`. */
export class TrialDiverged extends MaggyError {
  constructor(metric: string, value: number, where: string) {
    super('invalid', `The training diverged: ${metric} is ${value} ${where}`, { field: metric, value, rule: 'must be a finite number' });
    this.name = 'TrialDiverged';
  }
}
