/** Passwords and keys appear in no log, no answer and nothing that Redis holds. */
import { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../api/server.ts';
import { logOptions } from '../../core/log-options.ts';
import { ApiKeys } from '../../queue/api-keys.ts';
import { connect } from '../../queue/connection.ts';
import { makeKeys } from '../../queue/keys.ts';
import { Registry } from '../../queue/registry.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';
import { declaration, submission } from './support.ts';

it('tells neither a password of Redis nor a key, also when Redis shuts it out', async () => {
  const redis = await MortalRedis.start({ port: true });
  onTestFinished(() => redis.remove());
  const admin = new Redis(redis.url);
  onTestFinished(() => admin.disconnect());
  await admin.config('SET', 'requirepass', 's3cret-pass');
  const keys = makeKeys('secrets');
  await new Registry(admin, keys).declare('default', [declaration()]);
  const { text: key } = await new ApiKeys(admin, keys).create({ name: 'test', scope: 'admin', requestsPerMinute: 100 });
  const secret = key.slice(-43);

  const lines: string[] = [];
  const log = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const redisUrl = `redis://:s3cret-pass@127.0.0.1:${redis.port}`;
  const logger = pino({ level: 'trace', ...logOptions }, log);
  const api = await startServer({
    redisUrl,
    prefix: 'secrets',
    storeFolder: '/nowhere',
    host: '127.0.0.1',
    port: 0,
    requireKeys: true,
    logger,
  });
  onTestFinished(() => api.close());
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const submitted = await fetch(`${api.url}/v1/experiments`, { method: 'POST', headers, body: JSON.stringify(submission) });
  expect(submitted.status).toBe(201);
  const answers = [await submitted.text(), await (await fetch(`${api.url}/v1/experiments`, { headers })).text()];
  const held: string[] = [];
  for (const name of await admin.keys('*')) held.push(name, (await admin.dumpBuffer(name)).toString('latin1'));

  await admin.config('SET', 'requirepass', 'another');
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until('it is shut out', async () => (await fetch(`${api.url}/readyz`)).status !== 200);
  await until('it says so', () => lines.some((line) => line.includes('WRONGPASS')));
  // What a command that failed was given: a password, where it was AUTH.
  const direct = connect(`redis://127.0.0.1:${redis.port}`, 'strict');
  onTestFinished(() => direct.disconnect());
  await direct.call('AUTH', 's3cret-pass').catch((error: unknown) => logger.warn({ err: error }, 'redis'));

  const everything = [...lines, ...answers, ...held].join('\n');
  expect(everything).toContain('WRONGPASS');
  expect(everything).not.toContain('s3cret-pass');
  expect(everything).not.toContain(secret);
});
