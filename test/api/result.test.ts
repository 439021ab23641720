import { describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../core/results.ts';
import { counts, row, submission, useApi } from './support.ts';

const api = useApi();
const incumbent = { number: 0, params: { lr: 0.1 }, value: 0.9, provisional: false };

/** Resolves once so many requests wait for the experiment's news. */
async function someoneWaits(id: string): Promise<void> {
  for (;;) {
    const [, subscribers] = await api().redis.pubsub('NUMSUB', api().keys.of(id).published);
    if (Number(subscribers) > 0) return;
  }
}

describe('the result', () => {
  it('has its shape before an optimizer took the experiment up', async () => {
    const { id } = (await api().post('/v1/experiments', submission)).json<{ id: string }>();
    const result = await api().get(`/v1/experiments/${id}/result`);
    expect(result.json()).toMatchObject({ id, state: 'queued', stopReason: null, incumbent: null, counts: counts({}), position: 0 });
  });

  it('is what the optimizer published', async () => {
    const run = await api().experiment();
    const rungs = [
      { resource: 1, trials: 2 },
      { resource: 27, trials: 1 },
    ];
    const resource = { used: 30, saved: 26, rungs };
    await run.publish({
      state: 'completed',
      stopReason: 'maxTrials',
      counts: counts({ completed: 1, paused: 1 }),
      incumbent,
      resource,
      position: 7,
    });
    const result = await api().get(`${run.path}/result`);
    expect(result.json()).toMatchObject({
      state: 'completed',
      stopReason: 'maxTrials',
      counts: { paused: 1 },
      incumbent,
      resource,
      position: 7,
    });
  });

  it('leads to the artefacts of its incumbent, and says why trials failed', async () => {
    const run = await api().experiment();
    const failure = { reason: 'error', trials: 2, trial: 3, message: 'no such file' } as const;
    await run.publish({ state: 'failed', counts: counts({ completed: 1, failed: 2 }), incumbent, failure });
    const self = `${run.path}/trials/3`;
    const links = { self, curve: `${self}/curve`, log: `${self}/log`, artefacts: `${self}/artefacts` };
    const artefacts = `${run.path}/trials/0/artefacts`;
    expect((await api().get(`${run.path}/result`)).json()).toMatchObject({
      failure: { ...failure, links },
      incumbent: { ...incumbent, links: { artefacts } },
    });
    expect((await api().get(run.path)).json()).toMatchObject({ incumbent: { links: { artefacts } } });
  });

  it.each([
    ['maximize', 0.8, 2],
    ['minimize', 0.2, 1],
  ])('has the best last report as provisional incumbent while no trial has completed (%s)', async (direction, value, number) => {
    const run = await api().experiment({ direction });
    const [token] = await run.start([2]);
    if (token === undefined) throw new Error('nothing was started');
    await api().attempts.report(token, 1, [{ step: 1, value: 0.8, metrics: {} }], false);
    await run.publish({ counts: counts({ running: 1, stopped: 2, failed: 1 }) }, [
      row(0, { state: 'stopped', value: 0.5 }),
      row(1, { state: 'stopped', value: 0.2 }),
      row(2, { state: 'running' }),
      row(3, { state: 'failed', value: direction === 'maximize' ? 5 : -5 }),
    ]);
    const provisional = { number, value, provisional: true };
    expect((await api().get(`${run.path}/result`)).json()).toMatchObject({ incumbent: provisional });
    expect((await api().get(run.path)).json()).toMatchObject({ incumbent: provisional });
  });

  it('finds the best last report among any number of running trials', async () => {
    const run = await api().experiment({ maxTrials: 1000 });
    const numbers = Array.from({ length: 150 }, (_, number) => number);
    const tokens = await run.start(numbers);
    await Promise.all(
      tokens.map((token) => api().attempts.report(token, 1, [{ step: 1, value: token.trial === 140 ? 2 : 1, metrics: {} }], false)),
    );
    await run.publish(
      { counts: counts({ running: 150 }) },
      numbers.map((number) => row(number, { state: 'running' })),
    );
    const result = (await api().get(`${run.path}/result`)).json<ResultDocument>();
    expect(result.incumbent).toMatchObject({ number: 140, value: 2, provisional: true });
  });

  it('has no provisional incumbent beside completed trials', async () => {
    const run = await api().experiment();
    await run.publish({ counts: counts({ completed: 1, stopped: 1 }), incumbent: null }, [row(0, { state: 'stopped', value: 0.5 })]);
    expect((await api().get(`${run.path}/result`)).json()).toMatchObject({ incumbent: null });
  });
});

describe('the ETag of a result', () => {
  it('answers 304 until something changed, a report included', async () => {
    const run = await api().experiment();
    const [token] = await run.start([0]);
    if (token === undefined) throw new Error('nothing was started');
    await run.publish({ counts: counts({ running: 1 }) }, [row(0, { state: 'running' })]);
    const first = await api().get(`${run.path}/result`);
    const headers = { 'if-none-match': `"other", W/${String(first.headers.etag)}` };
    const unchanged = await api().get(`${run.path}/result`, { headers });
    expect(unchanged.statusCode).toBe(304);
    expect(unchanged.body).toBe('');
    await api().attempts.report(token, 1, [{ step: 1, value: 0.8, metrics: {} }], false);
    const changed = await api().get(`${run.path}/result`, { headers });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(first.headers.etag);
  });

  it('changes with what the experiment waits for, at the same position of the log', async () => {
    const run = await api().experiment();
    await run.publish({});
    const first = await api().get(`${run.path}/result`);
    await run.publish({ waitingFor: 'a worker' });
    expect((await api().get(`${run.path}/result`)).headers.etag).not.toBe(first.headers.etag);
  });
});

describe('a long poll', () => {
  it('ends as soon as there is something newer than the ETag', async () => {
    const run = await api().experiment();
    await run.publish({});
    const { etag } = (await api().get(`${run.path}/result`)).headers;
    const poll = api().get(`${run.path}/result?waitSeconds=60`, { headers: { 'if-none-match': String(etag) } });
    await someoneWaits(run.id);
    await run.publish({ counts: counts({ completed: 1 }), incumbent, position: 2 });
    const answer = await poll;
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ position: 2, incumbent });
  });

  it('sees a report though no hint tells of it', async () => {
    const run = await api().experiment();
    const [token] = await run.start([0]);
    if (token === undefined) throw new Error('nothing was started');
    await run.publish({ counts: counts({ running: 1 }) }, [row(0, { state: 'running' })]);
    const { etag } = (await api().get(`${run.path}/result`)).headers;
    const poll = api().get(`${run.path}/result?waitSeconds=60`, { headers: { 'if-none-match': String(etag) } });
    await someoneWaits(run.id);
    await api().attempts.report(token, 1, [{ step: 1, value: 0.8, metrics: {} }], false);
    expect((await poll).json()).toMatchObject({ incumbent: { value: 0.8, provisional: true } });
  });

  it('without an ETag ends with the experiment', async () => {
    const run = await api().experiment();
    await run.publish({});
    const poll = api().get(`${run.path}/result?waitSeconds=60`);
    await someoneWaits(run.id);
    await run.publish({ counts: counts({ running: 1 }), position: 2 });
    await run.publish({ state: 'stopped', stopReason: 'requested', position: 3 });
    expect((await poll).json()).toMatchObject({ state: 'stopped', position: 3 });
  });

  it('answers 304 when its time is up, and the document where none was at hand', async () => {
    const run = await api().experiment();
    await run.publish({});
    const { etag } = (await api().get(`${run.path}/result`)).headers;
    const [known, unknown] = await Promise.all([
      api().get(`${run.path}/result?waitSeconds=0.1`, { headers: { 'if-none-match': String(etag) } }),
      api().get(`${run.path}/result?waitSeconds=0.1`),
    ]);
    expect(known.statusCode).toBe(304);
    expect(unknown.json()).toMatchObject({ id: run.id, state: 'running' });
  });

  it.each(['0.0201', '1e-9'])('bears to wait %s seconds, which is no whole number of milliseconds', async (seconds) => {
    const run = await api().experiment();
    const response = await api().get(`${run.path}/result?waitSeconds=${seconds}`);
    expect(response.statusCode, response.body).toBe(200);
  });

  it('learns of a deletion', async () => {
    const run = await api().experiment();
    await run.publish({});
    const poll = api().get(`${run.path}/result?waitSeconds=60`);
    await someoneWaits(run.id);
    await api().delete(run.path);
    expect((await poll).statusCode).toBe(410);
  });
});
