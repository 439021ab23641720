/** Waiting for news of an experiment: woken by hints, and by a clock behind them, since a hint may get lost. */
import { finished } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Hints } from '../queue/hints.ts';

/** The longest that a lost hint delays anybody. */
const pollMs = 1000;

/**
 * Yields at once, and then after each hint on the channel, at the latest after a second. Hints that come while the consumer is
 * busy count as one. Ends when the signal aborts.
 */
export async function* newsOn(hints: Hints, channel: string, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
  // What the listener changes while the generator waits.
  const bell: { rung: boolean; wake: () => void } = { rung: false, wake: () => undefined };
  const ring = (): void => {
    bell.rung = true;
    bell.wake();
  };
  signal.addEventListener('abort', ring);
  // Not awaited: while Redis is away a subscription waits for it, and the clock goes on.
  const subscription = hints.listen(channel, ring).catch(() => undefined);
  try {
    while (!signal.aborted) {
      yield;
      if (!bell.rung) await new Promise<void>((resolve) => (bell.wake = wakeAfter(pollMs, resolve)));
      bell.rung = false;
    }
  } finally {
    signal.removeEventListener('abort', ring);
    bell.wake();
    void subscription.then((end) => end?.()).catch(() => undefined);
  }
}

/** Aborts when the answer is complete, or its client gone before. The request's own signal says only that it was read. */
export function answered(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  finished(reply.raw, () => controller.abort());
  return controller.signal;
}

/** Calls `resolve` after the time, or when the function returned is called. */
function wakeAfter(ms: number, resolve: () => void): () => void {
  const timer = setTimeout(resolve, ms);
  return () => {
    clearTimeout(timer);
    resolve();
  };
}
