/**
 * The result of an experiment as server-sent events: one for what it is, and one whenever it has changed, at most one a second, however
 * fast the search writes. Each holds all that came before it, so that whoever was away needs the last one only. Its id is its ETag.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MaggyError } from '../core/errors.ts';
import { isFinal } from '../core/states.ts';
import { isRedisUnavailable } from '../queue/unavailable.ts';
import { heartbeatMs, reconnectMs } from './event-stream.ts';
import { entityTag, viewOf, type ExperimentView } from './results.ts';
import type { Services } from './services.ts';
import { newsOn } from './waiting.ts';

/** More often nobody looks. */
const quietMs = 1000;

/** Text chunks, from the state after `known` on; ends with the experiment, with its deletion, or when the signal aborts. */
export async function* resultStream(
  services: Services,
  id: string,
  known: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield `retry: ${reconnectMs}\n\n`;
  let last = known;
  let spokeAt = performance.now();
  for await (const _ of newsOn(services.hints, services.keys.of(id).published, signal)) {
    const view = await viewNow(services, id);
    if (view === 'gone') return;
    const tag = view === 'unknown' ? last : entityTag(view);
    if (view !== 'unknown' && tag !== last) {
      yield `id: ${tag}\nevent: result\ndata: ${JSON.stringify(view.result)}\n\n`;
      if (isFinal(view.result.state)) return;
      last = tag;
      spokeAt = performance.now();
      await sleep(quietMs, undefined, { signal }).catch(() => undefined);
    } else if (performance.now() - spokeAt >= heartbeatMs) {
      yield ': still here\n\n';
      spokeAt = performance.now();
    }
  }
}

async function viewNow(services: Services, id: string): Promise<ExperimentView | 'gone' | 'unknown'> {
  try {
    return await viewOf(services, id);
  } catch (error) {
    if (error instanceof MaggyError && (error.code === 'gone' || error.code === 'not-found')) return 'gone';
    // The stream outlives a restart of Redis.
    if (isRedisUnavailable(error)) return 'unknown';
    throw error;
  }
}
