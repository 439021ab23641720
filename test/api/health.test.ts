/** What holds while Redis is away, and while it is misconfigured. */
import { describe, expect, it } from 'vitest';
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
