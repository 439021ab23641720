import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlRequest } from '../../core/events.ts';
import { MOST_TRIALS, type Specification } from '../../core/experiment.ts';
import { randomStream } from '../../core/random.ts';
import { ExperimentJobs } from '../../queue/experiment-jobs.ts';
import { Experiments, type ListFilter, type ListPlace } from '../../queue/experiments.ts';
import { runScript } from '../../queue/scripts.ts';
import { Specifications } from '../../queue/specifications.ts';
import { connect } from '../../queue/connection.ts';
import type { State } from '../../core/states.ts';
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

/** An optimizer has published it in this state. */
const publishedAs = async (id: string, state: State): Promise<void> => {
  await rig.redis.set(rig.keys.of(id).result, JSON.stringify({ state }));
  await experiments.relist(id);
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

  it('refused for another request under the same id leaves that one the tags it has', async () => {
    // Both have found that there is no such experiment yet.
    const submissions = await Promise.allSettled([submit({ tags: ['one', 'both'] }, 'fp'), submit({ tags: ['two', 'both'] }, 'another')]);
    expect(submissions.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const tagged = (tag: string) => experiments.list({ tag, limit: 10 });
    expect([(await tagged('one')).ids, (await tagged('two')).ids, (await tagged('both')).ids]).toEqual([[rig.id], [], [rig.id]]);
  });

  it('is read anew after Redis came back, since it may have lost it', async () => {
    const specifications = new Specifications(rig.redis, rig.keys);
    await submit({ seed: 1 });
    expect(await specifications.get(rig.id)).toMatchObject({ seed: 1 });
    await rig.redis.set(rig.experiment.specification, JSON.stringify(testSpecification({ id: rig.id, seed: 2 })));
    rig.redis.disconnect(true);
    await once(rig.redis, 'ready');
    expect(await specifications.get(rig.id)).toMatchObject({ seed: 2 });
  });

  it('bears a dataset however deep, of which nobody but the training function knows anything', async () => {
    const dataset: unknown = JSON.parse(`${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`);
    expect(await submit({ dataset: { dataset } })).toBe('created');
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
      await publishedAs(id, state);
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
      for (let after: ListPlace | undefined; ;) {
        const { ids, next } = await experiments.list({ ...filter, limit, ...(after === undefined ? {} : { after }) });
        expect(ids.length).toBeLessThanOrEqual(limit);
        seen.push(...ids);
        if (next === null) break;
        after = next;
      }
      expect(seen).toEqual(expected);
    }
  });

  it('has an experiment where it was published last, whoever comes late', async () => {
    const another = connect(url);
    const late = new Experiments(another, rig.keys, jobs);
    const id = created[0]?.id ?? '';
    for (let round = 0; round < 50; round++) {
      const [before, after] = round % 2 === 0 ? (['running', 'completed'] as const) : (['completed', 'running'] as const);
      await rig.redis.set(rig.keys.of(id).result, JSON.stringify({ state: before }));
      const words = [late.relist(id), publishedAs(id, after)];
      await Promise.all(words);
      expect((await experiments.list({ state: after, limit: 100 })).ids).toContain(id);
      expect((await experiments.list({ state: before, limit: 100 })).ids).not.toContain(id);
    }
    another.disconnect();
  });

  it('goes on after an experiment that changed its state between two pages', async () => {
    const running = created.filter(({ state }) => state === 'running').map(({ id }) => id);
    const { ids, next } = await experiments.list({ state: 'running', limit: 3 });
    if (next === null) throw new Error('there is another page');
    await publishedAs(next.id, 'completed');
    const rest = await experiments.list({ state: 'running', limit: 100, after: next });
    expect([...ids, ...rest.ids]).toEqual(running);
  });

  it('goes on after an experiment that was deleted between two pages', async () => {
    for (const filter of [{}, { tag: 'a' }]) {
      const all = await experiments.list({ ...filter, limit: 100 });
      const { ids, next } = await experiments.list({ ...filter, limit: 3 });
      if (next === null) throw new Error('there is another page');
      await experiments.forget(next.id, ['a', 'b']);
      const rest = await experiments.list({ ...filter, limit: 100, after: next });
      expect([...ids, ...rest.ids]).toEqual(all.ids);
    }
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

  it('counts once for each nonce, which stands for no other request', async () => {
    await submit();
    const extend = (maxTrials: number) => experiments.control(rig.id, { action: 'extend', maxTrials }, 'key');
    expect(await experiments.isRepeated(rig.id, 'key')).toBe(false);
    expect([await extend(5), await extend(5)]).toEqual(['changed', 'changed']);
    expect(await experiments.isRepeated(rig.id, 'key')).toBe(true);
    await expect(extend(6)).rejects.toMatchObject({ code: 'conflict', field: 'Idempotency-Key' });
    expect((await rig.eventTypes()).filter((type) => type === 'controlRequested')).toHaveLength(1);
  });

  it('extends an experiment to no more trials than any may have, however often it is repeated', async () => {
    await submit({ maxTrials: 10 });
    await experiments.control(rig.id, { action: 'extend', maxTrials: MOST_TRIALS - 10 });
    const refused = () =>
      expect(experiments.control(rig.id, { action: 'extend', maxTrials: 1 })).rejects.toMatchObject({ field: 'maxTrials' });
    await refused();
    expect(await experiments.guard(rig.id)).toMatchObject({ seq: 2 });
    expect(await rig.redis.exists(rig.keys.reopened)).toBe(1);
    await experiments.control(rig.id, { action: 'extend', maxDurationSeconds: 1 });
  });

  it('is remembered for a day', async () => {
    await submit();
    await experiments.control(rig.id, { action: 'pause' }, 'yesterday');
    await experiments.control(rig.id, { action: 'resume' }, 'today');
    // What a day does, without waiting for it.
    await rig.redis.zadd(rig.experiment.requested, Date.now() - 25 * 3_600_000, 'yesterday');
    await experiments.control(rig.id, { action: 'stop' }, 'now');
    expect((await rig.redis.hkeys(rig.experiment.requests)).sort()).toEqual(['now', 'today']);
    expect(await rig.redis.zcard(rig.experiment.requested)).toBe(2);
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
      await publishedAs(`exp1000${index}`, state);
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

  it('forgets a submission of which only the list entry was written long ago, and not one that may be under way', async () => {
    await submit({ tags: ['a'] });
    await submit({ id: 'exp00002' }, 'fp', Date.now());
    for (const id of [rig.id, 'exp00002']) await rig.redis.del(rig.keys.of(id).guard);
    await experiments.ensureJobs();
    for (const filter of [{}, { state: 'queued' as const }]) {
      expect((await experiments.list({ ...filter, limit: 10 })).ids).toEqual(['exp00002']);
    }
  });

  it('forgets that an experiment was to be taken up once it is over again', async () => {
    await submit();
    await experiments.control(rig.id, { action: 'extend', maxTrials: 1 });
    const marked = () => rig.redis.exists(rig.keys.reopened);
    const longAgo = () => rig.redis.zadd(rig.keys.reopened, 1, rig.id);
    await longAgo();
    await experiments.ensureJobs();
    expect(await marked()).toBe(1);
    await setPhase('ended');
    // A request that is under way may be about to take it up.
    await rig.redis.zadd(rig.keys.reopened, Date.now(), rig.id);
    await experiments.ensureJobs();
    expect(await marked()).toBe(1);
    await longAgo();
    await experiments.ensureJobs();
    expect(await marked()).toBe(0);
  });

  it.each(['extend', 'delete'] as const)('heals a request to %s an ended experiment that was cut short before its job', async (action) => {
    await submit();
    await publishedAs(rig.id, 'completed');
    await setPhase('ended');
    await experiments.control(rig.id, { action });
    await loseJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 1 });
    // Until an optimizer has published that it looks after it.
    await publishedAs(rig.id, 'running');
    expect(await rig.redis.exists(rig.keys.reopened)).toBe(0);
  });

  it('adds none for an experiment that ended again', async () => {
    await submit();
    await publishedAs(rig.id, 'completed');
    await setPhase('ended');
    await experiments.control(rig.id, { action: 'extend', maxTrials: 1 });
    await setPhase('ended');
    await loseJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 0 });
  });

  it('is not misled by a request that was refused', async () => {
    await submit();
    await publishedAs(rig.id, 'stopped');
    await runScript(rig.redis, 'control', rig.experiment.guard, ['stop', '{"action":"stop"}', 'c', '', 0, MOST_TRIALS]);
    await expect(experiments.control(rig.id, { action: 'extend', maxTrials: 1 })).rejects.toMatchObject({ code: 'conflict' });
    await setPhase('ended');
    await loseJobs();
    await experiments.ensureJobs();
    expect(await jobs.counts()).toMatchObject({ waiting: 0 });
  });
});
