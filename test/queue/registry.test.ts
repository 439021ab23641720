import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Declaration } from '../../core/declaration.ts';
import { Registry, type WorkerRecord } from '../../queue/registry.ts';
import { QueueRig } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { FUNCTION_HASH } from '../support/specification.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
let registry: Registry;

beforeEach(() => {
  rig = new QueueRig(url, prefix);
  let now = 0;
  // Each look at the clock is later than the one before.
  registry = new Registry(rig.redis, rig.keys, () => (now += 1));
});
afterEach(() => rig.close());

function worker(id: string, given: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    id,
    pool: 'default',
    kind: 'trials',
    host: 'here',
    pid: 1,
    startedAt: 1,
    backend: { name: 'cpu', version: '4.22.0', device: 'cpu' },
    functions: [{ name: 'quadratic', hash: FUNCTION_HASH }],
    broken: [],
    slots: [null, { experiment: 'exp00001', trial: 3, attempt: 1 }],
    draining: false,
    ...given,
  };
}

function declaration(name: string, hash: string): Declaration {
  return {
    name,
    hash,
    space: { x: { type: 'float', min: 0, max: 1 } },
    metric: 'value',
    defaults: { x: 0.5 },
    source: 'export default 1;',
  };
}

describe('workers', () => {
  it('are those that beat, as they said last, in the order of their ids', async () => {
    await registry.beat(worker('w2'));
    await registry.beat(worker('w1'));
    await registry.beat(worker('w2', { draining: true }));
    expect(await registry.workers()).toEqual([worker('w1'), worker('w2', { draining: true })]);
  });

  it('vanish when they leave and when their last beat has expired, and their ids are forgotten', async () => {
    for (const id of ['w1', 'w2', 'w3']) await registry.beat(worker(id));
    expect(await rig.redis.pttl(rig.keys.worker('w1'))).toBeGreaterThan(0);
    await registry.leave('w1');
    // What expiry does, without waiting for it.
    await rig.redis.del(rig.keys.worker('w2'));
    expect((await registry.workers()).map(({ id }) => id)).toEqual(['w3']);
    expect(await rig.redis.smembers(rig.keys.workers)).toEqual(['w3']);
  });

  it('that cannot be read are an error that names the key', async () => {
    await registry.beat(worker('w1'));
    await rig.redis.set(rig.keys.worker('w1'), '{"id":"w1"}');
    await expect(registry.workers()).rejects.toThrow(rig.keys.worker('w1'));
  });
});

describe('declarations', () => {
  it('are kept by pool, name and content hash', async () => {
    const [one, two] = [declaration('f', 'a'.repeat(64)), declaration('f', 'b'.repeat(64))];
    await registry.declare('default', []);
    expect(await registry.declarations()).toEqual([]);
    await registry.declare('default', [one, two]);
    await registry.declare('gpu', [one]);
    await registry.declare('gpu', [one]);
    const declaredAt = expect.any(Number) as number;
    expect(await registry.declarations()).toEqual([
      { pool: 'default', declaration: one, declaredAt },
      { pool: 'default', declaration: two, declaredAt },
      { pool: 'gpu', declaration: one, declaredAt },
    ]);
    expect(await registry.declaration('gpu', one)).toEqual(one);
    expect(await registry.declaration('gpu', two)).toBeNull();
  });

  it('say when a version was declared last', async () => {
    const [one, two] = [declaration('f', 'a'.repeat(64)), declaration('f', 'b'.repeat(64))];
    const latest = async () => (await registry.declarations()).sort((x, y) => y.declaredAt - x.declaredAt)[0]?.declaration.hash;
    for (const version of [one, two, one]) {
      await registry.declare('default', [version]);
      expect(await latest()).toBe(version.hash);
    }
  });

  it('of versions that nobody holds are kept for the latest 20', async () => {
    const version = (number: number) => declaration('f', number.toString(16).padStart(64, '0'));
    await registry.declare('default', [declaration('other', 'a'.repeat(64))]);
    await registry.declare('gpu', [version(0)]);
    await registry.beat(worker('w1', { functions: [{ name: 'f', hash: version(3).hash }] }));
    for (let number = 0; number < 30; number++) {
      await registry.declare('default', [version(number)]);
    }
    const kept = (await registry.declarations()).map(
      ({ pool, declaration: { name, hash } }) => `${pool} ${name} ${parseInt(hash.slice(-2), 16)}`,
    );
    const latest = Array.from({ length: 20 }, (_, i) => `default f ${i + 10}`);
    expect(kept).toEqual(['default f 3', ...latest, 'default other 170', 'gpu f 0']);
    expect(await rig.redis.zcard(rig.keys.declared)).toBe(kept.length);
  });

  it('that are missing are told to the worker that holds them', async () => {
    const [one, two] = [declaration('f', 'a'.repeat(64)), declaration('f', 'b'.repeat(64))];
    const functions = [one, two].map(({ name, hash }) => ({ name, hash }));
    await registry.declare('default', [one]);
    expect(await registry.beat(worker('w1', { functions }))).toEqual([functions[1]]);
    expect(await registry.beat(worker('w1', { pool: 'gpu', functions }))).toEqual(functions);
    expect(await registry.beat(worker('w1', { functions: [] }))).toEqual([]);
  });
});

describe('demands', () => {
  it('are the last ones claimed on a pool, until withdrawn or expired', async () => {
    const demand = (experiment: string, wanted: number) => ({ experiment, weight: 1, demand: wanted });
    await registry.claim('default', 'trials', demand('exp00002', 1));
    await registry.claim('default', 'trials', demand('exp00001', 2));
    await registry.claim('default', 'trials', demand('exp00003', 2));
    await registry.claim('default', 'trials', demand('exp00002', 5));
    await registry.claim('gpu', 'trials', demand('exp00009', 1));
    expect(await rig.redis.pttl(rig.keys.demand('default', 'trials', 'exp00001'))).toBeGreaterThan(0);
    await rig.redis.del(rig.keys.demand('default', 'trials', 'exp00003'));
    expect(await registry.demands('default', 'trials')).toEqual([demand('exp00001', 2), demand('exp00002', 5)]);
    await registry.withdraw('default', 'trials', 'exp00001');
    await registry.withdraw('default', 'trials', 'exp00002');
    expect(await registry.demands('default', 'trials')).toEqual([]);
    expect(await rig.redis.exists(rig.keys.demands('default', 'trials'))).toBe(0);
  });
});
