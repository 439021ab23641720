import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../core/results.ts';
import type { Attempts, AttemptToken, Binding } from '../../queue/attempts.ts';
import type { Tenure } from '../../queue/decisions.ts';
import { ReadModel } from '../../queue/read-model.ts';
import { runScript } from '../../queue/scripts.ts';
import { QueueRig, commitOf, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { FUNCTION_HASH } from '../support/specification.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

/** Runs `act` and demands that it left every key as it was. */
async function unchanged<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  const before = await rig.dump();
  const answer = await act();
  expect(await rig.dump()).toEqual(before);
  return answer;
}

const report = (step: number, value = step / 3) => ({ step, value, metrics: { value } });
const decided = (trial: number, step: number, decision: 'continue' | 'pause' | 'stop', basis = 1) =>
  ({ type: 'decided', trial, step, decision, basis, engine: '1' }) as const;

async function control(request: { action: string }, nonce: string, hash = ''): Promise<readonly (string | number)[]> {
  const { word, rest } = await runScript(rig.redis, 'control', rig.experiment.guard, [
    request.action,
    JSON.stringify(request),
    nonce,
    hash,
  ]);
  return [word, ...rest];
}

/** What an attempt may say, each with a call that is right for the first attempt of trial 0. */
const sayings: [string, (attempts: Attempts, token: AttemptToken) => Promise<{ readonly kind: string }>][] = [
  ['report', (attempts, token) => attempts.report(token, 1, [report(1)], true)],
  ['renew', (attempts, token) => attempts.renew(token, 60_000)],
  ['time-out-decision', (attempts, token) => attempts.timeOutDecision(token, 1)],
  ['finish (completed)', (attempts, token) => attempts.finish(token, { state: 'completed', value: 1, metrics: { value: 1 } })],
  ['finish (stopped)', (attempts, token) => attempts.finish(token, { state: 'stopped' })],
  ['finish (paused)', (attempts, token) => attempts.finish(token, { state: 'paused' })],
  ['finish (failed)', (attempts, token) => attempts.finish(token, { state: 'failed', reason: 'error', message: 'x' })],
  ['register-files', (attempts, token) => attempts.registerFiles(token, 'checkpoint', 'c1', 1)],
  ['output', (attempts, token) => attempts.appendOutput(token, ['a line'])],
];

describe.each(sayings)('what an attempt says: %s', (_, say) => {
  it('is taken while the attempt holds its lease', async () => {
    const { binding } = await rig.running();
    expect((await say(rig.attempts, binding.token)).kind).not.toBe('refused');
  });

  it('is refused, before anything is written, when the experiment is gone', async () => {
    const { binding } = await rig.running();
    await rig.redis.del(rig.experiment.guard);
    expect(await unchanged(() => say(rig.attempts, binding.token))).toEqual({ kind: 'refused', why: 'gone' });
  });

  it('is refused, before anything is written, from an attempt that never was', async () => {
    const { binding } = await rig.running();
    for (const forged of [{ nonce: 'another' }, { attempt: 2 }, { trial: 7 }]) {
      const token = { ...binding.token, ...forged };
      expect(await unchanged(() => say(rig.attempts, token))).toEqual({ kind: 'refused', why: 'superseded' });
    }
  });

  it('is refused, before anything is written, once the lease has lapsed and that is logged', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.commit(tenure);
    expect(await rig.eventTypes()).toEqual(['submitted', 'bound', 'attemptLost']);
    expect(await unchanged(() => say(rig.attempts, binding.token))).toEqual({ kind: 'refused', why: 'lost' });
  });

  it('is refused, before anything is written, once another attempt of the trial runs', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.commit(tenure);
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt: 2, origin: 'retry' })]);
    const second = await rig.bind(ticket);
    expect(await unchanged(() => say(rig.attempts, binding.token))).toEqual({ kind: 'refused', why: 'superseded' });
    expect((await say(rig.attempts, second.token)).kind).not.toBe('refused');
  });
});

