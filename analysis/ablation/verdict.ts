/**
 * What may be said of a component whose tests were made, and no more. A difference is there when its corrected test says so at 5 %; it does not matter when the
 * whole interval lies within the margin, which is more than that no difference was found; all else the data cannot tell.
 */
import type { Direction } from '../../core/states.ts';
import type { Contrast, InteractionVerdict, Verdict } from './answer.ts';

/** Tests count up to here. */
const level = 0.05;

interface Trials {
  readonly values: readonly number[];
  readonly failed: number;
  readonly stopped: number;
}

export function verdictOf(
  { difference, interval, adjustedPValue }: Contrast,
  trials: Trials,
  margin: number | null,
  direction: Direction,
): Verdict {
  if (trials.values.length === 0) return trials.failed > 0 ? 'failed' : trials.stopped > 0 ? 'stopped' : 'unclear';
  if (difference !== null && adjustedPValue !== null && adjustedPValue <= level) {
    return (direction === 'maximize') === difference > 0 ? 'better' : 'worse';
  }
  const isWithin = interval !== null && margin !== null && Math.max(Math.abs(interval[0]), Math.abs(interval[1])) <= margin;
  return isWithin ? 'no-matter' : 'unclear';
}

export function interactionVerdict({ difference, adjustedPValue }: Contrast, direction: Direction): InteractionVerdict {
  if (difference === null || adjustedPValue === null || adjustedPValue > level) return 'unclear';
  return (direction === 'maximize') === difference < 0 ? 'costs-more' : 'costs-less';
}
