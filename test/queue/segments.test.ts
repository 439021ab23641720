import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../core/states.ts';
import type { AttemptToken, Binding } from '../../core/attempt.ts';
import type { Tenure } from '../../queue/decisions.ts';
import { QueueRig, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

const report = (step: number) => ({ step, value: step / 2, metrics: { value: step / 2 } });
const decide = (tenure: Tenure, step: number, decision: Decision) =>
  rig.commit(tenure, { decisions: [{ type: 'decided', trial: 0, step, decision, basis: 1, engine: '1' }] });

/** Trial 0 runs its first segment, to step 1. */
async function running(): Promise<{ tenure: Tenure; token: AttemptToken }> {
  await rig.submit();
  const tenure = await rig.takeOver();
  const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { resource: 1 })]);
  return { tenure, token: (await rig.bind(ticket)).token };
}

/** Trial 0 has paused at step 1. */
async function paused(): Promise<{ tenure: Tenure; token: AttemptToken }> {
  const { tenure, token } = await running();
  await rig.attempts.report(token, 1, [report(1)], true);
  await decide(tenure, 1, 'pause');
  await rig.attempts.finish(token, { state: 'paused' });
  return { tenure, token };
}

async function again(tenure: Tenure, origin: 'promotion' | 'retry', attempt: number, resource: number): Promise<Binding> {
  const [ticket = ''] = await rig.offer(tenure, [readyEntry(0, { attempt, origin, resource })]);
  return rig.bind(ticket);
}

describe('an attempt that is to pause', () => {
  it('hears it by its renewal and by its report sent again, and ends as paused with its last report', async () => {
    const { tenure, token } = await running();
    expect(await rig.attempts.report(token, 1, [report(1)], true)).toMatchObject({ decision: 'wait' });
    await decide(tenure, 1, 'pause');
    expect(await rig.attempts.renew(token, 60_000, 1)).toMatchObject({ stop: false, decision: 'pause' });
    expect(await rig.attempts.report(token, 1, [report(1)], true)).toMatchObject({ taken: 1, decision: 'pause' });
    expect(await rig.attempts.timeOutDecision(token, 1)).toEqual({ kind: 'decided', decision: 'pause' });
    await rig.attempts.finish(token, { state: 'paused' });
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'paused', trial: 0, attempt: 1, reports: 1, lastStep: 1, value: 0.5 });
    expect(await rig.redis.zcard(rig.experiment.leases)).toBe(0);
  });

  it('says so once: sent again, it changes nothing', async () => {
    const { token } = await paused();
    const before = await rig.dump();
    expect(await rig.attempts.finish(token, { state: 'paused' })).toEqual({ kind: 'finished' });
    expect(await rig.dump()).toEqual(before);
  });

  it('says nothing more once it has paused', async () => {
    const { token } = await paused();
    expect(await rig.attempts.report(token, 2, [report(2)], false)).toEqual({ kind: 'refused', why: 'lost' });
  });
});

describe('a promoted attempt', () => {
  it('reads the pauses below its segment as continue, whichever way it asks', async () => {
    const { tenure } = await paused();
    const { token, entry } = await again(tenure, 'promotion', 2, 3);
    expect(entry).toMatchObject({ trial: 0, attempt: 2, origin: 'promotion', resource: 3 });
    expect(await rig.attempts.renew(token, 60_000, 1)).toMatchObject({ decision: 'continue' });
    expect(await rig.attempts.timeOutDecision(token, 1)).toEqual({ kind: 'decided', decision: 'continue' });
    expect(await rig.attempts.report(token, 1, [report(1)], true)).toMatchObject({ taken: 1, decision: 'continue' });
    expect(await rig.eventTypes()).toEqual(['submitted', 'bound', 'reported', 'decided', 'paused', 'bound']);
  });

  it('waits at the end of its segment, and pauses there', async () => {
    const { tenure } = await paused();
    const { token } = await again(tenure, 'promotion', 2, 3);
    expect(await rig.attempts.report(token, 1, [report(1), report(2), report(3)], true)).toMatchObject({ decision: 'wait' });
    await decide(tenure, 3, 'pause');
    expect(await rig.attempts.renew(token, 60_000, 3)).toMatchObject({ decision: 'pause' });
  });

  it('pauses there again when it is retried, and not below', async () => {
    const { tenure } = await paused();
    const { token } = await again(tenure, 'promotion', 2, 3);
    await rig.attempts.report(token, 1, [report(1), report(2), report(3)], true);
    await decide(tenure, 3, 'pause');
    await rig.attempts.release(token);
    const retry = await again(tenure, 'retry', 3, 3);
    expect(await rig.attempts.report(retry.token, 1, [report(1)], true)).toMatchObject({ decision: 'continue' });
    expect(await rig.attempts.report(retry.token, 2, [report(2), report(3)], true)).toMatchObject({ decision: 'pause' });
  });

  it('still stops where a stop was decided, below its segment too', async () => {
    const { tenure } = await paused();
    const { token } = await again(tenure, 'promotion', 2, 9);
    await rig.attempts.report(token, 1, [report(1), report(2), report(3)], true);
    await rig.attempts.release(token);
    const retry = await again(tenure, 'retry', 3, 9);
    await decide(tenure, 3, 'stop');
    expect(await rig.attempts.report(retry.token, 1, [report(1)], true)).toMatchObject({ decision: 'stop' });
  });

  it('goes on from the last checkpoint, whichever worker it runs on', async () => {
    const { tenure, token } = await running();
    await rig.attempts.registerFiles(token, 'checkpoint', 'c1', 1);
    await rig.attempts.report(token, 1, [report(1)], true);
    await decide(tenure, 1, 'pause');
    await rig.attempts.finish(token, { state: 'paused' });
    const { resumeFrom } = await again(tenure, 'promotion', 2, 3);
    expect(resumeFrom).toEqual({ id: 'c1', step: 1, reported: { value: 0.5 } });
  });
});

describe('a list that was to be fresh', () => {
  it('is emptied by a pause', async () => {
    const { tenure, token } = await running();
    const [ticket = ''] = await rig.offer(tenure, [readyEntry(1), readyEntry(2)], { fresh: true });
    await rig.attempts.finish(token, { state: 'paused' });
    expect(await rig.start(ticket)).toEqual({ kind: 'nothing', why: 'idle' });
  });
});