describe('submit', () => {
  it('creates an experiment once: the same request again changes nothing, another one is a conflict', async () => {
    expect(await rig.submit()).toBe('ok');
    expect(await unchanged(() => rig.submit({}, 'fp', 'another nonce'))).toBe('known');
    expect(await unchanged(() => rig.submit({ maxTrials: 99 }, 'another'))).toBe('conflict');
    expect(await rig.events()).toMatchObject([{ type: 'submitted', seq: 1, v: 1, specification: { id: rig.id } }]);
  });

  it('is refused once the experiment was deleted', async () => {
    await deleted();
    expect(await unchanged(() => rig.submit())).toBe('gone');
  });
});

describe('start', () => {
  it('binds the head of the ready list to the ticket and says so in the log', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [first = '', second = ''] = await rig.offer(tenure, [readyEntry(0), readyEntry(1)]);
    const { entry, token, resumeFrom, best } = await rig.bind(second, { nonce: 'a', worker: 'w7', slot: 3 });
    expect(entry).toEqual(readyEntry(0));
    expect(token).toEqual({ experiment: rig.id, trial: 0, attempt: 1, nonce: 'a' });
    expect([resumeFrom, best]).toEqual([null, null]);
    expect((await rig.bind(first)).entry).toEqual(readyEntry(1));
    expect((await rig.log()).slice(1)).toMatchObject([
      { nonce: 'a', event: { type: 'bound', ...readyEntry(0), basis: 1, place: 0, engine: '1', worker: 'w7', slot: 3 } },
      { event: { type: 'bound', ...readyEntry(1), basis: 1, place: 1 } },
    ]);
    expect(await rig.redis.smembers(rig.experiment.tickets)).toEqual([]);
  });

  it('answers the same when it is sent again, and starts nothing twice', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0), readyEntry(1)]);
    const answer = await rig.start(ticket, { nonce: 'a' });
    expect(await unchanged(() => rig.start(ticket, { nonce: 'a' }))).toEqual(answer);
  });

  it('refuses a settled ticket, one that never was, and any once the experiment is gone', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0)]);
    await rig.bind(ticket);
    for (const other of [ticket, 't99']) expect(await unchanged(() => rig.start(other))).toEqual({ kind: 'nothing', why: 'closed' });
    await rig.redis.del(rig.experiment.guard);
    expect(await unchanged(() => rig.start(ticket))).toEqual({ kind: 'nothing', why: 'gone' });
  });

  it('refuses another version of the training function and leaves the ticket to another worker', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0)]);
    expect(await unchanged(() => rig.start(ticket, { hash: 'b'.repeat(64) }))).toEqual({ kind: 'wrong-hash', pinned: FUNCTION_HASH });
    expect((await rig.bind(ticket)).entry.trial).toBe(0);
  });

  it('takes the version that a resume pinned anew', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0)]);
    expect(await control({ action: 'resume' }, 'c1', 'b'.repeat(64))).toEqual(['ok', 'active', 0]);
    expect(await rig.start(ticket)).toEqual({ kind: 'wrong-hash', pinned: 'b'.repeat(64) });
    expect((await rig.bind(ticket, { hash: 'b'.repeat(64) })).entry.trial).toBe(0);
  });

  it('settles a ticket without starting anything when there is nothing to start: list empty, limit reached, paused, stopping', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const entries = [readyEntry(0), readyEntry(1), readyEntry(2), readyEntry(3)];
    const tickets = [...(await rig.offer(tenure, entries, { limit: 1 }))];
    const take = (): Promise<unknown> => rig.start(tickets.shift() ?? '');
    await take();
    const idle = { kind: 'nothing', why: 'idle' };
    expect(await take()).toEqual(idle);
    expect(await rig.redis.scard(rig.experiment.tickets)).toBe(2);
    await control({ action: 'pause' }, 'c1');
    expect(await take()).toEqual(idle);
    await control({ action: 'stop' }, 'c2');
    expect(await take()).toEqual(idle);
    const [left = ''] = (await rig.commit(tenure, { tickets: 1, ready: { basis: 4, engine: '1', fresh: false, entries: [] } }))
      .openedTickets;
    expect(await rig.start(left)).toEqual(idle);
    expect((await rig.eventTypes()).filter((type) => type === 'bound').length).toBe(1);
  });

  it('resumes from the last registered checkpoint, but not from one of another version of the function', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 60_000 });
    await rig.attempts.registerFiles(binding.token, 'checkpoint', 'c1', 4);
    await rig.attempts.registerFiles(binding.token, 'checkpoint', 'c2', 8);
    await rig.attempts.registerFiles(binding.token, 'model', 'm1', 8);
    await rig.attempts.finish(binding.token, { state: 'failed', reason: 'crashed', message: '' });
    const retry = async (attempt: number, hash: string): Promise<Binding> => {
      const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt, origin: 'retry' })]);
      const again = await rig.bind(ticket, { hash });
      await rig.attempts.finish(again.token, { state: 'failed', reason: 'crashed', message: '' });
      return again;
    };
    expect((await retry(2, FUNCTION_HASH)).resumeFrom).toEqual({ id: 'c2', step: 8 });
    await control({ action: 'resume' }, 'c1', 'b'.repeat(64));
    expect((await retry(3, 'b'.repeat(64))).resumeFrom).toBeNull();
  });

  it('tells the best completed value so far, in the direction of the experiment', async () => {
    for (const [direction, best] of [
      ['minimize', -2],
      ['maximize', 3],
    ] as const) {
      const other = new QueueRig(url, prefix);
      await other.submit({ direction });
      const tenure = await other.takeOver();
      const [a = '', b = '', c = '', d = ''] = await other.offer(
        tenure,
        [0, 1, 2, 3].map((trial) => readyEntry(trial)),
      );
      for (const [ticket, value] of [
        [a, 1],
        [b, 3],
        [c, -2],
      ] as const) {
        const { token } = await other.bind(ticket);
        await other.attempts.finish(token, { state: 'completed', value, metrics: { value } });
      }
      expect((await other.bind(d)).best).toBe(best);
      other.close();
    }
  });
});

