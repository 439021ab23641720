import { describe, expect, it } from 'vitest';
import type { ControlRequest } from '../../core/events.ts';
import { readLog } from '../../queue/log.ts';
import { declaration, hash, useApi, worker, type Run } from './support.ts';

const api = useApi();

/** The requests that the log of an experiment holds. */
async function requests(run: Run): Promise<ControlRequest[]> {
  const entries = await readLog(api().redis, api().keys, run.id, 0, 1000);
  return entries.flatMap(({ event }) => (event.type === 'controlRequested' ? [event.request] : []));
}

describe.each([['stop'], ['pause']])('%s', (action) => {
  it('is accepted, and asked again changes nothing', async () => {
    const run = await api().experiment();
    const first = await api().post(`${run.path}/${action}`);
    expect(first.statusCode).toBe(202);
    expect(first.json()).toMatchObject({ id: run.id, changed: true });
    expect((await api().post(`${run.path}/${action}`)).json()).toMatchObject({ changed: false });
    expect(await requests(run)).toEqual([{ action }]);
  });
});

describe('resume', () => {
  it('lets a paused experiment go on with the pinned version while somebody holds it', async () => {
    await api().registry.beat(worker());
    const run = await api().experiment();
    await api().post(`${run.path}/pause`);
    expect((await api().post(`${run.path}/resume`)).json()).toMatchObject({ changed: true });
    expect((await api().post(`${run.path}/resume`)).json()).toMatchObject({ changed: false });
    expect(await requests(run)).toEqual([{ action: 'pause' }, { action: 'resume' }]);
    await api().registry.leave('worker-1');
  });

  it('pins the version that most slots hold where the pinned one has no holder', async () => {
    const run = await api().experiment();
    const successor = 'd'.repeat(64);
    await api().registry.declare('default', [declaration({ hash: successor })]);
    await api().registry.beat(worker({ id: 'new', functions: [{ name: 'digits', hash: successor }] }));
    await api().post(`${run.path}/pause`);
    await api().post(`${run.path}/resume`);
    expect(await requests(run)).toEqual([{ action: 'pause' }, { action: 'resume', hash: successor }]);
    const experiment = (await api().get(run.path)).json<{ pinnedHash: string; specification: { trainingFunction: { hash: string } } }>();
    expect(experiment.pinnedHash).toBe(successor);
    expect(experiment.specification.trainingFunction.hash).toBe(hash);
    await api().registry.leave('new');
  });

  it('is refused once the experiment is over', async () => {
    const run = await api().experiment();
    await run.end();
    const response = await api().post(`${run.path}/resume`);
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'conflict', field: 'state' });
  });
});

