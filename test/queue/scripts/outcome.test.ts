import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadModel } from '../../../queue/read-model.ts';
import { runScript } from '../../../queue/scripts.ts';
import { decided, QueueRig, readyEntry, report } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

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
    expect(await rig.unchanged(finish)).toEqual({ kind: 'finished' });
    // Another outcome of the same attempt comes too late, too.
    expect(await rig.unchanged(() => rig.attempts.finish(binding.token, { state: 'failed', reason: 'error', message: '' }))).toEqual({
      kind: 'finished',
    });
  });

  it('counts reports over all attempts, and tells the last one: its step and its value', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.attempts.report(binding.token, 1, [report(1), report(6)], false);
    await rig.commit(tenure);
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt: 2, origin: 'retry' })]);
    const { token } = await rig.bind(ticket);
    await rig.attempts.report(token, 1, [report(1)], false);
    await rig.attempts.finish(token, { state: 'stopped' });
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'stopped', attempt: 2, reports: 3, lastStep: 1, value: 1 / 3 });
  });

  it('asks first for reports that its writer has made and that are not here, and takes it when they are', async () => {
    const { binding } = await rig.running();
    const finish = () => rig.attempts.finish(binding.token, { state: 'completed', value: 1, metrics: { value: 1 } }, 3);
    await rig.attempts.report(binding.token, 1, [report(1)], false);
    expect(await rig.unchanged(finish)).toEqual({ kind: 'gap', resendFrom: 2 });
    await rig.attempts.report(binding.token, 2, [report(2), report(3)], false);
    expect(await finish()).toEqual({ kind: 'finished' });
    expect(await rig.unchanged(finish)).toEqual({ kind: 'finished' });
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'completed', reports: 3, lastStep: 3 });
  });

  it('takes no pause and no stop that nobody is known to have asked for', async () => {
    const { tenure, binding } = await rig.running();
    const finish = (state: 'stopped' | 'paused') => rig.attempts.finish(binding.token, { state }, 1);
    await rig.attempts.report(binding.token, 1, [report(1)], true);
    for (const state of ['stopped', 'paused'] as const) expect(await rig.unchanged(() => finish(state))).toEqual({ kind: 'undecided' });
    await rig.commit(tenure, { decisions: [{ ...decided(0, 1, 'stop'), decision: 'pause' }] });
    expect(await rig.unchanged(() => finish('stopped'))).toEqual({ kind: 'undecided' });
    expect(await finish('paused')).toEqual({ kind: 'finished' });
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

describe('output of the ranks of a group', () => {
  it('is kept once, though the batches of others lie between one and its repetition', async () => {
    const { binding } = await rig.running();
    const { trial, attempt, nonce } = binding.token;
    const send = (rank: number, batch: string) =>
      runScript(rig.redis, 'output', rig.experiment.guard, [trial, attempt, nonce, rank, batch, 1000, 10_000, `${batch} of rank ${rank}`]);
    await send(0, 'a');
    await send(1, 'b');
    for (const [rank, batch] of [
      [0, 'a'],
      [1, 'b'],
    ] as const)
      expect((await rig.unchanged(() => send(rank, batch))).word).toBe('ok');
    await send(0, 'c');
    expect(await new ReadModel(rig.redis, rig.keys).output(rig.id, 0)).toEqual(['a of rank 0', 'b of rank 1', 'c of rank 0']);
  });
});

describe('register-files', () => {
  it('lists each artefact once, however often it is sent', async () => {
    const { binding } = await rig.running();
    const register = () => rig.attempts.registerFiles(binding.token, 'checkpoint', 'c1', 3);
    await register();
    await rig.unchanged(register);
    await rig.attempts.registerFiles(binding.token, 'model', 'm1', 5);
    expect(await new ReadModel(rig.redis, rig.keys).artefacts(rig.id, 0)).toEqual([
      { kind: 'checkpoint', id: 'c1', step: 3, attempt: 1 },
      { kind: 'model', id: 'm1', step: 5, attempt: 1 },
    ]);
  });
});
