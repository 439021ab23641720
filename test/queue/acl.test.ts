/** A user for each role on a Redis that lets nobody else in: with them everything works, and none of them gets at what is another's. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/client.ts';
import { startOptimizer, type RunningOptimizer } from '../../optimizer/main.ts';
import { aclLine, aclRules, roles, userName, type Role } from '../../queue/acl.ts';
import { Archive, type ArchiveRecord } from '../../queue/archive.ts';
import { connect } from '../../queue/connection.ts';
import { ExperimentJobs } from '../../queue/experiment-jobs.ts';
import { Experiments } from '../../queue/experiments.ts';
import { makeKeys } from '../../queue/keys.ts';
import { workerDefaults } from '../../worker/options.ts';
import { TrialWorker } from '../../worker/worker.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { QUICK_LOCK } from '../support/deployment.ts';
import { testSpecification } from '../support/specification.ts';
import { until } from '../support/until.ts';
import { FIXTURES } from '../worker/experiment.ts';
import { testTimes } from '../worker/bed.ts';

const prefix = 'acl';
const keys = makeKeys(prefix);
const password = (role: Role): string => `of ${role}`;

let server: MortalRedis;
let admin: Redis;
const closing: (() => Promise<unknown>)[] = [];

function urlOf(role: Role): string {
  return `redis://${userName(prefix, role)}:${encodeURIComponent(password(role))}@127.0.0.1:${server.port}`;
}

function connectAs(role: Role): Redis {
  const redis = connect(urlOf(role), 'strict');
  closing.push(async () => redis.disconnect());
  return redis;
}

/** What Redis has refused since it was asked last: user and object. */
async function refusals(): Promise<string[]> {
  const log = await admin.acl('LOG');
  await admin.acl('LOG', 'RESET');
  return (log as unknown[][]).map((entry) => {
    const of = (name: string): string => String(entry[entry.indexOf(name) + 1]);
    return `${of('username')}: ${of('reason')} ${of('object')}`;
  });
}

beforeAll(async () => {
  server = await MortalRedis.start({ port: true });
  admin = new Redis(server.url);
  for (const role of roles) await admin.acl('SETUSER', userName(prefix, role), ...aclRules(prefix, role, password(role)));
  await admin.acl('SETUSER', 'default', 'resetpass', '>of nobody');
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  admin.disconnect();
  await server.remove();
});