describe('report', () => {
  it('appends to the curve only, and to the log at a decision step', async () => {
    const { binding } = await rig.running();
    expect(await rig.attempts.report(binding.token, 1, [report(1), report(2)], false)).toEqual({
      kind: 'taken',
      taken: 2,
      decision: 'continue',
    });
    expect(await rig.eventTypes()).toEqual(['submitted', 'bound']);
    expect(await rig.attempts.report(binding.token, 3, [report(3)], true)).toEqual({ kind: 'taken', taken: 3, decision: 'wait' });
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'reported', trial: 0, attempt: 1, step: 3, value: 1 });
    expect((await curve()).map(({ attempt, step, value }) => [attempt, step, value])).toEqual([
      [1, 1, 1 / 3],
      [1, 2, 2 / 3],
      [1, 3, 1],
    ]);
  });

  it('changes nothing when it is sent again', async () => {
    const { binding } = await rig.running();
    const send = () => rig.attempts.report(binding.token, 1, [report(1), report(2)], true);
    const answer = await send();
    expect(await unchanged(send)).toEqual(answer);
    // Sent again with what follows: only that is new.
    await rig.attempts.report(binding.token, 2, [report(2), report(3)], false);
    expect((await curve()).map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  it('answers a gap with the number to resend from, and takes nothing', async () => {
    const { binding } = await rig.running();
    expect(await unchanged(() => rig.attempts.report(binding.token, 2, [report(2)], true))).toEqual({ kind: 'gap', resendFrom: 1 });
    await rig.attempts.report(binding.token, 1, [report(1), report(2)], false);
    expect(await unchanged(() => rig.attempts.report(binding.token, 5, [report(5)], true))).toEqual({ kind: 'gap', resendFrom: 3 });
  });

  it('lets the first report of a step count: another one, and one of an older step, change neither curve nor log', async () => {
    const { binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(1), report(5)], false);
    const before = [await curve(), await rig.eventTypes()];
    for (const [number, step] of [
      [3, 5],
      [4, 3],
    ] as const) {
      const answer = await rig.attempts.report(binding.token, number, [report(step, 99)], true);
      expect(answer).toEqual({ kind: 'taken', taken: number, decision: 'continue' });
    }
    expect([await curve(), await rig.eventTypes()]).toEqual(before);
  });

  it('asks for a decision once a step, whatever attempt comes by, and passes on the recorded one', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    await rig.commit(tenure);
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt: 2, origin: 'retry' })]);
    const { token } = await rig.bind(ticket);
    expect(await rig.attempts.report(token, 1, [report(1, 5)], true)).toMatchObject({ decision: 'wait' });
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop')] });
    expect(await rig.attempts.renew(token, 60_000, 1)).toEqual({ kind: 'renewed', stop: true, decision: 'stop' });
    expect(await rig.attempts.report(token, 1, [report(1, 5)], true)).toMatchObject({ decision: 'stop' });
    expect((await rig.eventTypes()).filter((type) => type === 'reported').length).toBe(1);
    // Both attempts' reports are in the curve.
    expect((await curve()).map(({ attempt, step }) => [attempt, step])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('of a trial that was told to stop is answered with stop and asks for nothing', async () => {
    const { tenure, binding } = await rig.running();
    await rig.commit(tenure, { stops: [0] });
    expect(await rig.attempts.report(binding.token, 1, [report(1)], true)).toMatchObject({ decision: 'stop' });
    expect(await rig.eventTypes()).not.toContain('reported');
  });

  it('that is not a number is refused before it is sent: a record with it could not be read', async () => {
    const { binding } = await rig.running();
    for (const value of [NaN, Infinity, -Infinity]) {
      await unchanged(() => expect(rig.attempts.report(binding.token, 1, [report(1, value)], true)).rejects.toThrow('finite'));
      const outcome = { state: 'completed', value, metrics: {} } as const;
      await unchanged(() => expect(rig.attempts.finish(binding.token, outcome)).rejects.toThrow('finite'));
    }
  });

  const curve = () => new ReadModel(rig.redis, rig.keys).curve(rig.id, 0);
});

