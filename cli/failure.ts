/**
 * How a command ends when it fails: one sentence on stderr, with what to do next, and an exit code. Stack traces are for whoever asks
 * with DEBUG.
 */
import { MaggyError } from '../core/errors.ts';

/** The command line itself is wrong: nothing was begun. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** 130, as shells have it for a program ended by Ctrl-C. */
export class Interrupted extends Error {
  constructor(message = 'ended before it was done') {
    super(message);
    this.name = 'Interrupted';
  }
}

export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof Interrupted ? exitCodes.interrupted : exitCodes.failed;
}

/** What a person reads. `command` is the one they gave, `maggy run` say. */
export function describeFailure(error: unknown, command: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return `${command}: ${message}\n${command} --help shows what it takes.`;
  if (error instanceof Interrupted) return `${command}: ${message}`;
  // Refusals say themselves what is wrong and what to do; a mistake cannot.
  if (error instanceof MaggyError && error.code !== 'internal') return `${command}: ${message}`;
  return `${command}: ${message}\nDEBUG=1 shows where that happened.`;
}

export function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = stackOf(error.cause);
  return cause === undefined ? error.stack : `${error.stack ?? error.message}\ncaused by ${cause}`;
}