describe('with a user for each role', () => {
  let api: RunningServer;
  let client: MaggyClient;

  beforeAll(async () => {
    const log = pino({ level: 'fatal' });
    api = await startServer({ redisUrl: urlOf('api'), prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
    closing.push(() => api.close());
    const optimizer: RunningOptimizer = await startOptimizer({
      redisUrl: urlOf('optimizer'),
      prefix,
      storeFolder: '/nowhere',
      log,
      ...QUICK_LOCK,
    });
    closing.push(() => optimizer.stop());
    const worker = await TrialWorker.start({
      options: { ...workerDefaults, functions: FIXTURES, redisUrl: urlOf('worker'), prefix, slots: 2, backend: 'cpu', logLevel: 'fatal' },
      times: testTimes,
      environment: process.env,
      log,
    });
    closing.push(() => worker.close());
    client = new MaggyClient(api.url);
  });

  const call = async (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(api.url + path, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };

  it('an experiment goes its whole way: submitted, steered, run, extended, read and deleted', async () => {
    const id = await client.submit({
      kind: 'tune',
      trainingFunction: 'reports',
      tags: ['acl'],
      direction: 'maximize',
      hparams: { steps: 3, pauseMs: 0 },
      maxTrials: 6,
      scheduler: { type: 'median' },
      seed: 1,
    });
    expect((await call('POST', `/v1/experiments/${id}/pause`)).status).toBe(202);
    expect((await call('POST', `/v1/experiments/${id}/resume`)).status).toBe(202);
    expect((await client.wait(id)).state).toBe('completed');
    expect((await call('POST', `/v1/experiments/${id}/extend`, { maxTrials: 2 })).status).toBe(202);
    await until('it was taken up again', async () => (await client.result(id)).counts.completed !== 6);
    expect((await client.wait(id)).state).toBe('completed');
    const reads = ['', '/trials?sort=value', '/trials/0', '/trials/0/curve', '/trials/0/artefacts', '/events'].map(
      (path) => `/v1/experiments/${id}${path}`,
    );
    for (const path of [
      ...reads,
      '/v1/experiments?tag=acl&state=completed',
      '/v1/pools',
      '/v1/workers',
      '/v1/training-functions',
      '/readyz',
    ])
      expect((await fetch(api.url + path)).status, path).toBeLessThan(300);
    expect((await call('DELETE', `/v1/experiments/${id}`)).status).toBe(202);
    await until('it is gone', async () => (await admin.exists(keys.of(id).tombstone)) === 1);
    expect(await refusals()).toEqual([]);
  });

  it('a lockstep group runs a trial on its ranks', async () => {
    const log = pino({ level: 'fatal' });
    const options = { ...workerDefaults, functions: FIXTURES, redisUrl: urlOf('worker'), prefix, pool: 'groups', lockstep: true, slots: 1 };
    for (let started = 0; started < 2; started++) {
      const worker = await TrialWorker.start({
        options: { ...options, backend: 'cpu', logLevel: 'fatal' },
        times: testTimes,
        environment: process.env,
        log,
      });
      closing.push(() => worker.close());
    }
    const id = await client.submit({
      kind: 'train',
      trainingFunction: 'prints-rank',
      pool: 'groups',
      direction: 'maximize',
      hparams: { steps: 2 },
      lockstep: { worldSize: 2 },
      seed: 1,
    });
    expect(await client.wait(id)).toMatchObject({ state: 'completed', failure: null });
    const group = await until('both ranks have spoken', async () => {
      const { status, body } = await call('GET', `/v1/experiments/${id}/trials/0/group`);
      const ranks = status === 200 ? (body as { ranks: unknown[] }).ranks : [];
      return ranks.length === 2 && ranks;
    });
    expect(group).toMatchObject([{ rank: 0 }, { rank: 1 }]);
    expect(await refusals()).toEqual([]);
  });

  it('a program in any language asks and tells', async () => {
    const space = { x: { type: 'float' as const, min: 0, max: 1 } };
    const id = await client.submit({
      kind: 'tune',
      trainingFunction: 'mine',
      execution: 'ask',
      metric: 'm',
      direction: 'minimize',
      space,
      maxTrials: 1,
    });
    const { body } = await call('POST', `/v1/experiments/${id}/ask`, { waitSeconds: 20 });
    const { number, token } = (body as { trial: { number: number; token: string } }).trial;
    const trial = `/v1/experiments/${id}/trials/${number}`;
    expect((await call('POST', `${trial}/reports`, { token, step: 1, value: 1 })).status).toBe(200);
    expect((await call('POST', `${trial}/heartbeat`, { token })).status).toBe(200);
    expect((await call('POST', `${trial}/tell`, { token, state: 'completed', value: 1 })).status).toBe(200);
    expect((await client.wait(id)).state).toBe('completed');
    expect(await refusals()).toEqual([]);
  });
});

describe('a user', () => {
  const { guard, log, specification, rows, result, snapshot, tombstone } = keys.of('x00000');
  const set = (key: string) => (redis: Redis) => redis.set(key, '1');

  it.each<[Role, string, (redis: Redis) => Promise<unknown>]>([
    ['worker', 'publish results', set(result)],
    ['worker', 'write rows of trials', (redis) => redis.hset(rows, '0', '{}')],
    ['worker', 'write snapshots', set(snapshot)],
    ['worker', 'change what was specified', set(specification)],
    ['worker', 'submit', (redis) => redis.zadd(keys.experiments, 1, 'x00000')],
    ['worker', 'ask for an optimizer', (redis) => redis.hset(`${keys.bull}:experiments:1`, 'data', '{}')],
    ['worker', 'claim slots', set(keys.demand('default', 'trials', 'x00000'))],
    ['worker', 'read API keys', (redis) => redis.hgetall(keys.apiKeys)],
    ['worker', 'make an API key', (redis) => redis.hset(keys.apiKeys, 'a', '{}')],
    ['api', 'reserve slots for a lockstep group', (redis) => redis.zadd(`${keys.lockstep('default')}ranks`, 1, 'g/0/w')],
    ['api', 'give a worker a rank', (redis) => redis.hset(`${keys.bull}:lockstep-ranks.w1:1`, 'data', '{}')],
    ['optimizer', 'reserve slots for a lockstep group', (redis) => redis.zadd(`${keys.lockstep('default')}ranks`, 1, 'g/0/w')],
    ['optimizer', 'give a worker a rank', (redis) => redis.hset(`${keys.bull}:lockstep-ranks.w1:1`, 'data', '{}')],
    ['worker', 'say that an experiment was deleted', set(tombstone)],
    ['worker', 'do in a script what it may not do itself', (redis) => redis.eval(`return redis.call('SET', '${result}', '1')`, 1, guard)],
    ['api', 'publish results', set(result)],
    ['api', 'write rows of trials', (redis) => redis.hset(rows, '0', '{}')],
    ['api', 'say that an experiment was deleted', set(tombstone)],
    ['api', 'make an API key', (redis) => redis.hset(keys.apiKeys, 'a', '{}')],
    ['api', 'pose as a worker', set(keys.worker('w1'))],
    ['api', 'declare training functions', (redis) => redis.hset(keys.functions, 'a', '{}')],
    ['optimizer', 'read API keys', (redis) => redis.hgetall(keys.apiKeys)],
    ['optimizer', 'pose as a worker', set(keys.worker('w1'))],
    ['optimizer', 'declare training functions', (redis) => redis.hset(keys.functions, 'a', '{}')],
  ])('%s cannot %s', async (role, _what, act) => {
    await expect(act(connectAs(role))).rejects.toThrow(/NOPERM|can't access at least one of the keys/);
  });

  it.each(roles)('%s cannot look elsewhere, list keys, empty or configure Redis', async (role) => {
    const redis = connectAs(role);
    for (const act of [
      () => redis.get('other:key'),
      () => redis.keys('*'),
      () => redis.flushall(),
      () => redis.config('GET', '*'),
      () => redis.acl('LIST'),
      () => redis.subscribe('other:channel'),
      () => redis.monitor(),
    ])
      await expect(act()).rejects.toThrow(/NOPERM/);
  });

  it('worker writes what its trials need', async () => {
    await connectAs('worker').xadd(log, '*', 'type', 'none');
    expect(await admin.xlen(log)).toBe(1);
  });

  it('operator archives an experiment and restores it', async () => {
    const as = (role: Role) => {
      const redis = connectAs(role);
      const jobs = new ExperimentJobs(redis, keys);
      closing.push(() => jobs.close());
      const experiments = new Experiments(redis, keys, jobs);
      return { experiments, archive: new Archive(redis, keys, experiments) };
    };
    const id = 'archived0';
    await as('api').experiments.submit(testSpecification({ id, tags: ['kept'] }), 'fp', 1000);
    await admin.hset(keys.of(id).guard, 'phase', 'ended');
    await refusals();
    const { archive, experiments } = as('operator');
    const records: ArchiveRecord[] = [];
    for await (const record of archive.read(id)) records.push(record);
    await archive.remove(id, 1);
    await expect(experiments.guard(id)).rejects.toMatchObject({ code: 'gone' });
    await archive.restore(id, 1000, ReadableStream.from(records));
    expect((await experiments.list({ tag: 'kept', limit: 5 })).ids).toEqual([id]);
    expect(await refusals()).toEqual([]);
  });

  it('whose submission fails in the script leaves no ghost in any list', async () => {
    await admin.acl('SETUSER', 'halfway', ...aclRules(prefix, 'api', 'halfway'), '-evalsha');
    const redis = connect(`redis://halfway:halfway@127.0.0.1:${server.port}`, 'strict');
    const jobs = new ExperimentJobs(redis, keys);
    closing.push(
      () => jobs.close(),
      async () => redis.disconnect(),
    );
    const experiments = new Experiments(redis, keys, jobs);
    await expect(experiments.submit(testSpecification({ id: 'ghost00', tags: ['ghost'] }), 'fp', 1000)).rejects.toThrow('NOPERM');
    for (const filter of [{ tag: 'ghost' }, { state: 'queued' as const }]) {
      expect((await experiments.list({ ...filter, limit: 100 })).ids).not.toContain('ghost00');
    }
  });
});

describe('a line of an ACL file', () => {
  it('is what Redis reads at its start, and tells no password', async () => {
    for (const role of roles) {
      const line = aclLine('other:prefix', role, password(role));
      expect(line).toMatch(/^user other-prefix-\w+ on #[0-9a-f]{64} /);
      const [, name = '', ...rules] = line.split(' ');
      await admin.acl('SETUSER', name, ...rules);
      expect(line).not.toContain(password(role));
    }
  });
});
