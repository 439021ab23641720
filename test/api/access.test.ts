/** Who may do what: API keys, their scopes and limits, and what a server without keys refuses. */
import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../api/server.ts';
import { ApiKeys, type NewApiKey } from '../../queue/api-keys.ts';
import { submission, useApi } from './support.ts';

const locked = useApi({ requireKeys: true });
const open = useApi();
let apiKeys: ApiKeys;

beforeAll(() => {
  apiKeys = new ApiKeys(locked().redis, locked().keys);
});

async function keyWith(wanted: Partial<NewApiKey>): Promise<{ id: string; text: string; headers: { authorization: string } }> {
  const { key, text } = await apiKeys.create({ name: 'test', scope: 'submit', requestsPerMinute: 1000, ...wanted });
  return { id: key.id, text, headers: { authorization: `Bearer ${text}` } };
}

const submitWith = (headers: Record<string, string>, body: object = submission): Promise<LightMyRequestResponse> =>
  locked().post('/v1/experiments', body, headers);

describe('a server that requires keys', () => {
  it.each([
    [undefined],
    ['Bearer'],
    ['Bearer maggy_000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['Bearer __proto__'],
    ['Basic bWFnZ3k6bWFnZ3k='],
  ])('answers 401 to Authorization: %s', async (authorization) => {
    const response = await locked().get('/v1/experiments', { headers: authorization === undefined ? {} : { authorization } });
    expect(response.statusCode, response.body).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.json()).toMatchObject({ code: 'unauthorized' });
  });

  it('takes a key from its making to its revocation', async () => {
    const { id, headers } = await keyWith({});
    expect((await locked().get('/v1/experiments', { headers })).statusCode).toBe(200);
    await apiKeys.revoke(id);
    expect((await locked().get('/v1/experiments', { headers })).statusCode).toBe(401);
    await expect(apiKeys.revoke(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('refuses a key whose secret is wrong by one letter', async () => {
    const { text } = await keyWith({});
    const authorization = `Bearer ${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;
    expect((await locked().get('/v1/experiments', { headers: { authorization } })).statusCode).toBe(401);
  });

  it('keeps nothing in Redis that a key could be made of', async () => {
    const { text } = await keyWith({ name: 'kept' });
    const [, , secret = ''] = text.split(/_(?=[0-9a-f]{12}_)|(?<=_[0-9a-f]{12})_/);
    expect(secret).toHaveLength(43);
    const stored = await locked().redis.hgetall(locked().keys.apiKeys);
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect((await apiKeys.list()).find(({ name }) => name === 'kept')).not.toHaveProperty('hash');
  });

  it('lets each scope do what it may, and no more', async () => {
    const [reader, submitter, admin] = await Promise.all([
      keyWith({ scope: 'read' }),
      keyWith({ scope: 'submit' }),
      keyWith({ scope: 'admin' }),
    ]);
    const refused = await submitWith(reader.headers);
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'forbidden', message: 'this needs a key with scope "submit", and this one has "read"' });
    const submitted = await submitWith(submitter.headers);
    expect(submitted.statusCode, submitted.body).toBe(201);
    const { self } = submitted.json<{ links: { self: string } }>().links;
    const remove = (headers: Record<string, string>) => locked().app.inject({ method: 'DELETE', url: self, headers });
    expect((await remove(submitter.headers)).statusCode).toBe(403);
    expect((await locked().get(self, { headers: reader.headers })).statusCode).toBe(200);
    expect((await remove(admin.headers)).statusCode).toBe(202);
  });

  it('asks for a key at every route under /v1 and at the metrics, and at none of those that say nothing of experiments', async () => {
    const { paths } = (await locked().get('/openapi.json')).json<{ paths: Record<string, Record<string, unknown>> }>();
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const url = path.replaceAll(/\{(\w+)\}/g, '1');
        const { statusCode } = await locked().app.inject({ method: method.toUpperCase() as 'GET', url });
        const saysMore = path.startsWith('/v1/') || path === '/metrics';
        expect(statusCode, `${method} ${path}`).toBe(saysMore ? 401 : 200);
      }
    }
  });

  it('counts the requests of a key, and of an address that shows none', async () => {
    const { headers } = await keyWith({ requestsPerMinute: 3 });
    const ask = async (): Promise<number> => (await locked().get('/v1/experiments', { headers })).statusCode;
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 200, 200, 429]);
    const answers = [];
    for (let i = 0; i < 70; i += 1) answers.push(await locked().app.inject({ url: '/v1/workers', remoteAddress: '10.0.0.9' }));
    expect(answers[0]?.statusCode).toBe(401);
    expect(answers.at(-1)?.statusCode).toBe(429);
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await locked().app.inject({ url: '/v1/workers', remoteAddress: '10.0.0.10' })).statusCode).toBe(401);
  });
});

describe('a key with limits', () => {
  it('has so many unfinished experiments, and a place again when one has ended', async () => {
    const { headers } = await keyWith({ experiments: 2 });
    const first = await locked().experiment({ tags: ['free'] }, headers);
    expect((await submitWith(headers)).statusCode).toBe(201);
    const third = await submitWith(headers);
    expect(third.statusCode).toBe(429);
    expect(third.json()).toMatchObject({ code: 'too-many', message: expect.stringContaining('2 unfinished experiments') as string });
    await first.end();
    expect((await submitWith(headers)).statusCode).toBe(201);
  });

  it('is never past it, however many come at once', async () => {
    const { headers } = await keyWith({ experiments: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => submitWith(headers)));
    const accepted = answers.filter(({ statusCode }) => statusCode === 201).length;
    expect(accepted).toBeLessThanOrEqual(3);
    expect(answers.every(({ statusCode }) => statusCode === 201 || statusCode === 429)).toBe(true);
  });

  it('shares its trials at once out among its experiments', async () => {
    const { headers } = await keyWith({ runningTrials: 4 });
    const five = await submitWith(headers, { ...submission, parallelism: 5 });
    expect(five.json()).toMatchObject({ code: 'invalid', field: 'parallelism', message: expect.stringContaining('at most 4') as string });
    const three = await locked().experiment({ parallelism: 3 }, headers);
    const silent = await submitWith(headers);
    expect(silent.statusCode).toBe(429);
    expect(silent.json()).toMatchObject({ code: 'too-many', field: 'parallelism' });
    expect((await submitWith(headers, { ...submission, parallelism: 1 })).statusCode).toBe(201);
    await three.end();
    const next = await submitWith(headers, { ...submission, parallelism: 3 });
    expect(next.statusCode).toBe(201);
    const again = await locked().app.inject({ method: 'POST', url: `${three.path}/extend`, headers, payload: { maxTrials: 1 } });
    expect(again.statusCode, again.body).toBe(429);
  });

  it('is charged once for a request that is sent again', async () => {
    const { headers } = await keyWith({ experiments: 1 });
    const key = { ...headers, 'idempotency-key': randomUUID() };
    expect((await submitWith(key)).statusCode).toBe(201);
    expect((await submitWith(key)).statusCode).toBe(200);
  });
});

describe('a server without keys', () => {
  it.each([
    ['a name that was pointed at this machine', { host: 'evil.example' }, 403],
    ['a page of another machine', { origin: 'https://evil.example' }, 403],
    ['a page without an address', { origin: 'null' }, 403],
    ['a page of this machine', { origin: 'http://localhost:3000' }, 200],
    ['IPv6', { host: '[::1]:8080' }, 200],
  ])('answers a request of %s', async (_what, headers, status) => {
    expect((await open().get('/v1/experiments', { headers })).statusCode).toBe(status);
  });

  it('is one that only its own machine reaches, unless it is told to require keys', async () => {
    const common = { redisUrl: open().redis.options.path ?? '', prefix: 'test:access', storeFolder: '/nowhere', port: 0 };
    const statusAt = async (options: { host: string; requireKeys?: boolean }): Promise<number> => {
      const server = await startServer({ ...common, ...options });
      const { port } = new URL(server.url);
      const { status } = await fetch(`http://127.0.0.1:${port}/v1/experiments`);
      await server.close();
      return status;
    };
    expect(await statusAt({ host: '127.0.0.1' })).toBe(200);
    expect(await statusAt({ host: '127.0.0.1', requireKeys: true })).toBe(401);
    expect(await statusAt({ host: '0.0.0.0' })).toBe(401);
  });
});

describe('answers', () => {
  it('carry headers that keep browsers from guessing and framing', async () => {
    const { headers } = await open().get('/v1/experiments');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers['content-security-policy']).toBe("default-src 'none'");
    expect((await open().get('/docs/')).headers['content-security-policy']).toContain("script-src 'self'");
  });

  it('believe a proxy only where it was named', async () => {
    // The limit of requests without a key goes by address, and who sends many claims many.
    const from = (client: number) => ({ remoteAddress: '10.0.0.77', headers: { 'x-forwarded-for': `10.1.1.${client}` } });
    for (let client = 0; client < 60; client += 1) await locked().app.inject({ url: '/v1/pools', ...from(client) });
    expect((await locked().app.inject({ url: '/v1/pools', ...from(60) })).statusCode).toBe(429);
  });
});
