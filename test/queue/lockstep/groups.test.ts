import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomStream } from '../../../core/random.ts';
import { Groups, type GroupOrder, type GroupRequest, type Seat, type SlotOffer } from '../../../queue/lockstep/groups.ts';
import { QueueRig } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';
import { FUNCTION_HASH } from '../../support/specification.ts';
import { until } from '../../support/until.ts';

const { url, prefix } = useTestRedis();
const pinned = { name: 'quadratic', hash: FUNCTION_HASH };
let rig: QueueRig;
let groups: Groups;

beforeEach(() => {
  rig = new QueueRig(url, prefix);
  groups = groupsWith({});
});
afterEach(() => rig.close());

function groupsWith({ rankLeaseMs = 60_000, patienceMs = 60_000 }): Groups {
  return new Groups(rig.redis, rig.keys, 'default', { rankLeaseMs, patienceMs });
}

const offer = (worker: string, given: Partial<SlotOffer> = {}) =>
  groups.offer(worker, { machine: 'm1', slots: 2, functions: [pinned], ...given });

function request(worldSize: number, given: Partial<GroupRequest> = {}): GroupRequest {
  return { worldSize, minWorldSize: worldSize, regroupSeconds: 60, trainingFunction: pinned, ...given };
}

/** The workers of a group that was placed. */
async function workersOf(group: string, asked: GroupRequest): Promise<readonly string[] | 'waiting'> {
  const placement = await groups.place(group, asked);
  return placement.kind === 'placed' ? placement.workers : placement.kind;
}

function seats(group: string, workers: readonly string[] | 'waiting'): Seat[] {
  return workers === 'waiting' ? [] : workers.map((worker, rank) => ({ group, rank, worker }));
}

async function leaveAll(group: string, workers: readonly string[] | 'waiting'): Promise<void> {
  for (const seat of seats(group, workers)) await groups.leave(seat);
}

/** Slots that are reserved now, by worker. */
async function reserved(): Promise<Map<string, number>> {
  const byWorker = new Map<string, number>();
  for (const member of await rig.redis.zrange(`${rig.keys.lockstep('default')}ranks`, '0', '-1')) {
    const worker = member.split('/')[2] ?? '';
    byWorker.set(worker, (byWorker.get(worker) ?? 0) + 1);
  }
  return byWorker;
}

const order: GroupOrder = {
  binding: {
    token: { experiment: 'exp00001', trial: 0, attempt: 1, nonce: 'n' },
    entry: { trial: 0, attempt: 1, origin: 'suggested', params: {}, seed: 1 },
    resumeFrom: null,
    best: null,
  },
  secret: 'a'.repeat(64),
};

