import { afterAll, describe, expect, it } from 'vitest';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { atEveryPoint } from './lanes.ts';
import { checkSmallExperiment, hash, smallExperiment, startWorker } from './small-experiment.ts';

const { url, prefix } = useTestRedis();
/** They wait a good part of their time. */
const AT_ONCE = 4;

const ends: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

/** An optimizer, and a worker whose way to Redis can be cut. */
async function deploy(): Promise<{ readonly deployment: Deployment; readonly proxy: CuttingProxy }> {
  const deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  const proxy = await CuttingProxy.start(url);
  const started = startWorker(proxy.url, deployment.keys.prefix);
  ends.push(async () => {
    await (await started).end();
    await proxy.close();
    await deployment.close();
  });
  await started;
  return { deployment, proxy };
}

/** An experiment during which the worker is cut off after so many of its commands. @returns whether it took that many */
async function runCutAfter(commands: number, id: string, { deployment, proxy }: Awaited<ReturnType<typeof deploy>>): Promise<boolean> {
  proxy.cutAfter(commands);
  await deployment.submit({ id, ...smallExperiment });
  await until('the end of the experiment or of the way', async () => proxy.isCut || (await deployment.endedNow(id)) !== null);
  return proxy.isCut;
}

/** By force, so that nobody has to wait until the leases and locks of a worker run out. */
async function takeLeases({ redis, keys }: Deployment, id: string): Promise<void> {
  const { leases } = keys.of(id);
  for (const trial of await redis.zrange(leases, '0', '-1')) await redis.zadd(leases, 'XX', 1, trial);
  const locks = await redis.keys(`${keys.bull}:trials.default:*:lock`);
  await redis.del(...locks, `${keys.bull}:trials.default:stalled-check`);
}

const nameAt = (point: number): string => `exp${String(point).padStart(5, '0')}`;

describe('a worker', () => {
  it('that loses its connection at any command and has it back at once ends what it runs, with clean books', async () => {
    const cuts = await atEveryPoint(AT_ONCE, async () => {
      const { deployment, proxy } = await deploy();
      return async (commands) => {
        const id = nameAt(commands);
        const isCut = await runCutAfter(commands, id, { deployment, proxy });
        proxy.reopen();
        await checkSmallExperiment(deployment, id);
        return isCut;
      };
    });
    expect(cuts).toBeGreaterThan(20);
  }, 600_000);

  // To Redis, and so to everybody else, it is as dead as one that was killed, until it comes back.
  it('that is gone after any command is replaced; and when it is back with all that it could not say, it changes nothing', async () => {
    const cuts = await atEveryPoint(AT_ONCE, async () => {
      const { deployment, proxy } = await deploy();
      return async (commands) => {
        const id = nameAt(commands);
        const isCut = await runCutAfter(commands, id, { deployment, proxy });
        if (isCut) await takeLeases(deployment, id);
        const successor = isCut ? await deployment.worker({ slots: 1, hash }) : null;
        await deployment.ended(id);
        await successor?.end();
        const events = await deployment.checkBooks(id);
        proxy.reopen();
        expect(await checkSmallExperiment(deployment, id)).toEqual(events);
        return isCut;
      };
    });
    expect(cuts).toBeGreaterThan(20);
  }, 600_000);

  it('that is cut off again and again while it starts, after one command, two, three …, serves in the end', async () => {
    const deployment = new Deployment(url, prefix);
    await deployment.optimizer();
    const proxy = await CuttingProxy.start(url, 1);
    const start = { isOver: false };
    const started = startWorker(proxy.url, deployment.keys.prefix).finally(() => (start.isOver = true));
    ends.push(async () => {
      await (await started).end();
      await proxy.close();
      await deployment.close();
    });
    for (let commands = 2; !start.isOver; commands++) {
      await until('the end of the start or of the way', () => proxy.isCut || start.isOver);
      proxy.cutAfter(commands);
    }
    proxy.reopen();
    await started;
    await deployment.submit({ id: 'exp00001', ...smallExperiment });
    await checkSmallExperiment(deployment, 'exp00001');
  });
});
