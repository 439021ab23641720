import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tenure } from '../../../queue/decisions.ts';
import { runScript } from '../../../queue/scripts.ts';
import { QueueRig, commitOf, decided, readyEntry, report } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

describe('commit', () => {
  it('is refused, before anything is written: gone, superseded, out of sequence, behind', async () => {
    await rig.submit();
    const first = await rig.takeOver();
    const second = await rig.takeOver();
    const folded = await rig.folded();
    const commit = (tenure: Tenure, at = folded) =>
      rig.unchanged(() => tenure.commit(commitOf({ tickets: 1 }), at).catch((error: unknown) => error));
    expect(await commit(first)).toMatchObject({ why: 'superseded' });
    expect(await commit(second, { ...folded, nonces: ['another'] })).toMatchObject({ why: 'behind' });
    expect(await commit(second, { ...folded, seq: 99 })).toMatchObject({ why: 'behind' });
    await rig.redis.hincrby(rig.experiment.guard, 'decisionSeq', 1);
    expect(await commit(second)).toMatchObject({ why: 'out-of-sequence' });
    await rig.redis.del(rig.experiment.guard);
    expect(await commit(second)).toMatchObject({ why: 'gone' });
    await expect(rig.takeOver()).rejects.toMatchObject({ why: 'gone' });
  });

  it('tells the time by which the log is written', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const before = await tenure.records.timeMs();
    const { now } = await rig.commit(tenure, { events: [{ type: 'capacityChanged', limit: 1 }] });
    expect(now).toBeGreaterThanOrEqual(Math.floor(before));
    expect(now).toBeLessThanOrEqual(await tenure.records.timeMs());
    expect((await rig.events()).at(-1)?.at).toBe(now);
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
    const { seq, nonces } = await rig.folded();
    const request = {
      folded: nonces,
      decisions: [],
      events: [{ type: 'capacityChanged', data: '{"limit":3}' }],
      stops: [],
      limit: 3,
      tickets: 2,
    };
    const send = () =>
      runScript(rig.redis, 'commit', rig.experiment.guard, [epoch ?? '', nonce ?? '', 1, seq, 'n', JSON.stringify(request)]);
    expect(await send()).toEqual({
      word: 'ok',
      rest: [expect.stringMatching(/^\d+$/), expect.stringContaining('capacityChanged'), 0, 0, 0, 2, 't1', 't2'],
    });
    expect((await rig.unchanged(send)).word).toBe('out-of-sequence');
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

  it.each(['completed', 'stopped'] as const)('records no decision on a trial that %s while it was under way', async (state) => {
    const { tenure, binding } = await rig.running();
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    await rig.attempts.finish(binding.token, state === 'completed' ? { state, value: 1, metrics: {} } : { state });
    await rig.commit(tenure, { decisions: [decided(0, 1, 'stop', 3)] });
    expect((await rig.eventTypes()).slice(-2)).toEqual(['reported', state]);
    expect(await rig.redis.exists(rig.experiment.decisions(0))).toBe(0);
    expect(await rig.redis.hget(rig.experiment.trial(0), 'stop')).toBe('');
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

  it('refuses the expiry of time while a request is unfolded that may have put it off, and nothing else for that', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const before = await rig.folded();
    await rig.control({ action: 'extend' }, 'c1');
    const events = [{ type: 'timerExpired', timer: 'maxDuration', engine: '1' }] as const;
    expect(await rig.unchanged(() => tenure.commit(commitOf({ events }), before))).toEqual({ kind: 'news' });
    expect((await tenure.commit(commitOf(), before)).kind).toBe('committed');
    await rig.commit(tenure, { events });
    expect((await rig.eventTypes()).at(-1)).toBe('timerExpired');
  });

  it('refuses an end asked for while something unfolded happened or an attempt runs', async () => {
    const { tenure, binding } = await rig.running();
    const events = [{ type: 'ended', state: 'completed', stopReason: 'maxTrials', engine: '1' }] as const;
    expect(await rig.unchanged(async () => tenure.commit(commitOf({ events }), await rig.folded()))).toEqual({ kind: 'news' });
    const before = await rig.folded();
    await rig.attempts.finish(binding.token, { state: 'completed', value: 1, metrics: {} });
    expect(await rig.unchanged(() => tenure.commit(commitOf({ events }), before))).toEqual({ kind: 'news' });
    await rig.commit(tenure, { events });
    expect((await rig.eventTypes()).at(-1)).toBe('ended');
    expect(await rig.redis.hget(rig.experiment.guard, 'phase')).toBe('ended');
  });
});
