/**
 * How a command ends when it fails: one sentence on stderr, with what to do next, and an exit code. Stack traces are for whoever asks
 * with DEBUG.
 */
import { errorKinds, MaggyError, type ErrorCode } from '../core/errors.ts';

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

/** An experiment that a command followed has ended, but not by completing: it failed, or somebody stopped it. */
export class NotCompleted extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotCompleted';
  }
}

/** What scripts go by; `maggy --help` lists them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, unavailable: 4, notCompleted: 5, interrupted: 130 } as const;

/** For people, in the help. */
export const exitCodeWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  failed: 'it went wrong; stderr says why',
  usage: 'the command line or what was submitted is wrong: change it',
  notFound: 'there is no such experiment, trial or key',
  unavailable: 'the API or Redis does not answer, or asks for patience: try again later',
  notCompleted: 'the experiment that was followed failed or was stopped',
  interrupted: 'ended by Ctrl-C or a signal',
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof NotCompleted) return exitCodes.notCompleted;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  return error instanceof MaggyError ? exitCodeOfRefusal(error) : exitCodes.failed;
}

function exitCodeOfRefusal({ code, status, cause }: MaggyError): number {
  // What failed underneath, as a file that throws when it is loaded, is no fault of the command line.
  if (status === 400) return cause === undefined ? exitCodes.usage : exitCodes.failed;
  if (status === 404 || status === 410) return exitCodes.notFound;
  return code !== 'internal' && errorKinds[code].retry === 'retry-later' ? exitCodes.unavailable : exitCodes.failed;
}

/** What to do after a refusal whose message says only what is wrong. */
const nextSteps: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Put the key into MAGGY_API_KEY.',
  forbidden: 'maggy keys create --scope … makes a key that may do more.',
  'too-many': 'Try again in a minute, or ask for a key with wider limits.',
  gone: 'maggy list shows the experiments there are.',
  'unknown-training-function':
    'maggy up --functions <folder> and maggy worker bring functions; a file that cannot be loaded is named where they run.',
  corrupt: 'Restore a backup of Redis: docs/runbook.md.',
};

/** What a person reads. `command` is the one they gave, `maggy run` say. */
export function describeFailure(error: unknown, command: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return `${command}: ${message}\n${command} --help shows what it takes.`;
  if (error instanceof Interrupted || error instanceof NotCompleted) return `${command}: ${message}`;
  if (error instanceof MaggyError && error.code !== 'internal') {
    const next = error.code === 'not-found' ? whereToLook[error.field ?? ''] : nextSteps[error.code];
    return `${command}: ${message}${next === undefined ? '' : `\n${next}`}`;
  }
  return `${command}: ${message}\nDEBUG=1 shows where that happened.`;
}

/** After `not-found`, by the field that names what is not there. */
const whereToLook: Readonly<Record<string, string>> = {
  id: 'maggy list shows the experiments there are.',
  key: 'maggy keys list shows the keys there are.',
  n: 'maggy trials <experiment> shows the trials there are.',
};

export function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = stackOf(error.cause);
  return cause === undefined ? error.stack : `${error.stack ?? error.message}\ncaused by ${cause}`;
}