describe('finish', () => {
  it('ends the lease and logs the outcome with the books of the curve, once', async () => {
    const { binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(2), report(7)], false);
    const finish = () => rig.attempts.finish(binding.token, { state: 'completed', value: 0.25, metrics: { value: 0.25, f1: 1 } });
    expect(await finish()).toEqual({ kind: 'finished' });
    expect((await rig.events()).at(-1)).toMatchObject({
      type: 'completed',
      trial: 0,
      attempt: 1,
      reports: 2,
      lastStep: 7,
      value: 0.25,
      metrics: { value: 0.25, f1: 1 },
    });
    expect(await rig.redis.zcard(rig.experiment.leases)).toBe(0);
    expect(await unchanged(finish)).toEqual({ kind: 'finished' });
    // Another outcome of the same attempt comes too late, too.
    expect(await unchanged(() => rig.attempts.finish(binding.token, { state: 'failed', reason: 'error', message: '' }))).toEqual({
      kind: 'finished',
    });
  });

  it('counts reports over all attempts, and the furthest step', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.attempts.report(binding.token, 1, [report(1), report(6)], false);
    await rig.commit(tenure);
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt: 2, origin: 'retry' })]);
    const { token } = await rig.bind(ticket);
    await rig.attempts.report(token, 1, [report(1)], false);
    await rig.attempts.finish(token, { state: 'stopped' });
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'stopped', attempt: 2, reports: 3, lastStep: 6, value: 1 / 3 });
  });

  it('bears any message, and cuts a long one', async () => {
    const { binding } = await rig.running();
    const message = `"quotes", \\ and \n newlines, \u2028 and 🦆 ${'x'.repeat(10_000)}`;
    await rig.attempts.finish(binding.token, { state: 'failed', reason: 'error', message });
    const last = (await rig.events()).at(-1);
    expect(last).toMatchObject({ type: 'failed', reason: 'error' });
    expect(last?.type === 'failed' && message.startsWith(last.message) && last.message.length >= 1000 && last.message.length < 10_000).toBe(
      true,
    );
  });

  it('empties a fresh ready list, and leaves one that is not', async () => {
    for (const fresh of [true, false]) {
      const other = new QueueRig(url, prefix);
      await other.submit();
      const tenure = await other.takeOver();
      const [first = '', second = ''] = await other.offer(tenure, [readyEntry(0), readyEntry(1), readyEntry(2)], { fresh });
      const { token } = await other.bind(first);
      await other.attempts.finish(token, { state: 'completed', value: 1, metrics: {} });
      expect((await other.start(second)).kind).toBe(fresh ? 'nothing' : 'bound');
      other.close();
    }
  });
});

