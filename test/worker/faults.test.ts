/** Faults of workers: what runs when one dies, freezes, loses Redis or is asked to end. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RedisProxy } from '../support/redis-proxy.ts';
import { until } from '../support/until.ts';
import { testTimes, useTestBed } from './bed.ts';
import { isAlive } from './is-alive.ts';
import { useWorkerProcesses } from './worker-processes.ts';

const bed = useTestBed();
const startProcess = useWorkerProcesses(bed);

/** How long the lease of trial 0 still holds, by the clock of Redis. */
async function leaseLeftMs(experiment: string): Promise<number> {
  const deadline = Number(await bed.redis.zscore(bed.keys.of(experiment).leases, '0'));
  const [seconds, micros] = await bed.redis.time();
  return deadline - Number(seconds) * 1000 - Number(micros) / 1000;
}

describe('a worker', () => {
  it('that is killed leaves no process behind, even a blocked one, and its trial runs elsewhere', async () => {
    const pool = 'killed';
    const { child, trialPid } = await startProcess({ pool });
    const blocked = await bed.submit('blocks', { pool });
    await blocked.start({ trial: 0 });
    await until('the trial blocks its process', async () => (await blocked.output(0)).includes('before the loop'));
    child.kill('SIGKILL');
    // The promise: an orphan is gone within a second.
    await until('the trial process is gone', () => !isAlive(trialPid), 1000);

    await bed.worker({ pool });
    await blocked.lose();
    await blocked.start({ trial: 0, attempt: 2, origin: 'retry' });
    expect(await blocked.event('bound', 0)).toBeDefined();
    await until(
      'the second attempt runs',
      async () => (await blocked.field(0, 'attempt')) === '2' && (await blocked.field(0, 'state')) === 'running',
    );
  });

  it('that is frozen does not keep its trial running: the process ends itself before the lease can be given away', async () => {
    const pool = 'frozen';
    const { child, trialPid } = await startProcess({ pool });
    const experiment = await bed.submit('blocks', { pool });
    await experiment.start({ trial: 0 });
    await until('the trial blocks its process', async () => (await experiment.output(0)).includes('before the loop'));
    child.kill('SIGSTOP');
    await until('the trial process is gone', () => !isAlive(trialPid), testTimes.leaseMs);
    expect(await leaseLeftMs(experiment.id)).toBeGreaterThan(0);

    await experiment.lose();
    const curve = await experiment.curve(0);
    child.kill('SIGCONT');
    // The worker is well again when it takes the next ticket; nothing of the lost attempt was taken.
    const next = await bed.submit('completes', { pool });
    await next.start({ trial: 0, params: { x: 1 } });
    await next.outcome(0);
    expect(await experiment.curve(0)).toEqual(curve);
    expect((await experiment.events()).filter(({ type }) => type === 'failed' || type === 'completed')).toEqual([]);
    child.kill('SIGKILL');
  });

  it('that is cut off from Redis ends its trial before the lease can be given away, and serves again afterwards', async () => {
    const pool = 'partitioned';
    const proxy = await RedisProxy.start(bed.options.redisUrl);
    const worker = await bed.worker({ pool, redisUrl: proxy.url });
    const [trialPid] = worker.processIds;
    const experiment = await bed.submit('reports', { pool });
    await experiment.start({ trial: 0, params: { steps: 10_000, pauseMs: 5 } });
    await until('the trial reports', async () => (await experiment.curve(0)).length > 3);
    proxy.cut();
    await until('the trial process is gone', () => trialPid !== undefined && !isAlive(trialPid), testTimes.leaseMs);
    expect(await leaseLeftMs(experiment.id)).toBeGreaterThan(0);

    await experiment.lose();
    const curve = await experiment.curve(0);
    proxy.heal();
    const next = await bed.submit('completes', { pool });
    await next.start({ trial: 0, params: { x: 1 } });
    expect(await next.outcome(0)).toMatchObject({ type: 'completed' });
    expect(await experiment.curve(0)).toEqual(curve);
    await worker.close();
    proxy.close();
  });

  it('that no longer holds a lease ends the trial, and what it says is refused', async () => {
    const pool = 'superseded';
    await bed.worker({ pool });
    const experiment = await bed.submit('reports', { pool });
    await experiment.start({ trial: 0, params: { steps: 10_000, pauseMs: 5 } });
    await until('the trial reports', async () => (await experiment.curve(0)).length > 3);
    const key = bed.keys.of(experiment.id).trial(0);
    await bed.redis.hset(key, 'nonce', 'of another attempt');
    const { length } = await experiment.curve(0);
    const next = await bed.submit('completes', { pool });
    await next.start({ trial: 0, params: { x: 1 } });
    // There is one slot: it is free because the trial was ended.
    await next.outcome(0);
    expect(await experiment.curve(0)).toHaveLength(length);
    expect((await experiment.events()).map(({ type }) => type)).toEqual(['submitted', 'bound']);
  });

  it('that is drained lets finish what can, hands back what cannot, and exits within its bound', async () => {
    const pool = 'drained';
    const { child } = await startProcess({ pool, slots: 2, drainSeconds: 2 });
    const short = await bed.submit('reports', { pool });
    const long = await bed.submit('silent', { pool });
    await short.start({ trial: 0, params: { steps: 5, pauseMs: 100 } });
    await long.start({ trial: 0 });
    await short.event('bound', 0);
    await long.event('bound', 0);
    const late = await bed.submit('completes', { pool });
    const exited = once(child, 'exit');
    const askedAt = performance.now();
    child.kill('SIGTERM');
    await until('the worker says that it drains', async () => {
      const texts = await Promise.all((await bed.redis.smembers(bed.keys.workers)).map((id) => bed.redis.get(bed.keys.worker(id))));
      return texts.some((text) => text?.includes(`"pool":"${pool}"`) === true && text.includes('"draining":true'));
    });
    await late.start({ trial: 0, params: { x: 1 } });
    expect(await exited).toEqual([0, null]);
    // Drain, hand-back and close have a bound each; a second is for two busy cores.
    expect(performance.now() - askedAt).toBeLessThan(2000 + 2 * testTimes.handBackMs + 1000);
    expect(await short.outcome(0)).toMatchObject({ type: 'completed' });
    expect((await long.events()).at(-1)).toMatchObject({ type: 'attemptLost', trial: 0, attempt: 1 });
    expect((await late.events()).map(({ type }) => type)).toEqual(['submitted']);
    expect(await bed.redis.smembers(bed.keys.workers)).not.toContainEqual(expect.stringContaining(String(child.pid)));
  });
});
