/** A Redis near its memory limit: nothing new is taken on, and what runs finishes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/client.ts';
import { connect } from '../../queue/connection.ts';
import { Deployment, Gate } from '../support/deployment.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';

let redis: MortalRedis;
let deployment: Deployment;
let api: RunningServer;

beforeAll(async () => {
  redis = await MortalRedis.start();
  deployment = new Deployment(redis.url, 'full:');
  api = await startServer({ redisUrl: redis.url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await api.close();
  await deployment.close();
  await redis.remove();
});

it('refuses submissions with 503, reads and finishes what runs, and takes submissions again once there is room', async () => {
  const gate = new Gate();
  const client = new MaggyClient(api.url);
  const submission = { kind: 'tune', trainingFunction: 'f', execution: 'ask', metric: 'm', direction: 'minimize', maxTrials: 1 } as const;
  const asked = { ...submission, space: { x: { type: 'float', min: 0, max: 1 } } } as const;
  await deployment.optimizer();
  await deployment.worker({ slots: 2, steps: 20, pauseMs: 1, gate: gate.pass });
  const id = await deployment.submit({ id: 'efull1', maxTrials: 20 });
  await until('it runs', async () => (await deployment.running(id)) === 2);

  const admin = connect(redis.url);
  const used = Number(/^used_memory:(\d+)/m.exec(await admin.info('memory'))?.[1]);
  await admin.config('SET', 'maxmemory', Math.ceil(used * 1.1));
  await expect(client.submit(asked)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('nearly full') as string,
  });
  const refused = await fetch(`${api.url}/v1/experiments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  expect((await client.result(id)).state).toBe('running');

  gate.open();
  expect((await deployment.ended(id)).counts.completed).toBe(20);
  await deployment.checkBooks(id);
  await admin.config('SET', 'maxmemory', '0');
  admin.disconnect();
  expect(await client.submit(asked)).toMatch(/^x/);
});
