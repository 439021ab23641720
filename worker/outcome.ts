/** What an attempt comes to: from what its training function returned, or from how its process ended. Pure. */
import type { Outcome } from '../core/attempt.ts';
import { reportDeath, type Exit } from './exit.ts';
import type { ChildOutcome } from './protocol.ts';

/** Why the worker ended a process that had not broken anything. */
export type EndedBecause = 'stopped' | 'paused' | 'silent';

/** A function that is told to end hears of it by a rejected report or by its signal; why it was told so, the worker knows best. */
export function outcomeOfFunction(outcome: Exclude<ChildOutcome, { state: 'lost' }>, endedBecause: EndedBecause | undefined): Outcome {
  switch (outcome.state) {
    case 'completed':
    case 'failed':
      return outcome;
    case 'paused':
    case 'stopped':
      return { state: endedBecause === 'paused' ? 'paused' : outcome.state };
  }
}

export function outcomeOfExit(exit: Exit, endedBecause: EndedBecause | undefined, maxSilenceSeconds: number): Outcome {
  switch (endedBecause) {
    case 'stopped':
    case 'paused':
      return { state: endedBecause };
    case 'silent':
      return { state: 'failed', reason: 'silent', message: `it reported and printed nothing for ${maxSilenceSeconds} s` };
    case undefined:
      return { state: 'failed', ...reportDeath(exit) };
  }
}
