import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ExperimentHeads } from '../../api/experiment-heads.ts';
import { SpecificationSchema } from '../../core/experiment.ts';
import { compileSchema } from '../../core/validate.ts';
import { counts, declaration, hash, submission, useApi, worker } from './support.ts';

const api = useApi();

async function specificationOf(id: string) {
  const response = await api().get(`/v1/experiments/${id}`);
  return compileSchema(SpecificationSchema)(response.json<{ specification: unknown }>().specification);
}

async function submitted(body: object, headers: Record<string, string> = {}): Promise<string> {
  const response = await api().post('/v1/experiments', body, headers);
  expect(response.statusCode, response.body).toBe(201);
  return response.json<{ id: string }>().id;
}

describe('submitting an experiment', () => {
  it('answers 201 with id, state and links', async () => {
    const response = await api().post('/v1/experiments', submission);
    expect(response.statusCode).toBe(201);
    const { id, ...rest } = response.json<{ id: string }>();
    const self = `/v1/experiments/${id}`;
    expect(rest).toEqual({
      state: 'queued',
      links: { self, result: `${self}/result`, trials: `${self}/trials`, events: `${self}/events` },
    });
    expect(response.headers.location).toBe(self);
  });

  it('fills in what the training function declares, and draws a seed', async () => {
    const [first, second] = await Promise.all([submitted(submission), submitted(submission)]);
    const specification = await specificationOf(first);
    expect(specification).toMatchObject({
      metric: 'accuracy',
      direction: 'maximize',
      pool: 'default',
      trainingFunction: { name: 'digits', hash },
    });
    expect(specification.seed).not.toBe((await specificationOf(second)).seed);
  });

  it('gives the experiment to the optimizers', async () => {
    const id = await submitted(submission);
    expect(await api().redis.exists(`${api().keys.bull}:experiments:${id}`)).toBe(1);
  });

  it('pins the version and the pool with the most live slots', async () => {
    const versions = ['b', 'c'].map((letter) => letter.repeat(64));
    const [few = '', many = ''] = versions;
    await api().registry.declare('default', [declaration({ name: 'pinned', hash: few })]);
    await api().registry.declare(
      'gpu',
      versions.map((version) => declaration({ name: 'pinned', hash: version })),
    );
    await api().registry.beat(worker({ id: 'few', functions: [{ name: 'pinned', hash: few }], slots: [null] }));
    await api().registry.beat(worker({ id: 'many', pool: 'gpu', functions: [{ name: 'pinned', hash: many }], slots: [null, null] }));
    await api().registry.beat(
      worker({ id: 'leaving', functions: [{ name: 'pinned', hash: few }], slots: [null, null, null], draining: true }),
    );
    const chosen = await specificationOf(await submitted({ ...submission, trainingFunction: 'pinned' }));
    expect(chosen).toMatchObject({ pool: 'gpu', trainingFunction: { hash: many } });
    const asked = await specificationOf(await submitted({ ...submission, trainingFunction: 'pinned', pool: 'default' }));
    expect(asked).toMatchObject({ pool: 'default', trainingFunction: { hash: few } });
  });

  it('pins the version declared last where no live worker holds any', async () => {
    // The newest hash is neither the first nor the last of them.
    for (const letter of ['b', 'd', 'c']) {
      await api().registry.declare('default', [declaration({ name: 'edited', hash: letter.repeat(64) })]);
      await sleep(2);
    }
    const { trainingFunction } = await specificationOf(await submitted({ ...submission, trainingFunction: 'edited' }));
    expect(trainingFunction.hash).toBe('c'.repeat(64));
  });

  it('refuses a training function that nobody declared, and names the nearest', async () => {
    const response = await api().post('/v1/experiments', { ...submission, trainingFunction: 'digit' });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'unknown-training-function', field: 'trainingFunction' });
    expect(response.json<{ message: string }>().message).toContain('did you mean "digits"?');
  });
});

describe('kind train', () => {
  it('takes the hyperparameters of a finished experiment and those given by hand', async () => {
    const run = await api().experiment();
    const params = { lr: 0.2, optimizer: 'sgd', momentum: 0.5 };
    await run.publish({
      state: 'completed',
      counts: counts({ completed: 1 }),
      incumbent: { number: 0, params, value: 1, provisional: false },
    });
    const id = await submitted({ kind: 'train', trainingFunction: 'digits', from: run.id, hparams: { lr: 0.3 } });
    expect(await specificationOf(id)).toMatchObject({
      from: run.id,
      maxTrials: 1,
      space: {
        lr: { type: 'constant', value: 0.3 },
        optimizer: { type: 'constant', value: 'sgd' },
        momentum: { type: 'constant', value: 0.5 },
      },
    });
  });

  it('refuses an experiment that has not ended, and one that does not exist', async () => {
    const run = await api().experiment();
    for (const from of [run.id, 'x00000']) {
      const response = await api().post('/v1/experiments', { kind: 'train', trainingFunction: 'digits', from });
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'invalid', field: 'from' });
    }
  });
});

