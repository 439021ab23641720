/** The run's Redis, shared by all test files, each under a key prefix of its own. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, inject } from 'vitest';

export interface TestRedis {
  /** What ioredis takes: a redis:// URL or the path of a Unix socket. */
  readonly url: string;
  /** Every key of the test begins with it, BullMQ's included (its option `prefix` takes it without the last colon). */
  readonly prefix: string;
}

/** Call once in a test file, or once in a `describe`: whatever stands under the prefix is removed after its last test. */
export function useTestRedis(): TestRedis {
  const url = inject('redisUrl');
  const prefix = `test:${randomUUID().slice(0, 8)}:`;
  afterAll(() => removeKeys(url, prefix));
  return { url, prefix };
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const client = new Redis(url);
  try {
    // Keys of one experiment share a hash tag, so the prefix may stand inside braces.
    for (const match of [`${prefix}*`, `{${prefix}*`]) {
      for await (const keys of client.scanStream({ match, count: 1_000 })) {
        if (Array.isArray(keys) && keys.length > 0) await client.unlink(...keys.map(String));
      }
    }
  } finally {
    client.disconnect();
  }
}
