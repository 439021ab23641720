import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions, MedianSchedulerOptions } from '../../core/catalogue.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { count, Deployment, Gate } from '../support/deployment.ts';
import { useOptimizerProcesses, type OptimizerProcess } from '../support/optimizer-process.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
const startProcess = useOptimizerProcesses();
const median: MedianSchedulerOptions = { type: 'median', minTrials: 2 };
const withMedian = { scheduler: median, decisionSteps: { at: 'every', first: 1, interval: 1 } } as const;
const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 9, mode: 'promote' };
const id = 'exp00001';

let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment(url, prefix);
});
afterEach(() => deployment.close());

const start = (): Promise<OptimizerProcess> => startProcess(url, deployment.keys.prefix);
const bindings = async (): Promise<number> => count(await deployment.events(id), 'bound');
const epoch = async (): Promise<number> => Number(await deployment.redis.hget(deployment.keys.of(id).guard, 'epoch'));

describe('an optimizer', () => {
  it('killed in the middle is taken over, no trial is lost or doubled, and the log verifies bit for bit', async () => {
    const both = await Promise.all([start(), start()]);
    await deployment.worker({ slots: 4, failing: 0.05, pauseMs: 8 });
    await deployment.submit({ id, ...withMedian, maxTrials: 120 });
    await until('a third has begun', async () => (await bindings()) > 40);
    const [first, second] = both[0].takeovers > 0 ? both : [both[1], both[0]];
    await first.end('SIGKILL');
    await deployment.ended(id);
    await deployment.checkBooks(id);
    expect(await epoch()).toBeGreaterThanOrEqual(2);
    // One that is asked to end hands back what it holds and leaves nothing open.
    expect(await second.end('SIGTERM')).toEqual([0, null]);
  });

  it('whose surrogate lives in a thread is killed twice: fits, promotions and suggestions verify bit for bit', async () => {
    const optimizers = [await start(), await start(), await start()];
    await deployment.worker({ slots: 4, steps: 9, pauseMs: 30 });
    await deployment.submit({
      id,
      sampler: { type: 'gp' },
      scheduler: asha,
      decisionSteps: ashaScheduler.decisionSteps(asha),
      maxTrials: 36,
    });
    for (const begun of [12, 24]) {
      await until(`${String(begun)} attempts have begun`, async () => (await bindings()) >= begun);
      const holder = optimizers.findIndex(({ takeovers }) => takeovers > 0);
      const [killed] = optimizers.splice(holder, 1);
      expect(await killed?.end('SIGKILL')).toEqual([null, 'SIGKILL']);
    }
    expect(await deployment.ended(id)).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
    const events = await deployment.checkBooks(id);
    expect(await epoch()).toBeGreaterThanOrEqual(3);
    for (const type of ['surrogateFitted', 'paused', 'decided'] as const) expect(count(events, type)).toBeGreaterThan(1);
    expect(events.some((event) => event.type === 'bound' && event.origin === 'promotion')).toBe(true);
  });

  it('frozen and superseded changes nothing any more when it wakes', async () => {
    const first = await start();
    const gate = new Gate();
    await deployment.worker({ slots: 2, pauseMs: 10, gate: ({ entry }) => (entry.trial < 20 ? Promise.resolve() : gate.pass()) });
    await deployment.submit({ id, ...withMedian, maxTrials: 60 });
    await until('some have begun', async () => (await bindings()) > 10);
    await deployment.optimizer();
    first.child.kill('SIGSTOP');
    await until('the other has taken over', async () => (await epoch()) >= 2);
    first.child.kill('SIGCONT');
    await until('the first was refused when it wrote, or let go before it could', () => first.refusals + first.lostLocks > 0);
    expect(await deployment.endedNow(id)).toBeNull();
    gate.open();
    await deployment.ended(id);
    await deployment.checkBooks(id);
  });
});