describe('output', () => {
  it('keeps the last thousand lines, and no more than 256 kB', async () => {
    const { binding } = await rig.running();
    const lines = Array.from({ length: 1200 }, (_, index) => `line ${index}`);
    await rig.attempts.appendOutput(binding.token, lines.slice(0, 700));
    await rig.attempts.appendOutput(binding.token, lines.slice(700));
    const model = new ReadModel(rig.redis, rig.keys);
    expect(await model.output(rig.id, 0)).toEqual(lines.slice(200));
    await rig.attempts.appendOutput(
      binding.token,
      Array.from({ length: 30 }, (_, index) => String(index % 10).repeat(10_000)),
    );
    const kept = await model.output(rig.id, 0);
    expect(kept.length).toBe(26);
    expect(kept.at(-1)).toBe('9'.repeat(10_000));
  });
});

describe('register-files', () => {
  it('lists each artefact once, however often it is sent', async () => {
    const { binding } = await rig.running();
    const register = () => rig.attempts.registerFiles(binding.token, 'checkpoint', 'c1', 3);
    await register();
    await unchanged(register);
    await rig.attempts.registerFiles(binding.token, 'model', 'm1', 5);
    expect(await new ReadModel(rig.redis, rig.keys).artefacts(rig.id, 0)).toEqual([
      { kind: 'checkpoint', id: 'c1', step: 3, attempt: 1 },
      { kind: 'model', id: 'm1', step: 5, attempt: 1 },
    ]);
  });
});

