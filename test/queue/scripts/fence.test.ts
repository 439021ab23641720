import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptToken } from '../../../core/attempt.ts';
import type { Attempts } from '../../../queue/attempts.ts';
import { QueueRig, readyEntry, report } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

const rankFigures = {
  rank: 1,
  worker: 'w',
  host: 'here',
  slot: 0,
  worldSize: 2,
  seconds: 1,
  samplesPerSecond: null,
  collectives: 1,
  bytes: 1,
  allReduceSeconds: 1,
};

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
  ['record-rank', (attempts, token) => attempts.recordRank(token, rankFigures)],
];

describe.each(sayings)('what an attempt says: %s', (_, say) => {
  it('is taken while the attempt holds its lease', async () => {
    const { binding } = await rig.running();
    expect((await say(rig.attempts, binding.token)).kind).not.toBe('refused');
  });

  it('is refused, before anything is written, when the experiment is gone', async () => {
    const { binding } = await rig.running();
    await rig.redis.del(rig.experiment.guard);
    expect(await rig.unchanged(() => say(rig.attempts, binding.token))).toEqual({ kind: 'refused', why: 'gone' });
  });

  it('is refused, before anything is written, from an attempt that never was', async () => {
    const { binding } = await rig.running();
    for (const forged of [{ nonce: 'another' }, { attempt: 2 }, { trial: 7 }]) {
      const token = { ...binding.token, ...forged };
      expect(await rig.unchanged(() => say(rig.attempts, token))).toEqual({ kind: 'refused', why: 'superseded' });
    }
  });

  it('is refused, before anything is written, once the lease has lapsed and that is logged', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.commit(tenure);
    expect(await rig.eventTypes()).toEqual(['submitted', 'bound', 'attemptLost']);
    expect(await rig.unchanged(() => say(rig.attempts, binding.token))).toEqual({ kind: 'refused', why: 'lost' });
  });

  it('is refused, before anything is written, once another attempt of the trial runs', async () => {
    const { tenure, binding } = await rig.running({}, { leaseMs: 0 });
    await rig.commit(tenure);
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt: 2, origin: 'retry' })]);
    const second = await rig.bind(ticket);
    expect(await rig.unchanged(() => say(rig.attempts, binding.token))).toEqual({ kind: 'refused', why: 'superseded' });
    expect((await say(rig.attempts, second.token)).kind).not.toBe('refused');
  });
});