describe('extend', () => {
  it('reopens an experiment that is over and asks for an optimizer', async () => {
    const run = await api().experiment();
    await run.end();
    const response = await api().post(`${run.path}/extend`, { maxTrials: 5 });
    expect(response.statusCode).toBe(202);
    expect(await requests(run)).toEqual([{ action: 'extend', maxTrials: 5 }]);
    expect(await api().redis.exists(`${api().keys.bull}:experiments:${run.id}-1`)).toBe(1);
  });

  it('counts once for one Idempotency-Key', async () => {
    const run = await api().experiment();
    const key = { 'idempotency-key': 'more' };
    await Promise.all([1, 2, 3].map(() => api().post(`${run.path}/extend`, { maxTrials: 5 }, key)));
    expect(await requests(run)).toHaveLength(1);
    await api().post(`${run.path}/extend`, { maxTrials: 5 });
    expect(await requests(run)).toHaveLength(2);
  });

  it.each([
    [{ maxTrials: 5, maxDurationSeconds: 60 }, { maxDurationSeconds: 60, maxTrials: 5 }, 202],
    [{ maxTrials: 5 }, { maxTrials: 6 }, 409],
  ])('of %j, repeated as %j under the same Idempotency-Key, is answered with what that is', async (first, again, status) => {
    const run = await api().experiment({ maxDurationSeconds: 60 });
    const key = { 'idempotency-key': 'once' };
    await api().post(`${run.path}/extend`, first, key);
    const response = await api().post(`${run.path}/extend`, again, key);
    expect(response.statusCode, response.body).toBe(status);
    if (status === 409) expect(response.json()).toMatchObject({ code: 'conflict', field: 'Idempotency-Key' });
    expect(await requests(run)).toHaveLength(1);
  });

  it('that counted once keeps its answer, though it would be refused now', async () => {
    const run = await api().experiment({ maxDurationSeconds: 60 });
    const key = { 'idempotency-key': 'kept' };
    const extend = () => api().post(`${run.path}/extend`, { maxTrials: 5 }, key);
    const first = await extend();
    await run.end();
    await run.publish({ state: 'completed', stopReason: 'maxDuration' });
    const again = await extend();
    expect([first.statusCode, again.statusCode]).toEqual([202, 202]);
    expect(again.json()).toEqual(first.json());
  });

  it.each([
    ['maxTrials', { maxDurationSeconds: 60 }, { maxTrials: 5 }],
    ['maxDuration', { maxTrials: 5 }, { maxTrials: 5, maxDurationSeconds: 60 }],
  ] as const)('of an experiment that ended by %s gives it more of that', async (stopReason, other, right) => {
    const run = await api().experiment({ maxDurationSeconds: 60 });
    await run.end();
    await run.publish({ state: 'completed', stopReason });
    const response = await api().post(`${run.path}/extend`, other);
    expect(response.statusCode).toBe(409);
    const field = stopReason === 'maxTrials' ? 'maxTrials' : 'maxDurationSeconds';
    expect(response.json()).toMatchObject({ code: 'conflict', field, message: expect.stringContaining('has used it up') as string });
    expect(await requests(run)).toEqual([]);
    expect((await api().post(`${run.path}/extend`, right)).statusCode).toBe(202);
  });

  it('is refused while a requested stop is under way, and says when it will not be', async () => {
    const run = await api().experiment();
    await api().post(`${run.path}/stop`);
    const response = await api().post(`${run.path}/extend`, { maxTrials: 5 });
    expect(response.statusCode).toBe(409);
    expect(response.json<{ message: string }>().message).toContain('ask again once it has ended');
    await run.end('stopped');
    expect((await api().post(`${run.path}/extend`, { maxTrials: 5 })).statusCode).toBe(202);
  });

  it.each([
    [{}, 'maxTrials'],
    [{ maxTrials: '5' }, 'maxTrials'],
    [{ maxTrials: 0 }, 'maxTrials'],
    [{ trials: 5 }, 'trials'],
    [{ maxDurationSeconds: 60 }, 'maxDurationSeconds'],
  ])('refuses %j', async (body, field) => {
    const run = await api().experiment();
    const response = await api().post(`${run.path}/extend`, body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid', field });
  });
});

describe('enqueue', () => {
  it('takes a configuration of the space and fills in defaults', async () => {
    const run = await api().experiment({ hparams: { optimizer: 'sgd' } });
    const response = await api().post(`${run.path}/enqueue`, { params: { lr: 0.5 } });
    expect(response.statusCode, response.body).toBe(202);
    expect(await requests(run)).toEqual([{ action: 'enqueue', params: { lr: 0.5, optimizer: 'sgd', momentum: 0.45 } }]);
  });

  it.each([
    [{ params: { lrr: 0.5 } }, 'params.lrr', 'did you mean "lr"?'],
    [{ params: { lr: 5 } }, 'params.lr', 'must be a number from 0.001 to 1'],
    [{ params: { lr: '0.5' } }, 'params.lr', 'must be a number'],
    [{ params: { optimizer: 'adam', momentum: 0.5 } }, 'params.momentum', 'must be absent unless'],
    [{ params: { lr: null } }, 'params.lr', ''],
    [{ hparams: {} }, 'hparams', 'did you mean "params"?'],
    [{}, 'params', 'is required'],
  ])('refuses %j', async (body, field, message) => {
    const run = await api().experiment();
    const response = await api().post(`${run.path}/enqueue`, body);
    expect(response.statusCode, response.body).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid', field });
    expect(response.json<{ message: string }>().message).toContain(message);
    expect(await requests(run)).toEqual([]);
  });
});

describe('enqueue, once every trial is promised,', () => {
  it('is refused until the experiment is extended', async () => {
    const run = await api().experiment({ maxTrials: 2 });
    const enqueue = (lr: number, key?: string) =>
      api().post(`${run.path}/enqueue`, { params: { lr } }, key === undefined ? {} : { 'idempotency-key': key });
    expect((await enqueue(0.1, 'first')).statusCode).toBe(202);
    expect((await enqueue(0.2)).statusCode).toBe(202);
    const response = await enqueue(0.3);
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'conflict', field: 'maxTrials' });
    expect(response.json<{ message: string }>().message).toContain('extend the experiment first');
    expect((await enqueue(0.1, 'first')).statusCode).toBe(202);
    await api().post(`${run.path}/extend`, { maxTrials: 1 });
    expect((await enqueue(0.3)).statusCode).toBe(202);
    expect(await requests(run)).toHaveLength(4);
  });
});

describe('delete', () => {
  it('is accepted, and from then on the experiment is gone', async () => {
    const run = await api().experiment();
    expect((await api().delete(run.path)).statusCode).toBe(202);
    expect((await api().delete(run.path)).json()).toMatchObject({ changed: false });
    const paths = ['', '/result', '/trials', '/trials/0', '/events'];
    for (const purged of [false, true]) {
      if (purged) await run.purge();
      for (const path of paths) {
        const response = await api().get(`${run.path}${path}`);
        expect(response.statusCode, path).toBe(410);
        expect(response.json()).toMatchObject({ code: 'gone' });
      }
      expect((await api().post(`${run.path}/stop`)).statusCode).toBe(410);
    }
    expect((await api().delete(run.path)).statusCode).toBe(410);
  });
});