describe('a group', () => {
  it('gets all its slots or none', async () => {
    await offer('w1', { slots: 2 });
    expect(await workersOf('g1', request(3))).toBe('waiting');
    expect(await reserved()).toEqual(new Map());
    await offer('w2', { slots: 2 });
    expect(await workersOf('g1', request(3))).toEqual(['w1', 'w1', 'w2']);
    expect(await reserved()).toEqual(
      new Map([
        ['w1', 2],
        ['w2', 1],
      ]),
    );
  });

  it('that asks again gets the same answer', async () => {
    await offer('w1');
    const first = await workersOf('g1', request(2));
    expect(await rig.unchanged(() => workersOf('g1', request(2)))).toEqual(first);
  });

  it('is placed on one machine where it fits on one, on the fullest such', async () => {
    await offer('w1', { machine: 'm1', slots: 4 });
    await offer('w2', { machine: 'm2', slots: 1 });
    await offer('w3', { machine: 'm2', slots: 1 });
    await offer('w4', { machine: 'm3', slots: 1 });
    expect(await workersOf('g1', request(2))).toEqual(['w2', 'w3']);
    expect((await groups.read('g1'))?.isOnOneMachine).toBe(true);
    expect(await workersOf('g2', request(5))).toEqual(['w1', 'w1', 'w1', 'w1', 'w4']);
    expect((await groups.read('g2'))?.isOnOneMachine).toBe(false);
  });

  it('runs on workers only that hold its version of the function', async () => {
    await offer('w1', { functions: [{ name: 'quadratic', hash: 'b'.repeat(64) }] });
    expect(await workersOf('g1', request(1))).toBe('waiting');
    await offer('w2');
    expect(await workersOf('g1', request(1))).toEqual(['w2']);
  });

  it('does not count on workers that have not offered for a while, and says which those were', async () => {
    await offer('w1');
    const workers = `${rig.keys.lockstep('default')}workers`;
    const record = JSON.parse((await rig.redis.hget(workers, 'w1')) ?? '') as { expires: number };
    await rig.redis.hset(workers, 'w1', JSON.stringify({ ...record, expires: 1 }));
    expect(await workersOf('g1', request(2))).toBe('waiting');
    expect(await offer('w2', { slots: 1 })).toEqual(['w1']);
    expect(await workersOf('g1', request(2))).toBe('waiting');
  });

  it('takes fewer ranks after its time, but no fewer than it may', async () => {
    await offer('w1', { slots: 2 });
    expect(await workersOf('g1', request(4, { minWorldSize: 3, regroupSeconds: 0 }))).toBe('waiting');
    expect(await workersOf('g2', request(4, { minWorldSize: 2 }))).toBe('waiting');
    expect(await workersOf('g3', request(4, { minWorldSize: 2, regroupSeconds: 0 }))).toHaveLength(2);
  });

  it('that is withdrawn waits no more and leaves its slots', async () => {
    await offer('w1');
    expect(await workersOf('g1', request(3))).toBe('waiting');
    await groups.withdraw('g1');
    expect(await workersOf('g2', request(2))).toHaveLength(2);
    await groups.withdraw('g2');
    expect((await groups.read('g2'))?.over).toBe('it was withdrawn');
    expect(await workersOf('g3', request(2))).toHaveLength(2);
  });
});

describe('groups that wait', () => {
  it('are served in the order of arrival', async () => {
    await groups.place('g1', request(2), 1002);
    await groups.place('g2', request(2), 1001);
    await offer('w1', { slots: 2 });
    expect(await workersOf('g1', request(2))).toBe('waiting');
    expect(await workersOf('g2', request(2))).toEqual(['w1', 'w1']);
  });

  it('fill the gaps that a larger one before them leaves, until it has waited too long', async () => {
    groups = groupsWith({ patienceMs: 60_000 });
    await offer('w1', { slots: 3 });
    const running = await workersOf('runs', request(2));
    expect(await workersOf('large', request(3))).toBe('waiting');
    const small = await workersOf('small', request(1));
    expect(small).toEqual(['w1']);
    await leaveAll('small', small);

    // A minute later.
    await rig.redis.zincrby(`${rig.keys.lockstep('default')}waiting`, -60_000, 'large');
    expect(await workersOf('smaller', request(1))).toBe('waiting');
    await leaveAll('runs', running);
    expect(await workersOf('large', request(3))).toEqual(['w1', 'w1', 'w1']);
    expect(await workersOf('smaller', request(1))).toBe('waiting');
  });

  it('keep nothing where there would never be enough for them', async () => {
    groups = groupsWith({ patienceMs: 0 });
    await offer('w1', { slots: 2 });
    expect(await workersOf('huge', request(5))).toBe('waiting');
    expect(await workersOf('small', request(2))).toHaveLength(2);
  });

  it('keep their place when they come back under another name', async () => {
    const first = await groups.place('g1', request(2));
    if (first.kind !== 'waiting') throw new Error('there is nothing to place it on');
    await groups.place('g2', request(2), first.arrivedAt + 5);
    await groups.withdraw('g1');
    await groups.place('g3', request(2), first.arrivedAt);
    await offer('w1', { slots: 2 });
    expect((await groups.read('g3'))?.workers).toEqual(['w1', 'w1']);
    expect(await groups.read('g2')).toBeNull();
  });

  it('whose askers have died are forgotten', async () => {
    expect(await workersOf('dead', request(2))).toBe('waiting');
    const requests = `${rig.keys.lockstep('default')}requests`;
    const asked = JSON.parse((await rig.redis.hget(requests, 'dead')) ?? '') as object;
    await rig.redis.hset(requests, 'dead', JSON.stringify({ ...asked, expires: 1 }));
    await offer('w1', { slots: 2 });
    expect(await workersOf('alive', request(2))).toHaveLength(2);
    expect(await rig.redis.zcard(`${rig.keys.lockstep('default')}waiting`)).toBe(0);
    expect(await rig.redis.hlen(requests)).toBe(0);
  });
});

