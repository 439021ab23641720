/** What holds while Redis is away, and while it is misconfigured. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { connect } from '../../queue/connection.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';
import { useApi } from './support.ts';

const api = useApi();
// Nothing listens on port 1.
const lonely = useApi({ url: 'redis://127.0.0.1:1' });

describe('health', () => {
  it('is ok while the process lives, and ready while Redis answers', async () => {
    expect((await api().get('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await api().get('/readyz')).json()).toEqual({ status: 'ok' });
  });

  it('is not ready with a Redis that may evict keys', async () => {
    await api().redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const response = await api().get('/readyz');
    await api().redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'unavailable', message: expect.stringContaining('noeviction') as string });
  });
});

describe('without Redis', () => {
  it('the process still lives', async () => {
    expect((await lonely().get('/healthz')).statusCode).toBe(200);
  });

  it.each(['/readyz', '/v1/experiments', '/v1/experiments/x00000/result?waitSeconds=60', '/v1/workers', '/v1/pools'])(
    '%s answers 503 and says that trying again helps',
    async (path) => {
      const response = await lonely().get(path);
      expect(response.statusCode).toBe(503);
      expect(response.json()).toMatchObject({ code: 'unavailable' });
      expect(response.headers['retry-after']).toBe('1');
    },
  );
});

describe('readiness', () => {
  let redis: MortalRedis;
  let server: RunningServer;
  let admin: ReturnType<typeof connect>;
  beforeAll(async () => {
    redis = await MortalRedis.start();
    admin = connect(redis.url);
    server = await startServer({ redisUrl: redis.url, prefix: 'ready', storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await server.close();
    admin.disconnect();
    await redis.remove();
  });

  const readyz = async (): Promise<{ status: number; message: string }> => {
    const response = await fetch(`${server.url}/readyz`);
    const { message = '' } = (await response.json()) as { message?: string };
    return { status: response.status, message };
  };
  const isReady = async (): Promise<boolean> => (await readyz()).status === 200;

  it('is gone while Redis is full, and back when there is room', async () => {
    expect(await isReady()).toBe(true);
    await admin.config('SET', 'maxmemory', '1mb');
    expect(await readyz()).toMatchObject({ status: 503, message: expect.stringContaining('is full') as string });
    await admin.config('SET', 'maxmemory', '0');
    expect(await isReady()).toBe(true);
  });

  it('is gone while Redis is a replica, and back when it is the one that is written to', async () => {
    await admin.replicaof('127.0.0.1', 1);
    expect(await readyz()).toMatchObject({ status: 503, message: expect.stringContaining('replica') as string });
    await admin.replicaof('NO', 'ONE');
    expect(await isReady()).toBe(true);
  });

  it('is gone while Redis is, and not back before it has loaded its data', async () => {
    const fill = admin.pipeline();
    for (let i = 0; i < 3000; i++) fill.set(`ready:fill:${String(i)}`, 'x');
    await fill.exec();
    await redis.kill();
    await until('it is not ready', async () => !(await isReady()));
    // Microseconds for each of its writes.
    const started = redis.start({ 'key-load-delay': '500' });
    await until('it is ready again', isReady);
    expect(await admin.dbsize()).toBeGreaterThanOrEqual(3000);
    await started;
  });
});