describe('renew and time-out-decision', () => {
  it('keep the lease from lapsing and pass on stops and decisions', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    expect(await rig.attempts.renew(binding.token, 60_000)).toEqual({ kind: 'renewed', stop: false, decision: null });
    await rig.commit(tenure);
    expect(await rig.eventTypes()).not.toContain('attemptLost');
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    expect(await rig.attempts.renew(binding.token, 60_000, 1)).toEqual({ kind: 'renewed', stop: false, decision: null });
    await rig.commit(tenure, { decisions: [decided(0, 1, 'continue')], stops: [0] });
    expect(await rig.attempts.renew(binding.token, 60_000, 1)).toEqual({ kind: 'renewed', stop: true, decision: 'continue' });
  });

  it('record continue once when no decision came, and a later decision changes nothing', async () => {
    const { tenure, binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    const timeOut = () => rig.attempts.timeOutDecision(binding.token, 1);
    expect(await timeOut()).toEqual({ kind: 'decided', decision: 'continue' });
    expect(await unchanged(timeOut)).toEqual({ kind: 'decided', decision: 'continue' });
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop')] });
    expect(await rig.eventTypes()).toEqual(['submitted', 'bound', 'reported', 'decisionTimedOut']);
    expect(await rig.attempts.renew(binding.token, 60_000, 1)).toMatchObject({ stop: false, decision: 'continue' });
  });

  it('answer a decision that was recorded meanwhile', async () => {
    const { tenure, binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop')] });
    expect(await unchanged(() => rig.attempts.timeOutDecision(binding.token, 1))).toEqual({ kind: 'decided', decision: 'stop' });
  });
});

describe('commit', () => {
  it('is refused, before anything is written: gone, superseded, out of sequence, behind', async () => {
    await rig.submit();
    const first = await rig.takeOver();
    const second = await rig.takeOver();
    const folded = await rig.folded();
    const commit = (tenure: Tenure, at = folded) =>
      unchanged(() => tenure.commit(commitOf({ tickets: 1 }), at).catch((error: unknown) => error));
    expect(await commit(first)).toMatchObject({ why: 'superseded' });
    expect(await commit(second, { ...folded, nonce: 'another' })).toMatchObject({ why: 'behind' });
    expect(await commit(second, { seq: 99, nonce: folded.nonce })).toMatchObject({ why: 'behind' });
    await rig.redis.hincrby(rig.experiment.guard, 'decisionSeq', 1);
    expect(await commit(second)).toMatchObject({ why: 'out-of-sequence' });
    await rig.redis.del(rig.experiment.guard);
    expect(await commit(second)).toMatchObject({ why: 'gone' });
    await expect(rig.takeOver()).rejects.toMatchObject({ why: 'gone' });
  });

  it('is refused as behind when Redis lost the takeover itself', async () => {
    await rig.submit();
    const guard = await rig.redis.hgetall(rig.experiment.guard);
    const tenure = await rig.takeOver();
    await rig.redis.hset(rig.experiment.guard, guard);
    await expect(tenure.commit(commitOf(), await rig.folded())).rejects.toMatchObject({ why: 'behind' });
  });

  it('changes nothing when it is sent again', async () => {
    await rig.submit();
    await rig.takeOver();
    const [epoch = '', nonce = ''] = await rig.redis.hmget(rig.experiment.guard, 'epoch', 'epochNonce');
    const { seq, nonce: entry } = await rig.folded();
    const request = { decisions: [], events: [{ type: 'capacityChanged', data: '{"limit":3}' }], stops: [], limit: 3, tickets: 2 };
    const send = () =>
      runScript(rig.redis, 'commit', rig.experiment.guard, [epoch ?? '', nonce ?? '', 1, seq, entry, 'n', JSON.stringify(request)]);
    expect(await send()).toEqual({ word: 'ok', rest: [2, 0, 0, 0, 2, 't1', 't2'] });
    expect((await unchanged(send)).word).toBe('out-of-sequence');
  });

  it('opens and closes tickets up to the number wanted, and says which', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const tickets = () => rig.redis.smembers(rig.experiment.tickets);
    expect((await rig.commit(tenure, { tickets: 3 })).openedTickets).toEqual(['t1', 't2', 't3']);
    expect(await rig.commit(tenure, { tickets: 3 })).toMatchObject({ openedTickets: [], closedTickets: [] });
    const { closedTickets } = await rig.commit(tenure, { tickets: 1 });
    expect([...closedTickets, ...(await tickets())].sort()).toEqual(['t1', 't2', 't3']);
    expect((await rig.commit(tenure, { tickets: 2 })).openedTickets).toEqual(['t4']);
    expect((await rig.commit(tenure, { tickets: 0 })).closedTickets.length).toBe(2);
    expect(await tickets()).toEqual([]);
  });

  it('replaces the ready list whole, and not when something was bound since its basis', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const { seq: basis } = await rig.folded();
    const list = (entries: number[]) => ({ basis, engine: '1', fresh: false, entries: entries.map((trial) => readyEntry(trial)) });
    const answer = await rig.commit(tenure, { ready: list([0, 1]), tickets: 2 });
    expect(answer).toMatchObject({ readyAccepted: true, readyLength: 2, running: 0 });
    expect(await rig.commit(tenure, { ready: list([5, 6, 7]), tickets: 2 })).toMatchObject({ readyAccepted: true, readyLength: 3 });
    const [ticket = ''] = answer.openedTickets;
    expect((await rig.bind(ticket)).entry.trial).toBe(5);
    expect(await rig.commit(tenure, { ready: list([8]), tickets: 2 })).toMatchObject({ readyAccepted: false, readyLength: 2, running: 1 });
  });

  it('refuses a fresh list made before an outcome, and takes one that is not fresh', async () => {
    const { tenure, binding } = await rig.running();
    const { seq: basis } = await rig.folded();
    await rig.attempts.finish(binding.token, { state: 'completed', value: 1, metrics: {} });
    const ready = { basis, engine: '1', entries: [readyEntry(1)] };
    expect(await rig.commit(tenure, { ready: { ...ready, fresh: true } })).toMatchObject({ readyAccepted: false });
    expect(await rig.commit(tenure, { ready: { ...ready, fresh: false } })).toMatchObject({ readyAccepted: true });
  });

  it('takes a ready list for ten thousand slots', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const entries = Array.from({ length: 20_002 }, (_, trial) => readyEntry(trial));
    expect(await rig.commit(tenure, { ready: { basis: 1, engine: '1', fresh: false, entries } })).toMatchObject({ readyLength: 20_002 });
  });

  it('records a decision once', async () => {
    const { tenure, binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    await rig.commit(tenure, { decisions: [decided(0, 1, 'continue', 3)] });
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop', 3)] });
    const recorded = (await rig.events()).filter(({ type }) => type === 'decided');
    expect(recorded).toMatchObject([{ trial: 0, step: 1, decision: 'continue', basis: 3, engine: '1' }]);
    expect(await rig.attempts.renew(binding.token, 60_000, 1)).toMatchObject({ stop: false, decision: 'continue' });
  });

  it('turns every lapsed lease into attemptLost, once, and frees its place', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const tickets = await rig.offer(tenure, [readyEntry(0), readyEntry(1), readyEntry(2)]);
    for (const [index, ticket] of tickets.entries()) await rig.bind(ticket, { leaseMs: index === 1 ? 60_000 : 0 });
    expect(await rig.commit(tenure)).toMatchObject({ running: 1 });
    await rig.commit(tenure);
    const lost = (await rig.events()).filter(({ type }) => type === 'attemptLost');
    expect(lost).toMatchObject([
      { trial: 0, attempt: 1 },
      { trial: 2, attempt: 1 },
    ]);
  });

  it('refuses an end asked for while something unfolded happened or an attempt runs', async () => {
    const { tenure, binding } = await rig.running();
    const events = [{ type: 'ended', state: 'completed', stopReason: 'maxTrials' }] as const;
    expect(await unchanged(async () => tenure.commit(commitOf({ events }), await rig.folded()))).toEqual({ kind: 'news' });
    const before = await rig.folded();
    await rig.attempts.finish(binding.token, { state: 'completed', value: 1, metrics: {} });
    expect(await unchanged(() => tenure.commit(commitOf({ events }), before))).toEqual({ kind: 'news' });
    await rig.commit(tenure, { events });
    expect((await rig.eventTypes()).at(-1)).toBe('ended');
    expect(await rig.redis.hget(rig.experiment.guard, 'phase')).toBe('ended');
  });
});

