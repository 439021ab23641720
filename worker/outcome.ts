/** What an attempt comes to: from what its training function returned, or from how its process ended. Pure. */
import type { Outcome } from '../queue/attempts.ts';
import { reportDeath, type Exit } from './exit.ts';
import type { ChildOutcome } from './protocol.ts';

/** Why the worker ended a process that had not broken anything. */
export type EndedBecause = 'stopped' | 'silent';

export function outcomeOfFunction(outcome: ChildOutcome): Outcome {
  switch (outcome.state) {
    case 'completed':
    case 'failed':
      return outcome;
    // No scheduler promotes what it paused yet, so a trial ends where it is paused.
    case 'paused':
    case 'stopped':
      return { state: 'stopped' };
  }
}

export function outcomeOfExit(exit: Exit, endedBecause: EndedBecause | undefined, maxSilenceSeconds: number): Outcome {
  switch (endedBecause) {
    case 'stopped':
      return { state: 'stopped' };
    case 'silent':
      return { state: 'failed', reason: 'silent', message: `it reported and printed nothing for ${maxSilenceSeconds} s` };
    case undefined:
      return { state: 'failed', ...reportDeath(exit) };
  }
}
