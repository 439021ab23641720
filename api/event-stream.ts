/**
 * An experiment's log as server-sent events: each entry is one event named by its type, with its number as id, so that a client
 * which reconnects goes on where it was. Backpressure is the consumer's: nothing is read from Redis before it asks for more.
 */
import type { LogEvent } from '../core/events.ts';
import { MaggyError } from '../core/errors.ts';
import { readLog } from '../queue/log.ts';
import { isRedisUnavailable } from '../queue/unavailable.ts';
import type { Services } from './services.ts';
import { newsOn } from './waiting.ts';

const batch = 500;
/** Shorter than the idle time after which proxies commonly cut a connection (60 s). */
export const heartbeatMs = 15_000;
export const reconnectMs = 2000;

/** Text chunks, from the entry after `after` on; ends with the experiment, with its deletion, or when the signal aborts. */
export async function* eventStream(
  services: Services,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield `retry: ${reconnectMs}\n\n`;
  let last = after;
  let spokeAt = performance.now();
  for await (const _ of newsOn(services.hints, services.keys.of(id).news, signal)) {
    let state: Step;
    do {
      state = await nextStep(services, id, last);
      for (const text of state.chunks) {
        yield text;
        spokeAt = performance.now();
      }
      last = state.last;
    } while (state.more && !signal.aborted);
    if (state.over) return;
    if (performance.now() - spokeAt >= heartbeatMs) {
      yield ': still here\n\n';
      spokeAt = performance.now();
    }
  }
}

interface Step {
  readonly chunks: readonly string[];
  readonly last: number;
  readonly more: boolean;
  readonly over: boolean;
}

async function nextStep({ redis, keys, experiments }: Services, id: string, last: number): Promise<Step> {
  try {
    // Read before the log: entries written in between are then simply news.
    const { phase, seq } = await experiments.guard(id);
    const entries = await readLog(redis, keys, id, last, batch);
    const reached = entries.at(-1)?.event.seq ?? last;
    const chunks = entries.length === 0 ? [] : [entries.map(({ event }) => eventText(event)).join('')];
    return { chunks, last: reached, more: entries.length === batch, over: phase === 'ended' && reached >= seq };
  } catch (error) {
    if (error instanceof MaggyError && (error.code === 'gone' || error.code === 'not-found'))
      return { chunks: [], last, more: false, over: true };
    // The stream outlives a restart of Redis.
    if (isRedisUnavailable(error)) return { chunks: [], last, more: false, over: false };
    throw error;
  }
}

function eventText(event: LogEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