describe('the ranks of a group', () => {
  it('find one another, and what the first says once stands', async () => {
    await offer('w1');
    const [zero, one] = seats('g1', await workersOf('g1', request(2)));
    if (zero === undefined || one === undefined) throw new Error('not placed');
    expect(await groups.takePart(one, { present: true })).toMatchObject({ present: [false, true], order: null, over: null });
    expect(await groups.takePart(zero, { order })).toMatchObject({ order });
    expect(await groups.takePart(zero, { order: { ...order, secret: 'b'.repeat(64) } })).toMatchObject({ order });
    await groups.takePart(zero, { address: '/a' });
    expect(await groups.takePart(one, { address: '/b' })).toMatchObject({ addresses: ['/a', '/b'] });
    await groups.close('g1', 'first');
    await groups.close('g1', 'second');
    expect(await groups.takePart(one)).toMatchObject({ over: 'first' });
    await leaveAll('g1', ['w1', 'w1']);
    expect(await rig.names()).not.toContainEqual(expect.stringContaining('group:'));
  });

  it('lose their slot when they do not renew it, and the group with it', async () => {
    groups = groupsWith({ rankLeaseMs: 300 });
    await offer('w1', { slots: 2 });
    const workers = await workersOf('g1', request(2));
    const [zero, one] = seats('g1', workers);
    if (zero === undefined || one === undefined) throw new Error('not placed');
    const over = await until('rank 1 has lapsed', async () => (await groups.takePart(zero))?.over);
    expect(over).toBe('rank 1 on w1 does not answer');
    expect(await groups.takePart(one)).toBeNull();
    expect(await workersOf('g2', request(1))).toEqual(['w1']);
  });
});

describe('however groups come and go', { timeout: 60_000 }, () => {
  it('no slot is given twice, no group holds a part of its ranks, and none waits for ever', async () => {
    for (const seed of [1, 2, 3]) await play(seed);
  });
});

/** Many groups ask again and again while others leave, are withdrawn or take fewer; then the dust settles. */
async function play(seed: number): Promise<void> {
  const random = randomStream(seed, 'groups');
  rig.close();
  rig = new QueueRig(url, prefix);
  groups = groupsWith({ patienceMs: 50 });
  const slots = new Map(Array.from({ length: 4 }, (_, i): [string, number] => [`w${i}`, random.integer(1, 3)]));
  for (const [worker, count] of slots) await offer(worker, { slots: count, machine: `m${random.integer(1, 2)}` });
  const total = [...slots.values()].reduce((sum, count) => sum + count, 0);

  const live = async (group: string): Promise<void> => {
    const worldSize = random.integer(1, total);
    const asked = request(worldSize, { minWorldSize: random.integer(1, worldSize), regroupSeconds: random.integer(0, 1) });
    const workers = await until(`${group} is placed`, async () => {
      const answer = await workersOf(group, asked);
      return answer === 'waiting' ? undefined : answer;
    });
    expect(workers.length).toBeGreaterThanOrEqual(asked.minWorldSize);
    expect(workers.length).toBeLessThanOrEqual(asked.worldSize);
    const held = await rig.redis.zrange(`${rig.keys.lockstep('default')}ranks`, '0', '-1');
    expect(held.filter((member) => member.startsWith(`${group}/`))).toHaveLength(workers.length);
    for (const [worker, count] of await reserved()) expect(count).toBeLessThanOrEqual(slots.get(worker) ?? 0);
    if (random.uniform() < 0.2) await groups.withdraw(group);
    else await leaveAll(group, workers);
  };
  await Promise.all(Array.from({ length: 25 }, (_, i) => live(`g${i}`)));
  expect(await reserved()).toEqual(new Map());
  expect(await rig.redis.zcard(`${rig.keys.lockstep('default')}waiting`)).toBe(0);
}
