import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `work`, but no longer than that; what becomes of it later is nobody's concern. */
export async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const bound = new AbortController();
  try {
    await Promise.race([work.catch(() => undefined), delay(ms, undefined, { signal: bound.signal }).catch(() => undefined)]);
  } finally {
    bound.abort();
  }
}