describe('an Idempotency-Key', () => {
  it('makes a repeated request the same experiment, seed included', async () => {
    const key = { 'idempotency-key': 'again' };
    const id = await submitted(submission, key);
    const { seed } = await specificationOf(id);
    const repeated = await api().post('/v1/experiments', { maxTrials: 10, trainingFunction: 'digits', kind: 'tune' }, key);
    expect(repeated.statusCode).toBe(200);
    expect(repeated.json()).toMatchObject({ id, state: 'queued' });
    expect((await specificationOf(id)).seed).toBe(seed);
  });

  it('is refused with 409 for another body', async () => {
    const key = { 'idempotency-key': 'other' };
    await submitted(submission, key);
    const response = await api().post('/v1/experiments', { ...submission, maxTrials: 11 }, key);
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'conflict', field: 'Idempotency-Key' });
  });

  it('holds for requests that arrive at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api().post('/v1/experiments', submission, { 'idempotency-key': 'at-once' })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map((answer) => answer.json<{ id: string }>().id)).size).toBe(1);
  });

  it('still answers after the training function has lost its declaration', async () => {
    const key = { 'idempotency-key': 'undeclared' };
    const id = await submitted(submission, key);
    const functions = await api().redis.hgetall(api().keys.functions);
    await api().redis.del(api().keys.functions);
    const repeated = await api().post('/v1/experiments', submission, key);
    await api().redis.hset(api().keys.functions, functions);
    expect(repeated.json()).toMatchObject({ id });
  });

  it('stands for what Redis holds, after Redis lost the experiment that it stood for', async () => {
    const { redis, keys } = api();
    const key = { 'idempotency-key': 'lost' };
    const heads = new ExperimentHeads(redis, keys);
    const id = await submitted({ ...submission, seed: 1 }, key);
    expect((await heads.get(id)).specification.seed).toBe(1);
    const { guard, log, specification } = keys.of(id);
    await redis.del(guard, log, specification);
    // Only a restart loses what Redis held, and it ends every connection.
    redis.disconnect(true);
    await once(redis, 'ready');
    expect(await submitted({ ...submission, seed: 2 }, key)).toBe(id);
    expect((await heads.get(id)).specification.seed).toBe(2);
  });

  it('of a deleted experiment answers 410 and lists nothing', async () => {
    const key = { 'idempotency-key': 'deleted' };
    const id = await submitted(submission, key);
    expect((await api().delete(`/v1/experiments/${id}`)).statusCode).toBe(202);
    expect((await api().post('/v1/experiments', submission, key)).statusCode).toBe(410);
    const listed = await api().get('/v1/experiments?limit=100');
    expect(listed.json<{ items: { id: string }[] }>().items.map((item) => item.id)).not.toContain(id);
  });
});

describe('listing experiments', () => {
  it('pages through all of them, newest first, each once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await submitted({ ...submission, tags: ['paged'], name: `number ${i}` }));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await api().get(`/v1/experiments?tag=paged&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const { items, nextCursor } = page.json<{ items: { id: string }[]; nextCursor: string | null }>();
      seen.push(...items.map(({ id }) => id));
      cursor = nextCursor;
    }
    expect([...seen].sort()).toEqual([...ids].sort());
  });

  it('filters by state and shows what an experiment stands at', async () => {
    const run = await api().experiment({ tags: ['stated'], name: 'mine' });
    await run.publish({ counts: counts({ running: 1 }) });
    const listed = await api().get('/v1/experiments?tag=stated&state=queued');
    expect(listed.json()).toMatchObject({
      items: [{ id: run.id, name: 'mine', tags: ['stated'], kind: 'tune', state: 'running', trainingFunction: 'digits', incumbent: null }],
      nextCursor: null,
    });
    expect((await api().get('/v1/experiments?tag=stated&state=failed')).json()).toEqual({ items: [], nextCursor: null });
  });

  it('refuses a cursor of another list', async () => {
    await submitted({ ...submission, tags: ['cursor'] });
    await submitted({ ...submission, tags: ['cursor'] });
    const { nextCursor } = (await api().get('/v1/experiments?tag=cursor&limit=1')).json<{ nextCursor: string }>();
    const response = await api().get(`/v1/experiments?cursor=${nextCursor}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid', field: 'cursor' });
  });
});