describe('control', () => {
  it('allows what the phase allows, says what is unchanged, and refuses the rest without writing', async () => {
    await rig.submit();
    const phases: [phase: string, action: string, answer: (string | number)[], after: string][] = [
      ['active', 'pause', ['ok', 'active', 0], 'paused'],
      ['paused', 'pause', ['unchanged', 'paused'], 'paused'],
      ['paused', 'enqueue', ['ok', 'paused', 0], 'paused'],
      ['paused', 'extend', ['ok', 'paused', 0], 'paused'],
      ['paused', 'resume', ['ok', 'paused', 0], 'active'],
      ['active', 'resume', ['unchanged', 'active'], 'active'],
      ['active', 'enqueue', ['ok', 'active', 0], 'active'],
      ['active', 'extend', ['ok', 'active', 0], 'active'],
      ['active', 'stop', ['ok', 'active', 0], 'stopping'],
      ['stopping', 'stop', ['unchanged', 'stopping'], 'stopping'],
      ['stopping', 'pause', ['conflict', 'stopping'], 'stopping'],
      ['stopping', 'resume', ['conflict', 'stopping'], 'stopping'],
      ['stopping', 'extend', ['conflict', 'stopping'], 'stopping'],
      ['stopping', 'enqueue', ['conflict', 'stopping'], 'stopping'],
      ['ended', 'stop', ['unchanged', 'ended'], 'ended'],
      ['ended', 'pause', ['conflict', 'ended'], 'ended'],
      ['ended', 'resume', ['conflict', 'ended'], 'ended'],
      ['ended', 'enqueue', ['conflict', 'ended'], 'ended'],
      ['ended', 'extend', ['ok', 'ended', 1], 'active'],
      ['ended', 'delete', ['ok', 'ended', 2], 'deleting'],
      ['deleting', 'delete', ['unchanged', 'deleting'], 'deleting'],
      ['deleting', 'resume', ['conflict', 'deleting'], 'deleting'],
      ['deleting', 'extend', ['conflict', 'deleting'], 'deleting'],
    ];
    for (const [index, [phase, action, answer, after]] of phases.entries()) {
      await rig.redis.hset(rig.experiment.guard, 'phase', phase);
      const request = action === 'enqueue' ? { action, params: { x: 0, y: 1 } } : { action };
      const ask = () => control(request, `c${index}`);
      const changes = answer[0] === 'ok';
      expect(await (changes ? ask() : unchanged(ask)), `${action} while ${phase}`).toEqual(answer);
      expect(await rig.redis.hget(rig.experiment.guard, 'phase')).toBe(after);
      if (changes) expect((await rig.events()).at(-1)).toMatchObject({ type: 'controlRequested', request: { action } });
      // The same request again, by its writer: the same answer, nothing more.
      if (changes) expect(await unchanged(ask)).toEqual(answer);
    }
  });

  it('tells running trials to stop at once', async () => {
    const { binding } = await rig.running();
    await control({ action: 'stop' }, 'c1');
    expect(await rig.attempts.renew(binding.token, 60_000)).toMatchObject({ stop: true });
    expect(await rig.attempts.finish(binding.token, { state: 'stopped' })).toEqual({ kind: 'finished' });
  });

  it('knows nothing of an experiment that never was', async () => {
    expect(await unchanged(() => control({ action: 'stop' }, 'c1'))).toEqual(['gone']);
  });
});

