import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Binding } from '../../../core/attempt.ts';
import { QueueRig, readyEntry, report } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';
import { FUNCTION_HASH } from '../../support/specification.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

describe('submit', () => {
  it('creates an experiment once: the same request again changes nothing, another one is a conflict', async () => {
    expect(await rig.submit()).toBe('ok');
    expect(await rig.unchanged(() => rig.submit({}, 'fp', 'another nonce'))).toBe('known');
    expect(await rig.unchanged(() => rig.submit({ maxTrials: 99 }, 'another'))).toBe('conflict');
    expect(await rig.events()).toMatchObject([{ type: 'submitted', seq: 1, v: 1, specification: { id: rig.id } }]);
  });

  it('is refused once the experiment was deleted', async () => {
    await rig.deleted();
    expect(await rig.unchanged(() => rig.submit())).toBe('gone');
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
    expect(await rig.unchanged(() => rig.start(ticket, { nonce: 'a' }))).toEqual(answer);
  });

  it('refuses a settled ticket, one that never was, and any once the experiment is gone', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0)]);
    await rig.bind(ticket);
    for (const other of [ticket, 't99']) expect(await rig.unchanged(() => rig.start(other))).toEqual({ kind: 'nothing', why: 'closed' });
    await rig.redis.del(rig.experiment.guard);
    expect(await rig.unchanged(() => rig.start(ticket))).toEqual({ kind: 'nothing', why: 'gone' });
  });

  it('refuses another version of the training function and leaves the ticket to another worker', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0)]);
    expect(await rig.unchanged(() => rig.start(ticket, { hash: 'b'.repeat(64) }))).toEqual({ kind: 'wrong-hash', pinned: FUNCTION_HASH });
    expect((await rig.bind(ticket)).entry.trial).toBe(0);
  });

  it.each(['{"trial":', '7', '{"trial":0,"attempt":1,"origin":"suggested","params":{}}', '{"trial":"0","attempt":1}'])(
    'throws a ready list away whose head cannot be read (%s), names its key, binds nothing and settles the ticket',
    async (entry) => {
      await rig.submit();
      const tenure = await rig.takeOver();
      const [ticket = '', other = ''] = await rig.offer(tenure, [readyEntry(0), readyEntry(1)]);
      await rig.redis.lset(rig.experiment.ready, 0, entry);
      const key = rig.experiment.ready;
      await expect(rig.start(ticket)).rejects.toMatchObject({
        code: 'corrupt',
        field: key,
        message: expect.stringContaining(`${key} cannot be read`),
      });
      expect(await rig.unchanged(() => rig.start(ticket))).toEqual({ kind: 'nothing', why: 'closed' });
      expect(await rig.eventTypes()).not.toContain('bound');
      // The optimizer hears that nothing is left of its list.
      const { readyLength } = await rig.commit(tenure, { tickets: 1, limit: 10 });
      expect(readyLength).toBe(0);
      await rig.commit(tenure, {
        ready: { basis: (await rig.folded()).seq, engine: '1', fresh: false, entries: [readyEntry(0)] },
        tickets: 1,
        limit: 10,
      });
      expect((await rig.bind(other)).entry).toEqual(readyEntry(0));
    },
  );

  it('takes the version that a resume pinned anew', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0)]);
    expect(await rig.control({ action: 'resume' }, 'c1', 'b'.repeat(64))).toEqual(['ok', 'active', 0]);
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
    await rig.control({ action: 'pause' }, 'c1');
    expect(await take()).toEqual(idle);
    await rig.control({ action: 'stop' }, 'c2');
    expect(await take()).toEqual(idle);
    const [left = ''] = (await rig.commit(tenure, { tickets: 1, ready: { basis: 4, engine: '1', fresh: false, entries: [] } }))
      .openedTickets;
    expect(await rig.start(left)).toEqual(idle);
    expect((await rig.eventTypes()).filter((type) => type === 'bound').length).toBe(1);
  });

  it('keeps the trials that are left for configurations that were enqueued after the list was made', async () => {
    await rig.submit({ maxTrials: 2 });
    const tenure = await rig.takeOver();
    const [first = '', second = ''] = await rig.offer(tenure, [readyEntry(0), readyEntry(1)]);
    await rig.bind(first);
    const enqueue = (nonce: string) => rig.control({ action: 'enqueue', params: { x: 0, y: 1 } }, nonce);
    expect(await enqueue('c1')).toEqual(['ok', 'active', 0]);
    expect(await rig.unchanged(() => enqueue('c2'))).toEqual(['full']);
    expect(await rig.start(second)).toEqual({ kind: 'nothing', why: 'idle' });
    const [third = ''] = await rig.offer(tenure, [readyEntry(1, { origin: 'enqueued' })]);
    expect((await rig.bind(third)).entry.origin).toBe('enqueued');
    expect(await rig.unchanged(() => enqueue('c2'))).toEqual(['full']);
    await rig.control({ action: 'extend', maxTrials: 2 }, 'c3');
    const [fourth = ''] = await rig.offer(tenure, [readyEntry(2)]);
    expect((await rig.bind(fourth)).entry.trial).toBe(2);
    expect(await enqueue('c2')).toEqual(['ok', 'active', 0]);
    expect(await enqueue('c4')).toEqual(['full']);
  });

  it('says what was reported last, where the checkpoint to resume from is no older: nothing may be left to report', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 60_000 });
    let { token } = binding;
    for (const [attempt, checkpointStep, reported] of [
      [2, 2, { reported: { value: 2 / 3 } }],
      [3, 4, {}],
    ] as const) {
      await rig.attempts.report(token, 1, [report(1), report(checkpointStep === 2 ? 2 : 6)], false);
      await rig.attempts.registerFiles(token, 'checkpoint', `c${attempt}`, checkpointStep);
      await rig.attempts.finish(token, { state: 'failed', reason: 'crashed', message: '' });
      const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt, origin: 'retry' })]);
      const again = await rig.bind(ticket);
      expect(again.resumeFrom).toEqual({ id: `c${attempt}`, step: checkpointStep, ...reported });
      ({ token } = again);
    }
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
    await rig.control({ action: 'resume' }, 'c1', 'b'.repeat(64));
    expect((await retry(3, 'b'.repeat(64))).resumeFrom).toBeNull();
  });

  it('starts a trial anew that was told to stop before, when it is to run after all', async () => {
    const { tenure, binding } = await rig.running();
    await rig.commit(tenure, { stops: [0] });
    await rig.attempts.release(binding.token);
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt: 2, origin: 'retry' })]);
    const { token } = await rig.bind(ticket);
    expect(await rig.attempts.renew(token, 60_000)).toMatchObject({ stop: false });
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

