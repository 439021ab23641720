/** Asks a server whether it serves, and whether its settings suit a system whose truth it holds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { MaggyError } from '../../core/errors.ts';
import { requireNoEviction, withoutPassword } from '../connection.ts';

/**
 * Resolves once the server answers PING, and refuses one that may evict keys: evicted keys would be lost trials.
 * @param url what ioredis takes: a redis:// URL, or the path of a Unix socket.
 * @param signal ends the waiting before the time is over.
 * @throws MaggyError `unavailable` when it does not answer in time, `invalid` when its maxmemory-policy is not noeviction.
 */
export async function probe(url: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      await probeOnce(url);
      return;
    } catch (error) {
      if (error instanceof MaggyError || signal?.aborted) throw error;
      if (performance.now() > giveUpAt) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new MaggyError('unavailable', `Redis at ${withoutPassword(url)} does not answer: ${reason}`, { cause: error });
      }
      await sleep(20);
    }
  }
}

async function probeOnce(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null, connectTimeout: 2_000 });
  let connectionError: Error | undefined;
  client.on('error', (error: Error) => (connectionError = error));
  try {
    await client.connect();
    await client.ping();
    await requireNoEviction(client, `Redis at ${withoutPassword(url)}`);
  } catch (error) {
    throw connectionError ?? error;
  } finally {
    // Asked to disconnect from what it never reached, ioredis starts a timer that keeps this process alive for two seconds.
    if (client.status !== 'end') client.disconnect();
  }
}
