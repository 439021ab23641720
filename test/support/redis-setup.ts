/** Gives a test run its one Redis: `REDIS_URL` if set, else a private one that ends with the run. */
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { obtainRedis } from '../../queue/embedded-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await obtainRedis({
    folder: fileURLToPath(new URL('../..', import.meta.url)),
    url: process.env.REDIS_URL,
    // Tests of durability start servers of their own.
    appendonly: 'no',
    log: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide('redisUrl', redis.url);
  return () => redis.stop();
}
