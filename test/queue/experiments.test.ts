import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlRequest } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { randomStream } from '../../core/random.ts';
import { ExperimentJobs } from '../../queue/experiment-jobs.ts';
import { Experiments, type ListFilter } from '../../queue/experiments.ts';
import { runScript } from '../../queue/scripts.ts';
import { Specifications } from '../../queue/specifications.ts';
import { QueueRig } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { testSpecification } from '../support/specification.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
let jobs: ExperimentJobs;
let experiments: Experiments;

beforeEach(() => {
  rig = new QueueRig(url, prefix);
  jobs = new ExperimentJobs(rig.redis, rig.keys);
  experiments = new Experiments(rig.redis, rig.keys, jobs);
});
afterEach(async () => {
  await jobs.close();
  rig.close();
});

const submit = (given: Partial<Specification> = {}, fingerprint = 'fp', createdAt = 1000) =>
  experiments.submit(testSpecification({ id: rig.id, ...given }), fingerprint, createdAt);

/** What an experiment's keys would be after a crash between two writes: the job is lost. */
const loseJobs = async (): Promise<void> => {
  for (const name of await rig.names()) if (name.startsWith(`${rig.keys.bull}:`)) await rig.redis.del(name);
};

const setPhase = (phase: string) => rig.redis.hset(rig.experiment.guard, 'phase', phase);

