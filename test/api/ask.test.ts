/** Ask and tell on real servers, with the real optimizer: whole experiments by programs that speak HTTP and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Params } from '../../core/space.ts';
import type { FastifyInstance } from 'fastify';
import { Asker, startApi, type AskedTrial } from '../support/askers.ts';
import { mostAtOnce } from '../support/books.ts';
import { count, Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
const space = { x: { type: 'float', min: -1, max: 1 }, y: { type: 'float', min: -1, max: 1 } };
const plain = { space, direction: 'minimize', scheduler: { type: 'none' }, maxTrials: 3, seed: 5 };

let deployment: Deployment;
let apps: FastifyInstance[];
let asker: Asker;
let other: Asker;
beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  const servers = await Promise.all([startApi(deployment), startApi(deployment)]);
  apps = servers.map(({ app }) => app);
  const [first = '', second = ''] = servers.map(({ address }) => address);
  // What each of them says reaches both servers.
  asker = new Asker(first, second);
  other = new Asker(second, first);
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await deployment.close();
});

function loss({ x, y }: Params, step: number): number {
  return Number(x) ** 2 + Number(y) ** 2 + 1 / step;
}

describe('an experiment that is asked for', () => {
  it('runs from its first trial to its last by four askers, with promotions, over two servers', async () => {
    const scheduler = { type: 'asha', mode: 'promote', maxResource: 9 };
    const id = await asker.submit({ space, direction: 'minimize', sampler: { type: 'random' }, scheduler, maxTrials: 24, seed: 5 });
    await Promise.all([asker, other, asker, other].map((one) => one.work(id, 9, loss)));
    const result = await deployment.ended(id);
    expect(result).toMatchObject({ state: 'completed', stopReason: 'maxTrials', counts: { paused: 0, running: 0, queued: 0, failed: 0 } });
    const events = await deployment.checkBooks(id);
    const bound = events.filter((event) => event.type === 'bound');
    expect(new Set(bound.map(({ trial }) => trial)).size).toBe(24);
    expect(bound.filter(({ origin }) => origin === 'promotion').length).toBeGreaterThan(0);
    expect(result.resource.rungs[0]).toEqual({ resource: 1, trials: 24 });
    expect(result.resource.rungs.filter(({ trials }) => trials > 0).map(({ resource }) => resource)).toEqual([1, 3, 9]);
    expect(count(events, 'attemptLost')).toBe(0);
    expect(mostAtOnce(events)).toBeLessThanOrEqual(4);
    // Nobody started over, so each step was reported once.
    for (const { number, lastStep } of await deployment.trials(id)) {
      const curve = await deployment.readModel.curve(id, number);
      expect(curve.map(({ step }) => step)).toEqual(Array.from({ length: lastStep }, (_, index) => index + 1));
    }
  });

  it('compares trials that report every second step, and says again what was decided', async () => {
    const id = await asker.submit({ ...plain, scheduler: { type: 'asha', maxResource: 9 }, maxTrials: 2 });
    const report = async (trial: AskedTrial, step: number, value: number) => (await asker.say('reports', id, trial, { step, value })).body;
    const good = await asker.trial(id);
    const bad = await asker.trial(id);
    expect(await report(good, 2, 1)).toEqual({ decision: 'continue' });
    expect(await report(bad, 2, 2)).toEqual({ decision: 'stop' });
    expect(await report(bad, 2, 2)).toEqual({ decision: 'stop' });
    for (const step of [4, 6, 8]) expect(await report(good, step, 1)).toEqual({ decision: 'continue' });
    await asker.say('tell', id, bad, { state: 'stopped' });
    await asker.say('tell', id, good, { state: 'completed', value: 1 });
    const { resource } = await deployment.ended(id);
    expect(resource.rungs).toEqual([
      { resource: 1, trials: 2 },
      { resource: 3, trials: 1 },
      { resource: 9, trials: 1 },
    ]);
    await deployment.checkBooks(id);
  });

  it('ends a trial within its rungs though its asker starts over after each pause', async () => {
    const scheduler = { type: 'asha', mode: 'promote', maxResource: 3, reductionFactor: 3 };
    const id = await asker.submit({ space, direction: 'minimize', scheduler, maxTrials: 3, seed: 5 });
    const starts: (number | undefined)[] = [];
    for (;;) {
      const { trial, done } = await asker.ask(id);
      if (done) break;
      if (trial === null) continue;
      starts.push(trial.resumeFrom?.step);
      let decision: unknown = { decision: 'continue' };
      for (let step = 1; step <= (trial.resource ?? 1); step++) {
        expect(decision).toEqual({ decision: 'continue' });
        decision = (await asker.say('reports', id, trial, { step, value: loss(trial.params, step) })).body;
      }
      if (trial.resource === 3) await asker.say('tell', id, trial, { state: 'completed', value: loss(trial.params, 3) });
      else expect(decision).toEqual({ decision: 'pause' });
    }
    expect(starts).toEqual([undefined, undefined, undefined, 1]);
    expect(await deployment.ended(id)).toMatchObject({ counts: { completed: 1, stopped: 2 } });
    await deployment.checkBooks(id);
  });

  it('waits for an asker, says so, and is found in the list like any other', async () => {
    const id = await asker.submit(plain);
    const waitingFor = await until('somebody is waited for', async () => (await deployment.readModel.result(id))?.waitingFor);
    expect(waitingFor).toBe(`an asker: POST /v1/experiments/${id}/ask`);
    const trial = await asker.trial(id);
    await until('a trial runs', async () => (await deployment.readModel.result(id))?.waitingFor === null);
    const detail = await apps[0]?.inject(`/v1/experiments/${id}`);
    expect(detail?.json()).toMatchObject({
      trainingFunction: 'elsewhere',
      pool: 'askers',
      specification: { execution: 'ask', metric: 'value' },
    });
    await asker.say('tell', id, trial, { state: 'completed', value: 1 });
  });

  it('gives as many trials as are asked for at once, and no more than parallelism', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 20, parallelism: 6 });
    const trials = await Promise.all(Array.from({ length: 6 }, () => other.trial(id)));
    expect(trials.map(({ number }) => number).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await other.ask(id, { waitSeconds: 1 })).toEqual({ trial: null, done: false });
  });

  it('works its samplers no further ahead than there are askers', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 50, sampler: { type: 'gp' } });
    for (let number = 0; number < 4; number++) {
      const trial = await asker.trial(id);
      await asker.say('tell', id, trial, { state: 'completed', value: loss(trial.params, 1) });
    }
    // One ticket for whoever comes, one behind it, and whoever has just asked may count for a moment more.
    expect(await deployment.redis.scard(deployment.keys.of(id).tickets)).toBeLessThanOrEqual(3);
    const places = (await deployment.events(id)).flatMap((event) => (event.type === 'bound' ? [event.place] : []));
    expect(Math.max(...places)).toBeLessThanOrEqual(2);
  });

  it('is done for everybody who waits as soon as the last trial is told', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 1 });
    const trial = await asker.trial(id);
    const waiting = other.ask(id);
    await asker.say('tell', id, trial, { state: 'completed', value: 1 });
    expect(await waiting).toEqual({ trial: null, done: true });
    await deployment.checkBooks(id);
  });

  it('brings the same trial to an ask that is sent again under its key, while the trial runs', async () => {
    const id = await asker.submit(plain);
    const again = { 'idempotency-key': 'my-first' };
    const first = await asker.post(`/${id}/ask`, { waitSeconds: 20 }, again);
    expect(first).toMatchObject({ status: 200, body: { trial: { number: 0 } } });
    expect(await asker.post(`/${id}/ask`, { waitSeconds: 20 }, again)).toEqual(first);
    expect((await asker.trial(id)).number).toBe(1);
  });

  it('takes enqueued configurations first', async () => {
    const id = await asker.submit(plain);
    const params = { x: 0.5, y: -0.5 };
    await asker.post(`/${id}/enqueue`, { params });
    await until('it is ready', async () => (await deployment.events(id)).some(({ type }) => type === 'controlRequested'));
    const trials = await Promise.all([asker.trial(id), asker.trial(id), asker.trial(id)]);
    expect(trials.map((trial) => trial.params)).toContainEqual(params);
  });
});

describe('an attempt', () => {
  it('that falls silent loses its trial to the next asker, and what it says later is refused', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 1 });
    const lost = await asker.trial(id, { leaseSeconds: 1, worker: 'silent' });
    expect((await asker.say('reports', id, lost, { step: 1, value: 0.5 })).body).toEqual({ decision: 'continue' });
    const next = await other.trial(id, { worker: 'heir' });
    expect(next).toMatchObject({ number: 0, attempt: 2, params: lost.params, seed: lost.seed, resumeFrom: { step: 1 } });
    const refusal = { code: 'lease-lost', field: 'token', message: expect.stringContaining('ask for another trial') as string };
    const words = [
      ['tell', { state: 'completed', value: -1 }],
      ['reports', { step: 2, value: -1 }],
      ['heartbeat', {}],
    ] as const;
    for (const [what, body] of words) expect(await asker.say(what, id, lost, body)).toEqual({ status: 409, body: refusal });
    expect(await other.say('tell', id, next, { state: 'completed', value: 0.25 })).toEqual({ status: 200, body: { state: 'completed' } });
    expect(await deployment.ended(id)).toMatchObject({ incumbent: { number: 0, value: 0.25 }, counts: { completed: 1 } });
    const events = await deployment.checkBooks(id);
    expect(count(events, 'attemptLost')).toBe(1);
    expect(await deployment.trials(id)).toMatchObject([{ worker: 'heir', attempts: 2, lastStep: 1 }]);
  });

  it('keeps its trial by heartbeats or reports alone', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 2 });
    const [beating, reporting] = [await asker.trial(id, { leaseSeconds: 3 }), await asker.trial(id, { leaseSeconds: 3 })];
    const startedAt = performance.now();
    for (let step = 1; performance.now() - startedAt < 4500; step++) {
      expect(await asker.say('heartbeat', id, beating)).toEqual({ status: 200, body: { stop: false, leaseSeconds: 3 } });
      expect((await asker.say('reports', id, reporting, { step, value: 1 })).body).toEqual({ decision: 'continue' });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    for (const trial of [beating, reporting]) await asker.say('tell', id, trial, { state: 'completed', value: 1 });
    await deployment.ended(id);
    expect(count(await deployment.checkBooks(id), 'attemptLost')).toBe(0);
  });

  it('may send its reports and its outcome again: the first counts', async () => {
    const id = await asker.submit({ ...plain, scheduler: { type: 'median' }, maxTrials: 1 });
    const trial = await asker.trial(id);
    for (const value of [0.5, 0.9]) {
      expect((await asker.say('reports', id, trial, { step: 1, value })).body).toEqual({ decision: 'continue' });
    }
    expect((await asker.say('reports', id, trial, { step: 2, metrics: { value: 0.4, loss: 7 } })).body).toEqual({ decision: 'continue' });
    expect((await asker.say('reports', id, trial, { step: 1, value: 0.1 })).body).toEqual({ decision: 'continue' });
    const told = { status: 200, body: { state: 'completed' } };
    expect(await asker.say('tell', id, trial, { state: 'completed', value: 0.4 })).toEqual(told);
    expect(await asker.say('tell', id, trial, { state: 'completed', value: 0.3 })).toEqual(told);
    expect(await asker.say('tell', id, trial, { state: 'failed' })).toEqual(told);
    expect((await asker.say('reports', id, trial, { step: 3, value: 1 })).body).toEqual({ decision: 'stop' });
    expect((await asker.say('heartbeat', id, trial)).body).toMatchObject({ stop: true });
    await deployment.ended(id);
    const events = await deployment.checkBooks(id);
    expect([count(events, 'reported'), count(events, 'decided'), count(events, 'completed')]).toEqual([2, 2, 1]);
    const curve = await deployment.readModel.curve(id, 0);
    expect(curve).toMatchObject([
      { step: 1, value: 0.5, metrics: { value: 0.5 } },
      { step: 2, value: 0.4, metrics: { value: 0.4, loss: 7 } },
    ]);
  });

  it('loses none of its reports when they come at once by two servers', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 1 });
    const trial = await asker.trial(id);
    for (let first = 1; first <= 40; first += 2) {
      const pair = [asker, other].map((one, at) => one.say('reports', id, trial, { step: first + at, value: first + at }));
      const answers = await Promise.all(pair);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }
    // One that overtakes another makes it an older step, which changes nothing; none goes missing otherwise.
    const steps = (await deployment.readModel.curve(id, 0)).map(({ step }) => step);
    for (let last = 2; last <= 40; last += 2) expect(steps).toContain(last);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  it('that hears of a pause is over, also when it asks for the answer again', async () => {
    const scheduler = { type: 'asha', mode: 'promote', maxResource: 9 };
    const id = await asker.submit({ ...plain, scheduler, maxTrials: 5 });
    const trial = await asker.trial(id);
    for (let time = 0; time < 2; time++) {
      expect(await asker.say('reports', id, trial, { step: 1, value: 1 })).toEqual({ status: 200, body: { decision: 'pause' } });
    }
    expect(await asker.say('tell', id, trial, { state: 'completed', value: 0 })).toEqual({ status: 200, body: { state: 'paused' } });
    expect(await deployment.running(id)).toBe(0);
  });

  it.each([
    ['a report', 'reports', { step: 2, value: null }, { decision: 'stop' }],
    ['another metric of a report', 'reports', { step: 2, metrics: { value: 1, loss: null } }, { decision: 'stop' }],
    ['its outcome', 'tell', { state: 'completed', value: null }, { state: 'failed' }],
  ] as const)('whose %s is no finite number has diverged', async (_what, path, body, answer) => {
    const id = await asker.submit({ ...plain, maxTrials: 2 });
    const trial = await asker.trial(id);
    await asker.say('reports', id, trial, { step: 1, value: 3 });
    for (let time = 0; time < 2; time++) expect(await asker.say(path, id, trial, body)).toEqual({ status: 200, body: answer });
    const failed = await until('it has failed', async () => (await deployment.trials(id)).find(({ state }) => state === 'failed'));
    expect(failed).toMatchObject({ number: 0, attempts: 1, lastStep: 1, failure: { reason: 'diverged' } });
  });

  it('that fails is tried again, and one that cannot be run is not', async () => {
    const id = await asker.submit({ ...plain, maxTrials: 2, maxAttempts: 2 });
    for (const attempt of [1, 2]) {
      const trial = await asker.trial(id);
      expect(trial).toMatchObject({ number: 0, attempt });
      await asker.say('tell', id, trial, { state: 'failed', message: 'no "luck"\\' });
    }
    await asker.say('tell', id, await asker.trial(id), { state: 'infeasible' });
    expect(await deployment.ended(id)).toMatchObject({ state: 'failed' });
    expect(await deployment.trials(id)).toMatchObject([
      { attempts: 2, failure: { reason: 'error', message: 'no "luck"\\' } },
      { attempts: 1, failure: { reason: 'infeasible' } },
    ]);
    await deployment.checkBooks(id);
  });
});

describe('a person', () => {
  it('who stops the experiment stops what its askers run, by reports and heartbeats', async () => {
    const id = await asker.submit(plain);
    const [reporting, beating] = [await asker.trial(id), await asker.trial(id)];
    await asker.post(`/${id}/stop`, {});
    expect((await other.say('reports', id, reporting, { step: 1, value: 1 })).body).toEqual({ decision: 'stop' });
    expect((await other.say('heartbeat', id, beating)).body).toEqual({ stop: true, leaseSeconds: 60 });
    expect(await other.ask(id)).toEqual({ trial: null, done: true });
    for (const trial of [reporting, beating]) {
      expect((await asker.say('tell', id, trial, { state: 'stopped' })).body).toEqual({ state: 'stopped' });
    }
    expect(await deployment.ended(id)).toMatchObject({ state: 'stopped', stopReason: 'requested', counts: { stopped: 2 } });
    await deployment.checkBooks(id);
  });

  it('who pauses the experiment lets what runs go on, and nothing new is handed out until it is resumed', async () => {
    const id = await asker.submit({ ...plain, scheduler: { type: 'median' } });
    const trial = await asker.trial(id);
    await asker.post(`/${id}/pause`, {});
    expect(await other.ask(id, { waitSeconds: 1 })).toEqual({ trial: null, done: false });
    expect((await asker.say('reports', id, trial, { step: 1, value: 1 })).body).toEqual({ decision: 'continue' });
    const waiting = other.trial(id);
    await asker.post(`/${id}/resume`, {});
    expect((await waiting).number).toBe(1);
  });

  it('who deletes it is obeyed once its askers have told', async () => {
    const id = await asker.submit({ ...plain, parallelism: 1 });
    const trial = await asker.trial(id);
    // So that it leaves behind what asking in vain leaves.
    expect(await other.ask(id, { waitSeconds: 0 })).toEqual({ trial: null, done: false });
    const [app] = apps;
    await app?.inject({ method: 'DELETE', url: `/v1/experiments/${id}` });
    expect((await asker.post(`/${id}/ask`, {})).status).toBe(410);
    expect((await asker.say('heartbeat', id, trial)).body).toMatchObject({ stop: true });
    await asker.say('tell', id, trial, { state: 'stopped' });
    const { prefix: all, of } = deployment.keys;
    await until('only a tombstone is left', async () => {
      const left = await deployment.redis.keys(`${all}:{${id}}:*`);
      return left.length === 1 && left[0] === of(id).tombstone;
    });
    expect((await asker.say('tell', id, trial, { state: 'stopped' })).status).toBe(410);
  });
});