describe('publish, save-snapshot and purge', () => {
  it('are refused, before anything is written, from an optimizer that was superseded, and once the experiment is gone', async () => {
    await rig.submit();
    const first = await rig.takeOver();
    const second = await rig.takeOver();
    const refused = (why: string, act: () => Promise<unknown>) => unchanged(() => expect(act()).rejects.toMatchObject({ why }));
    const result: ResultDocument = {
      id: rig.id,
      state: 'running',
      stopReason: null,
      incumbent: null,
      counts: { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 },
      resource: { used: 0, saved: 0, rungs: [] },
      durationSeconds: 0,
      waitingFor: null,
      position: 1,
    };
    const writes = [
      (tenure: Tenure) => tenure.publish(1, result, []),
      (tenure: Tenure) => tenure.saveSnapshot('{}'),
      (tenure: Tenure) => tenure.purge(),
    ];
    for (const write of writes) await refused('superseded', () => write(first));
    await second.publish(1, result, []);
    await second.saveSnapshot('{}');
    await rig.redis.del(rig.experiment.guard);
    for (const write of writes) await refused('gone', () => write(second));
  });

  it('a purge waits until the experiment is being deleted and every attempt has ended or lapsed', async () => {
    const { tenure, binding } = await rig.running();
    expect(await unchanged(() => tenure.purge())).toBe(false);
    await control({ action: 'delete' }, 'c1');
    expect(await unchanged(() => tenure.purge())).toBe(false);
    await rig.attempts.finish(binding.token, { state: 'stopped' });
    expect(await tenure.purge()).toBe(true);
  });

  it('a purge leaves the tombstone, and nothing that its own keys held', async () => {
    await deleted();
    expect((await rig.names()).filter((name) => !name.includes(':trial:'))).toEqual([rig.experiment.tombstone]);
  });
});

describe('numbers', () => {
  it('survive bit for bit through ready list, start, log, curve and best value', async () => {
    const awkward = [1e-320, 5e-324, 1 / 3, 0.1 + 0.2, 2 ** 53, 2 ** 53 + 2, -1e308, 1.7976931348623157e308, 1e21, 123456789.12345679];
    const number = fc.oneof(fc.constantFrom(...awkward), fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => value + 0);
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 4, maxLength: 4 }), async ([a = 0, b = 0, c = 0, d = 0]) => {
        const one = new QueueRig(url, prefix);
        await one.submit();
        const tenure = await one.takeOver();
        const entry = readyEntry(0, { params: { x: a, y: b } });
        const [first = '', second = ''] = await one.offer(tenure, [entry, readyEntry(1)]);
        const { token, entry: started } = await one.bind(first);
        expect(started).toEqual(entry);
        await one.attempts.report(token, 1, [{ step: 1, value: c, metrics: { value: c, other: d } }], true);
        await one.attempts.finish(token, { state: 'completed', value: d, metrics: { value: d, other: a } });
        const [, bound, reported, completed] = await one.events();
        expect(bound).toMatchObject({ params: { x: a, y: b } });
        expect(reported).toMatchObject({ value: c });
        expect(completed).toMatchObject({ value: d, metrics: { value: d, other: a } });
        expect(await new ReadModel(one.redis, one.keys).curve(one.id, 0)).toMatchObject([{ value: c, metrics: { value: c, other: d } }]);
        expect((await one.bind(second)).best).toBe(d);
        one.close();
      }),
      { numRuns: 40 },
    );
  });
});

/** An experiment with a past, deleted: what is left is the tombstone. */
async function deleted(): Promise<void> {
  const { tenure, binding } = await rig.running();
  await rig.attempts.finish(binding.token, { state: 'completed', value: 1, metrics: {} });
  await control({ action: 'delete' }, 'deletion');
  await tenure.saveSnapshot('{}');
  expect(await tenure.purge()).toBe(true);
}