describe('start without a ticket', () => {
  it('takes any open one, and hears of decisions on a channel of its nonce', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    await rig.offer(tenure, [readyEntry(0), readyEntry(1)]);
    for (const trial of [0, 1]) expect((await rig.bind(null, { nonce: `asker ${trial}` })).entry.trial).toBe(trial);
    expect(await rig.redis.smembers(rig.experiment.tickets)).toEqual([]);
    expect(await rig.redis.hget(rig.experiment.trial(1), 'reply')).toBe(rig.keys.replies('asker 1'));
  });

  it('counts as waiting where there is none, once however often it asks, until it gets one', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const waiting = async (): Promise<number> => tenure.records.waitingAskers(await tenure.records.timeMs());
    for (const nonce of ['a', 'b', 'b']) expect(await rig.start(null, { nonce })).toEqual({ kind: 'nothing', why: 'closed' });
    expect(await waiting()).toBe(2);
    await rig.offer(tenure, [readyEntry(0)]);
    await rig.bind(null, { nonce: 'b' });
    expect(await waiting()).toBe(1);
    // Who does not ask again is forgotten.
    expect(await tenure.records.waitingAskers((await tenure.records.timeMs()) + 5000)).toBe(0);
  });

  it('finds nothing where as many run as may, which settles the ticket, and waits as well', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    await rig.offer(tenure, [readyEntry(0), readyEntry(1)], { limit: 1 });
    await rig.bind(null);
    expect(await rig.start(null, { nonce: 'b' })).toEqual({ kind: 'nothing', why: 'idle' });
    expect(await tenure.records.waitingAskers(await tenure.records.timeMs())).toBe(1);
  });

  it('waits for nothing while the experiment is paused or over', async () => {
    await rig.submit();
    await rig.control({ action: 'pause' }, 'c1');
    expect(await rig.unchanged(() => rig.start(null))).toEqual({ kind: 'nothing', why: 'closed' });
    await rig.control({ action: 'stop' }, 'c2');
    expect(await rig.unchanged(() => rig.start(null))).toEqual({ kind: 'nothing', why: 'closed' });
  });
});
