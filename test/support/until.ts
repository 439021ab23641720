/** Waits for conditions, never for time. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a condition is asked: often enough not to show in a test's duration, seldom enough to leave the processor to what is tested. */
const POLL_MS = 10;

/**
 * The first value of `condition` that is neither false, null nor undefined.
 * @param what names the condition in the error of a wait that was in vain
 */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  timeoutMs = 90_000,
): Promise<Exclude<Awaited<Value>, false | null | undefined>> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (isThere(value)) return value;
    if (performance.now() > giveUpAt) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await sleep(POLL_MS);
  }
}

function isThere<Value>(value: Value): value is Exclude<Value, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
