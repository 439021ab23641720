import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadModel } from '../../../queue/read-model.ts';
import { QueueRig, decided, readyEntry, report } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

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
    expect(await rig.unchanged(send)).toEqual(answer);
    // Sent again with what follows: only that is new.
    await rig.attempts.report(binding.token, 2, [report(2), report(3)], false);
    expect((await curve()).map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  it('answers a gap with the number to resend from, and takes nothing', async () => {
    const { binding } = await rig.running();
    expect(await rig.unchanged(() => rig.attempts.report(binding.token, 2, [report(2)], true))).toEqual({ kind: 'gap', resendFrom: 1 });
    await rig.attempts.report(binding.token, 1, [report(1), report(2)], false);
    expect(await rig.unchanged(() => rig.attempts.report(binding.token, 5, [report(5)], true))).toEqual({ kind: 'gap', resendFrom: 3 });
  });

  it('takes reports that nobody counts by their steps', async () => {
    const { tenure, binding } = await rig.running();
    const send = (step: number, decides: boolean) => rig.attempts.report(binding.token, 'next', [report(step)], decides);
    await send(1, false);
    for (let time = 0; time < 2; time++) expect(await send(2, true)).toMatchObject({ kind: 'taken', decision: 'wait' });
    expect((await curve()).map(({ step }) => step)).toEqual([1, 2]);
    await rig.commit(tenure, { decisions: [decided(0, 2, 'stop')] });
    expect(await send(2, true)).toMatchObject({ decision: 'stop' });
    expect((await rig.eventTypes()).slice(2)).toEqual(['reported', 'decided']);
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
      await rig.unchanged(() => expect(rig.attempts.report(binding.token, 1, [report(1, value)], true)).rejects.toThrow('finite'));
      const outcome = { state: 'completed', value, metrics: {} } as const;
      await rig.unchanged(() => expect(rig.attempts.finish(binding.token, outcome)).rejects.toThrow('finite'));
    }
  });

  const curve = () => new ReadModel(rig.redis, rig.keys).curve(rig.id, 0);
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
    expect(await rig.unchanged(timeOut)).toEqual({ kind: 'decided', decision: 'continue' });
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop')] });
    expect(await rig.eventTypes()).toEqual(['submitted', 'bound', 'reported', 'decisionTimedOut']);
    expect(await rig.attempts.renew(binding.token, 60_000, 1)).toMatchObject({ stop: false, decision: 'continue' });
  });

  it('answer a decision that was recorded meanwhile', async () => {
    const { tenure, binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop')] });
    expect(await rig.unchanged(() => rig.attempts.timeOutDecision(binding.token, 1))).toEqual({ kind: 'decided', decision: 'stop' });
  });
});
