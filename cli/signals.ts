/**
 * Being asked to end: by a signal, or by the death of whoever started this process. Ending gracefully is the caller's; whoever asks
 * a second time does not want to wait for it.
 */
import { Interrupted } from './failure.ts';

/** Ctrl-C under npm arrives twice at once: from the terminal, and handed on by npm. */
const sameRequestMs = 1000;
const parentPollMs = 1000;

/** Aborts, with an `Interrupted` as its reason, when this process is asked to end. From here on signals do nothing else. */
export function whenAskedToEnd(): AbortSignal {
  const asked = new AbortController();
  let askedAt = Number.NaN;
  const ask = (why: string) => () => {
    if (!asked.signal.aborted) {
      askedAt = performance.now();
      asked.abort(new Interrupted(`ended by ${why}`));
    } else if (performance.now() - askedAt > sameRequestMs) process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask(signal));
  if (process.env.npm_lifecycle_event !== undefined) watchParent(ask('the end of npm'));
  return asked.signal;
}

/** npm hands a signal to its shell only, and the shell dies of it without a word to what it runs. */
function watchParent(ended: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    ended();
  }, parentPollMs);
  timer.unref();
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
