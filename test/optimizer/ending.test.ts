import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment } from '../support/deployment.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { useOptimizerProcesses } from '../support/optimizer-process.ts';
import { until } from '../support/until.ts';

const startOptimizer = useOptimizerProcesses();
let redis: MortalRedis;
let deployment: Deployment;
beforeAll(async () => {
  redis = await MortalRedis.start();
  deployment = new Deployment(redis.url, 'ending');
});
afterAll(async () => {
  await deployment.close();
  await redis.remove();
});

it('an optimizer ends when it is asked to, although the Redis is gone that it would hand its experiments back to', async () => {
  for (const id of ['exp00001', 'exp00002']) await deployment.submit({ id });
  const optimizer = await startOptimizer(redis.url, deployment.keys.prefix);
  await until('it looks after them', () => optimizer.takeovers >= 2);
  await redis.kill();
  expect(await optimizer.end('SIGTERM')).toEqual([0, null]);
  await redis.start();
});
