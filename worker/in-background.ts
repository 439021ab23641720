import type { Logger } from 'pino';

/** Lets go of work that nobody waits for. What it fails with is logged: unheard, it would end the whole worker and every trial on it. */
export function inBackground(work: Promise<unknown>, log: Logger, whatFailed: string): void {
  work.catch((error: unknown) => log.warn({ err: error }, whatFailed));
}
