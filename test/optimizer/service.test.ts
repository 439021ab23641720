import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions, MedianSchedulerOptions } from '../../core/catalogue.ts';
import { algorithmsWith } from '../../optimizer/algorithms.ts';
import type { SamplerDefinition } from '../../optimizer/samplers/sampler.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { mostAtOnce } from '../support/books.ts';
import { count, Deployment, Gate } from '../support/deployment.ts';
import { nearBestSampler } from '../support/learning-sampler.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
const median: MedianSchedulerOptions = { type: 'median', minTrials: 2 };
const withMedian = { scheduler: median, decisionSteps: { at: 'every', first: 1, interval: 1 } } as const;
const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 9, mode: 'promote' };
const withPromotions = { scheduler: asha, decisionSteps: ashaScheduler.decisionSteps(asha) } as const;
const id = 'exp00001';

let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment(url, prefix);
});
afterEach(() => deployment.close());

describe('an experiment', () => {
  it('ends with the right books, though trials finish in any order, fail, and are never heard of again', async () => {
    await deployment.optimizer();
    // With this seed, two first attempts fail and three vanish before their first report, in whichever order trials run.
    for (let worker = 0; worker < 2; worker++) await deployment.worker({ slots: 3, seed: 34, failing: 0.15, vanishing: 0.1, leaseMs: 300 });
    await deployment.submit({ id, ...withMedian, maxTrials: 40, maxAttempts: 2, parallelism: 5, direction: 'maximize' });
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
    const events = await deployment.checkBooks(id);
    // Everything that was to be borne has happened.
    for (const type of ['attemptLost', 'failed', 'decided', 'stopped', 'completed'] as const)
      expect(count(events, type)).toBeGreaterThan(0);
    expect(mostAtOnce(events)).toBe(5);
  });

  it('promotes paused trials, though each attempt starts from scratch, fails or is never heard of again', async () => {
    await deployment.optimizer();
    // With this seed, one first attempt fails and one vanishes before its first report.
    for (let worker = 0; worker < 2; worker++)
      await deployment.worker({ slots: 3, seed: 3, steps: 9, failing: 0.05, vanishing: 0.03, leaseMs: 300 });
    await deployment.submit({ id, ...withPromotions, maxTrials: 30, direction: 'maximize' });
    const result = await deployment.ended(id);
    expect(result).toMatchObject({ state: 'completed', stopReason: 'maxTrials', counts: { paused: 0, running: 0, queued: 0 } });
    const events = await deployment.checkBooks(id);
    const promotions = events.flatMap((event) => (event.type === 'bound' && event.origin === 'promotion' ? [event.resource] : []));
    expect(new Set(promotions)).toEqual(new Set([3, 9]));
    expect(count(events, 'paused')).toBeGreaterThan(20);
    expect(count(events, 'attemptLost')).toBeGreaterThan(0);
    const [first, ...later] = result.resource.rungs;
    expect(first?.trials).toBeGreaterThan(25);
    expect(later.map(({ trials }) => trials > 0)).toEqual([true, true]);
    expect(result.resource.saved).toBeGreaterThan(0);
  });

  it('promotes beside a sampler that learns: a pause empties the list that was to be fresh, and another follows', async () => {
    await deployment.optimizer({ algorithms: algorithmsWith([nearBestSampler]) });
    await deployment.worker({ slots: 2, steps: 9, pauseMs: 20 });
    await deployment.submit({
      id,
      ...withPromotions,
      space: { x: { type: 'float', min: -1, max: 1 }, known: { type: 'int', min: 0, max: 100 } },
      sampler: { type: 'near-best' },
      maxTrials: 15,
    });
    await deployment.ended(id);
    const events = await deployment.checkBooks(id, algorithmsWith([nearBestSampler]));
    expect(count(events, 'paused')).toBeGreaterThan(0);
  });

  it('opens no ticket after ticket while free slots may not start more', async () => {
    await deployment.optimizer();
    await deployment.worker({ slots: 4, pauseMs: 20 });
    await deployment.submit({ id, maxTrials: 10, parallelism: 1 });
    await deployment.ended(id);
    // One for each trial, and one that a free slot finds refused at each binding and each outcome.
    expect(Number(await deployment.redis.hget(deployment.keys.of(id).guard, 'ticketSeq'))).toBeLessThanOrEqual(3 * 10 + 4);
  });

  it('uses a sampler of the user’s own that learns, each suggestion knowing the newest outcome', async () => {
    await deployment.optimizer({ algorithms: algorithmsWith([nearBestSampler]) });
    await deployment.worker({ slots: 1, pauseMs: 20 });
    await deployment.submit({
      id,
      space: { x: { type: 'float', min: -1, max: 1 }, known: { type: 'int', min: 0, max: 100 } },
      sampler: { type: 'near-best' },
      maxTrials: 10,
    });
    await deployment.ended(id);
    await deployment.checkBooks(id, algorithmsWith([nearBestSampler]));
    // With one slot, every trial but the first is suggested after the outcome of the one before it.
    expect((await deployment.trials(id)).map(({ params }) => params.known)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('stops at its time, in running time', async () => {
    await deployment.optimizer();
    await deployment.worker({ slots: 2, gate: new Gate().pass });
    await deployment.submit({ id, maxDurationSeconds: 0.4 });
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', stopReason: 'maxDuration', counts: { stopped: 2 } });
    const events = await deployment.checkBooks(id);
    const expired = events.find(({ type }) => type === 'timerExpired');
    const [submitted] = events;
    expect((expired?.at ?? 0) - (submitted?.at ?? 0)).toBeGreaterThanOrEqual(400);
  });

  it('leaves no ticket behind', async () => {
    await deployment.optimizer();
    await deployment.worker({ slots: 2 });
    await deployment.submit({ id, maxTrials: 6 });
    await deployment.ended(id);
    await until('the queue is empty', async () => (await keysOf(':trials.default:')).every((name) => !name.includes(id)));
    expect(await deployment.redis.exists(deployment.keys.of(id).tickets)).toBe(0);
    expect(await deployment.registry.demands('default', 'trials')).toEqual([]);
  });
});

describe('two experiments of one pool', () => {
  it('share its slots fairly, by priority, and one gets what the other leaves', async () => {
    await deployment.optimizer();
    const gate = new Gate();
    await deployment.worker({ slots: 6, gate: gate.pass });
    const [light, heavy] = ['exp0light', 'exp0heavy'];
    await Promise.all([
      deployment.submit({ id: light, priority: 1, maxTrials: 40 }),
      deployment.submit({ id: heavy, priority: 2, maxTrials: 40 }),
    ]);
    const limits = async () =>
      Promise.all([light, heavy].map(async (one) => Number(await deployment.redis.hget(deployment.keys.of(one).guard, 'limit'))));
    await until('the shares are 2 and 4', async () => (await limits()).join() === '2,4');
    gate.open();
    await deployment.experiments.control(heavy, { action: 'stop' });
    await deployment.ended(heavy);
    await until('the other has all six', async () => (await deployment.endedNow(light)) !== null || (await limits())[0] === 6);
    await deployment.ended(light);
    await deployment.checkBooks(light);
    await deployment.checkBooks(heavy);
  });
});

describe('a person', () => {
  it('pauses, resumes, enqueues and extends an experiment', async () => {
    await deployment.optimizer();
    let gate = new Gate();
    await deployment.worker({ slots: 2, gate: () => gate.pass() });
    await deployment.submit({ id, maxTrials: 4 });
    await until('two run', async () => (await deployment.running(id)) === 2);

    await deployment.experiments.control(id, { action: 'pause' });
    await deployment.experiments.control(id, { action: 'enqueue', params: { x: 0.125, y: 0.5 } });
    gate.open();
    await until('what ran has finished', async () => (await deployment.readModel.result(id))?.counts.completed === 2);
    expect(await deployment.readModel.result(id)).toMatchObject({ state: 'paused', counts: { running: 0 } });
    const paused = (await deployment.events(id)).findIndex((event) => event.type === 'controlRequested');

    gate = new Gate();
    await deployment.experiments.control(id, { action: 'resume' });
    await until('two more run', async () => (await deployment.running(id)) === 2);
    gate.open();
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', counts: { completed: 4 } });

    await deployment.experiments.control(id, { action: 'extend', maxTrials: 2 });
    await until('it was extended', async () => (await deployment.readModel.result(id))?.counts.completed === 6);
    await deployment.ended(id);
    const events = await deployment.checkBooks(id);
    const resumed = events.findIndex((event) => event.type === 'controlRequested' && event.request.action === 'resume');
    expect(count(events.slice(paused, resumed), 'bound')).toBe(0);
    // The enqueued configuration goes before every suggestion made after it.
    expect(events.slice(resumed).find(({ type }) => type === 'bound')).toMatchObject({ origin: 'enqueued', params: { x: 0.125, y: 0.5 } });
    expect(count(events, 'ended')).toBe(2);
  });

  it('extends an experiment while its time ends it, which takes the end back', async () => {
    await deployment.optimizer();
    const frozen = await deployment.worker({ slots: 1, vanishing: 1, leaseMs: 600_000 });
    await deployment.submit({ id, maxTrials: 3, maxDurationSeconds: 2 });
    await until('its time is up', async () => count(await deployment.events(id), 'timerExpired') === 1);
    expect(await deployment.running(id)).toBe(1);
    await frozen.end();
    await deployment.experiments.control(id, { action: 'extend', maxDurationSeconds: 600 });
    const { leases } = deployment.keys.of(id);
    await deployment.redis.zadd(leases, 1, '0');
    await deployment.worker({ slots: 2 });
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', stopReason: 'maxTrials', counts: { completed: 3 } });
    const events = await deployment.checkBooks(id);
    expect([count(events, 'attemptLost'), count(events, 'ended')]).toEqual([1, 1]);
  });

  it('stops an experiment: running trials end as stopped and keep what they reported', async () => {
    await deployment.optimizer();
    await deployment.worker({ slots: 3, gate: new Gate().pass });
    await deployment.submit({ id });
    await until('three trials are at their last step', async () => (await deployment.experiments.guard(id)).reports === 9);
    await deployment.experiments.control(id, { action: 'stop' });
    expect(await deployment.ended(id)).toMatchObject({ state: 'stopped', stopReason: 'requested', counts: { stopped: 3, completed: 0 } });
    await deployment.checkBooks(id);
    for (const row of await deployment.trials(id)) expect(row).toMatchObject({ state: 'stopped', lastStep: 3, reports: 3 });
  });

  it.each(['running', 'ended', 'waiting for a worker'])(
    'deletes an experiment that is %s: nothing is left but the tombstone',
    async (state) => {
      const removed: string[] = [];
      await deployment.optimizer();
      const gate = new Gate();
      if (state !== 'waiting for a worker') await deployment.worker({ slots: 2, gate: gate.pass });
      await deployment.submit({ id, tags: ['a'], maxTrials: 3 });
      if (state === 'running') await until('two run', async () => (await deployment.running(id)) === 2);
      if (state === 'ended') {
        gate.open();
        await deployment.ended(id);
      }
      await deployment.experiments.control(id, { action: 'delete' });
      const { tombstone } = deployment.keys.of(id);
      await until('there is a tombstone', async () => (await deployment.redis.exists(tombstone)) === 1);
      await until('nothing else is left', async () => {
        const names = await keysOf('');
        const left = names.filter((name) => name !== tombstone && !isShared(name));
        removed.splice(0, removed.length, ...left);
        return left.length === 0;
      }).catch((error: unknown) => Promise.reject(new Error(`left: ${removed.join(' ')}`, { cause: error })));
      await expect(deployment.experiments.guard(id)).rejects.toMatchObject({ code: 'gone' });
      await expect(deployment.submit({ id })).rejects.toMatchObject({ code: 'gone' });
      expect(await deployment.experiments.list({ limit: 5 })).toEqual({ ids: [], next: null });
    },
  );

  /** What BullMQ keeps for a queue, and what workers say of themselves. */
  function isShared(name: string): boolean {
    return /:bull:[^:]+:(meta|events|id|stalled-check|marker|stalled|pc)$/.test(name) || name.includes(':worker');
  }
});

describe('an experiment whose training function nobody holds', () => {
  it('says what it waits for, yields its share, and starts when a holder comes', async () => {
    await deployment.optimizer();
    const gate = new Gate();
    await deployment.worker({ slots: 2, hash: 'b'.repeat(64), gate: gate.pass });
    const other = await deployment.submit({ id: 'exp0other', trainingFunction: { name: 'quadratic', hash: 'b'.repeat(64) } });
    await deployment.submit({ id, maxTrials: 3 });
    const waits = await until('it says what it waits for', async () => (await deployment.readModel.result(id))?.waitingFor);
    expect(waits).toBe('a worker of pool default that holds quadratic (aaaaaaaaaaaa)');
    await until('the other has both slots', async () => (await deployment.running(other)) === 2);
    expect(await deployment.running(id)).toBe(0);
    gate.open();
    await deployment.worker({ slots: 2 });
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', waitingFor: null });
    await deployment.ended(other);
    await deployment.checkBooks(id);
    await deployment.checkBooks(other);
  });
});

describe('an experiment that an optimizer cannot look after', () => {
  const waitingFor = async (): Promise<string | null | undefined> => (await deployment.readModel.result(id))?.waitingFor;
  const nearBest = {
    id,
    space: { x: { type: 'float', min: -1, max: 1 }, known: { type: 'int', min: 0, max: 100 } },
    sampler: { type: 'near-best' },
    maxTrials: 4,
  } as const;

  it('says so when its sampler is not known there, and goes to one that knows it', async () => {
    await deployment.optimizer();
    await deployment.worker({ slots: 2 });
    await deployment.submit(nearBest);
    const waits = await until('it says what it waits for', waitingFor);
    expect(waits).toBe('an optimizer that knows the sampler near-best: name its file in MAGGY_EXTENSIONS');
    // The first one goes on, and asks for the experiment as well.
    await deployment.optimizer({ algorithms: algorithmsWith([nearBestSampler]) });
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', waitingFor: null });
    await deployment.checkBooks(id, algorithmsWith([nearBestSampler]));
  });

  it('says so when its log cannot be read, keeps the result it had, and goes on once the log is repaired', async () => {
    await deployment.optimizer();
    const gate = new Gate();
    await deployment.worker({ slots: 1, gate: ({ entry }) => (entry.trial === 0 ? Promise.resolve() : gate.pass()) });
    await deployment.submit({ id, maxTrials: 3 });
    const counts = await until('one is done and one runs', async () => {
      const result = await deployment.readModel.result(id);
      return result?.counts.completed === 1 && result.counts.running === 1 && result.counts;
    });
    const { log } = deployment.keys.of(id);
    const last = (await deployment.events(id)).length;
    await deployment.redis.xadd(log, `${last + 1}-0`, 'type', 'exploded');
    const waits = await until('it says what it waits for', waitingFor);
    expect(waits).toContain(`a repair: ${log} entry ${last + 1}-0 cannot be read`);
    expect((await deployment.readModel.result(id))?.counts).toEqual(counts);

    await deployment.redis.xdel(log, `${last + 1}-0`);
    await deployment.redis.call('XSETID', log, `${last}-0`);
    await until('it waits for nothing', async () => (await waitingFor()) === null);
    gate.open();
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', counts: { completed: 3 } });
    await deployment.checkBooks(id);
  });

  it('is deleted all the same, tags, trials and all, though its sampler is not known and its log cannot be read', async () => {
    await deployment.submit({ ...nearBest, tags: ['a'] });
    await deployment.optimizer();
    await until('it says what it waits for', waitingFor);
    const { guard, log, tombstone } = deployment.keys.of(id);
    await deployment.redis.xadd(log, '2-0', 'type', 'exploded');
    await deployment.redis.hset(guard, 'seq', 2);
    await deployment.experiments.control(id, { action: 'delete' });
    await until('there is a tombstone', async () => (await deployment.redis.exists(tombstone)) === 1);
    expect(await deployment.redis.exists(log)).toBe(0);
    for (const filter of [{}, { tag: 'a' }]) {
      expect(await deployment.experiments.list({ ...filter, limit: 5 })).toEqual({ ids: [], next: null });
    }
  });

  it('is deleted once its attempts have ended, with all that they wrote, though its log cannot be read', async () => {
    await deployment.optimizer();
    const gate = new Gate();
    await deployment.worker({ slots: 1, gate: gate.pass });
    await deployment.submit({ id, maxTrials: 3 });
    await until('one runs', async () => (await deployment.running(id)) === 1);
    const keys = deployment.keys.of(id);
    const last = (await deployment.events(id)).length;
    await deployment.redis.xadd(keys.log, `${last + 1}-0`, 'type', 'exploded');
    await until('it says what it waits for', waitingFor);
    await deployment.redis.hset(keys.guard, 'seq', last + 1);
    await deployment.experiments.control(id, { action: 'delete' });
    expect(await deployment.redis.exists(keys.tombstone)).toBe(0);
    gate.open();
    await until('there is a tombstone', async () => (await deployment.redis.exists(keys.tombstone)) === 1);
    expect(await deployment.redis.exists(keys.trial(0))).toBe(0);
  });

  it('says so when its sampler throws', async () => {
    const broken: SamplerDefinition = {
      ...nearBestSampler,
      create: () => ({
        learns: true,
        suggest: () => {
          throw new TypeError('x is not a function');
        },
      }),
    };
    await deployment.optimizer({ algorithms: algorithmsWith([broken]) });
    await deployment.worker({ slots: 1 });
    await deployment.submit(nearBest);
    expect(await until('it says what it waits for', waitingFor)).toBe('an optimizer that gets past an error: x is not a function');
  });
});

describe('a Redis that dies', () => {
  let redis: MortalRedis;
  let mortal: Deployment;
  beforeEach(async () => {
    redis = await MortalRedis.start();
    mortal = new Deployment(redis.url, 'mortal:');
  });
  afterEach(async () => {
    await mortal.close();
    await redis.remove();
  });

  it('and comes back has lost nothing that was acknowledged', async () => {
    await mortal.optimizer();
    await mortal.worker({ slots: 3, pauseMs: 8, leaseMs: 1000 });
    await mortal.submit({ id, ...withMedian, maxTrials: 60 });
    await until('some are done', async () => (await mortal.events(id)).length > 60);
    const before = await mortal.events(id);
    await redis.kill();
    await redis.start();
    expect((await mortal.events(id)).slice(0, before.length)).toEqual(before);
    expect(await mortal.ended(id)).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
    const events = await mortal.checkBooks(id);
    expect(events.slice(0, before.length)).toEqual(before);
  });

  it.each([0.03, 0.2, 0.6])(
    'and comes back without the last writes (%f of them): fences hold, the experiment ends with clean books',
    async (part) => {
      await mortal.optimizer();
      await mortal.worker({ slots: 3, pauseMs: 8, leaseMs: 1000 });
      await mortal.submit({ id, ...withMedian, maxTrials: 60 });
      await until('some are done', async () => (await mortal.events(id)).length > 120);
      await redis.kill();
      await redis.cutFile(part);
      await redis.start();
      expect(await mortal.ended(id)).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
      await mortal.checkBooks(id);
    },
  );
});

async function keysOf(part: string): Promise<string[]> {
  const names = new Set<string>();
  for await (const page of deployment.redis.scanStream({ match: `${deployment.keys.prefix}:*`, count: 1000 })) {
    if (Array.isArray(page)) for (const name of page) names.add(String(name));
  }
  return [...names].filter((name) => name.includes(part));
}
