/** How a trial process ended, and whose doing that was. Pure. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the worker ended it, where it was the process's own fault. */
  readonly fault?: string;
}

export interface DeathReport {
  readonly reason: 'crashed' | 'killed';
  readonly message: string;
}

/** Raised by what a process does itself: a fault in native code, an abort, a limit that it ran into. */
const ownSignals: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGPIPE',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
  'SIGXFSZ',
]);

/** What the end of a process says of its trial, where the worker had not asked for it. */
export function reportDeath(exit: Exit): DeathReport {
  const { signal, fault } = exit;
  if (fault !== undefined) return { reason: 'crashed', message: `its process was ended: ${fault}` };
  if (signal === null || ownSignals.has(signal)) return { reason: 'crashed', message: `its process ended with ${describeExit(exit)}` };
  return { reason: 'killed', message: `something else ended its process with ${signal}, for want of memory as a rule` };
}

/** `exit code 1` or `signal SIGKILL`, for people. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}