describe('submission', () => {
  it('creates the experiment, its list entries and its job, once for each request', async () => {
    expect(await submit({ tags: ['a'] })).toBe('created');
    expect(await submit({ tags: ['a'] })).toBe('known');
    expect(await jobs.counts()).toEqual({ waiting: 1, active: 0 });
    for (const filter of [{}, { tag: 'a' }, { state: 'queued' as const }]) {
      expect(await experiments.list({ ...filter, limit: 10 })).toEqual({ ids: [rig.id], next: null });
    }
    expect(await new Specifications(rig.redis, rig.keys).get(rig.id)).toEqual(testSpecification({ id: rig.id, tags: ['a'] }));
    expect(await experiments.guard(rig.id)).toMatchObject({ phase: 'active', seq: 1, reports: 0 });
  });

  it('refuses another request under the same id', async () => {
    await submit();
    await expect(submit({}, 'another')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('heals a job that a crash left out', async () => {
    await submit();
    await loseJobs();
    expect(await submit()).toBe('known');
    expect(await jobs.counts()).toMatchObject({ waiting: 1 });
  });

  it('of a deleted experiment is refused and leaves no ghost in any list', async () => {
    await rig.redis.set(rig.experiment.tombstone, '1');
    await expect(submit({ tags: ['a'] })).rejects.toMatchObject({ code: 'gone' });
    for (const filter of [{}, { tag: 'a' }, { state: 'queued' as const }]) {
      expect(await experiments.list({ ...filter, limit: 10 })).toEqual({ ids: [], next: null });
    }
  });
});

describe('the list', () => {
  const created: { id: string; tags: string[]; state: 'running' | 'completed'; createdAt: number }[] = [];

  beforeEach(async () => {
    created.length = 0;
    const random = randomStream(3, 'experiments');
    for (let i = 0; i < 25; i++) {
      const state = random.pick(['running', 'completed'] as const);
      const tags = ['a', 'b'].filter(() => random.uniform() < 0.5);
      // Few instants, so that some experiments were created at the same one.
      const createdAt = random.integer(1, 12);
      const id = `exp${String(1000 + random.integer(0, 8999))}${i}`;
      created.push({ id, tags, state, createdAt });
      await submit({ id, tags }, 'fp', createdAt);
      await experiments.recordState(id, state);
    }
    // Newest first; of those created at the same instant the larger id.
    created.sort((x, y) => y.createdAt - x.createdAt || (x.id < y.id ? 1 : -1));
  });

  it.each<[string, Omit<ListFilter, 'limit'>]>([
    ['all', {}],
    ['by tag', { tag: 'a' }],
    ['by state', { state: 'completed' }],
    ['by tag and state', { tag: 'b', state: 'running' }],
    ['by a tag that nobody has', { tag: 'none' }],
  ])('goes through every experiment once, newest first, whatever the page: %s', async (_, filter) => {
    const expected = created
      .filter(({ tags, state }) => (filter.tag === undefined || tags.includes(filter.tag)) && (filter.state ?? state) === state)
      .map(({ id }) => id);
    for (const limit of [1, 3, 7, 25, 100]) {
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const { ids, next } = await experiments.list({ ...filter, limit, ...(after === undefined ? {} : { after }) });
        expect(ids.length).toBeLessThanOrEqual(limit);
        seen.push(...ids);
        if (next === null) break;
        after = next;
      }
      expect(seen).toEqual(expected);
    }
  });

  it('goes on after an experiment that changed its state between two pages', async () => {
    const running = created.filter(({ state }) => state === 'running').map(({ id }) => id);
    const { ids, next } = await experiments.list({ state: 'running', limit: 3 });
    await experiments.recordState(next ?? '', 'completed');
    const rest = await experiments.list({ state: 'running', limit: 100, after: next ?? '' });
    expect([...ids, ...rest.ids]).toEqual(running);
  });

  it('refuses a cursor that points to no experiment', async () => {
    await expect(experiments.list({ limit: 3, after: 'exp99999' })).rejects.toMatchObject({ code: 'invalid', field: 'cursor' });
  });

  it('forgets an experiment everywhere', async () => {
    const [first] = created;
    if (first === undefined) throw new Error('nothing was created');
    await experiments.forget(first.id, first.tags);
    for (const filter of [{}, { tag: 'a' }, { tag: 'b' }, { state: first.state }]) {
      expect((await experiments.list({ ...filter, limit: 100 })).ids).not.toContain(first.id);
    }
  });
});

describe('a request', () => {
  it('of an experiment that never was or was deleted is refused as such, and leaves nothing behind', async () => {
    for (const request of [{ action: 'delete' }, { action: 'extend', maxTrials: 1 }, { action: 'stop' }] satisfies ControlRequest[]) {
      await expect(experiments.control(rig.id, request)).rejects.toMatchObject({ code: 'not-found' });
    }
    await expect(experiments.guard(rig.id)).rejects.toMatchObject({ code: 'not-found' });
    await rig.redis.set(rig.experiment.tombstone, '1');
    await expect(experiments.control(rig.id, { action: 'delete' })).rejects.toMatchObject({ code: 'gone' });
    await expect(experiments.guard(rig.id)).rejects.toMatchObject({ code: 'gone' });
    expect((await rig.names()).filter((name) => !name.startsWith(rig.keys.bull))).toEqual([rig.experiment.tombstone]);
  });

  it('that the phase does not allow is a conflict that names both', async () => {
    await submit();
    await experiments.control(rig.id, { action: 'stop' });
    await expect(experiments.control(rig.id, { action: 'resume' })).rejects.toMatchObject({
      code: 'conflict',
      message: `experiment ${rig.id} is stopping: resume is not possible`,
    });
  });

  it('is idempotent where it asks for what holds already', async () => {
    await submit();
    expect(await experiments.control(rig.id, { action: 'pause' })).toBe('changed');
    expect(await experiments.control(rig.id, { action: 'pause' })).toBe('unchanged');
  });

  it.each(['extend', 'delete'] as const)(
    'to %s an ended experiment asks for an optimizer again, under a job of its own',
    async (action) => {
      await submit();
      // The ended experiment's old job may still exist.
      await setPhase('ended');
      await experiments.control(rig.id, { action });
      expect(await jobs.counts()).toMatchObject({ waiting: 2 });
    },
  );
});

describe('ensureJobs', () => {
  it('adds a job for every experiment that is not over, and none twice', async () => {
    for (const [index, state] of (['queued', 'running', 'paused', 'completed', 'stopped', 'failed'] as const).entries()) {
      await submit({ id: `exp1000${index}` });
      await experiments.recordState(`exp1000${index}`, state);
    }
    await loseJobs();
    await experiments.ensureJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 3 });
  });

  it('adds none for a submission of which only the list entry was written', async () => {
    await submit();
    await loseJobs();
    await rig.redis.del(rig.experiment.guard);
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 0 });
  });

  it.each(['extend', 'delete'] as const)('heals a request to %s an ended experiment that was cut short before its job', async (action) => {
    await submit();
    await experiments.recordState(rig.id, 'completed');
    await setPhase('ended');
    await experiments.control(rig.id, { action });
    await loseJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 1 });
    // Until an optimizer has published that it looks after it.
    await experiments.recordState(rig.id, 'running');
    expect(await rig.redis.exists(rig.keys.reopened)).toBe(0);
  });

  it('adds none for an experiment that ended again', async () => {
    await submit();
    await experiments.recordState(rig.id, 'completed');
    await setPhase('ended');
    await experiments.control(rig.id, { action: 'extend', maxTrials: 1 });
    await setPhase('ended');
    await loseJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 0 });
  });

  it('is not misled by a request that was refused', async () => {
    await submit();
    await experiments.recordState(rig.id, 'stopped');
    await runScript(rig.redis, 'control', rig.experiment.guard, ['stop', '{"action":"stop"}', 'c', '']);
    await expect(experiments.control(rig.id, { action: 'extend', maxTrials: 1 })).rejects.toMatchObject({ code: 'conflict' });
    await setPhase('ended');
    await loseJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 0 });
  });
});
