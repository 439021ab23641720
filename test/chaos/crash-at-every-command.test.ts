import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions } from '../../core/catalogue.ts';
import { startOptimizer } from '../../optimizer/main.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { CommandCounter } from './command-counter.ts';
import { CuttingProxy } from './cutting-proxy.ts';

const { url, prefix } = useTestRedis();
const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 3, mode: 'promote' };
const small = { scheduler: asha, decisionSteps: ashaScheduler.decisionSteps(asha), maxTrials: 3 };
const id = 'exp00001';
const silent = pino({ level: 'silent' });

/** They wait most of their time. */
const AT_ONCE = 6;
/** A takeover is two looks at the jobs that nobody holds. */
const TAKEOVER = { lockDurationMs: 8000, stalledIntervalMs: 100 };

/** Ends of optimizers that were cut off and came back. */
const ends: Promise<void>[] = [];
afterAll(() => Promise.all(ends));

/** An experiment whose optimizer is cut off from Redis after so many commands and replaced. @returns whether it took that many */
async function survivesCutAfter(commands: number): Promise<boolean> {
  const deployment = new Deployment(url, prefix);
  const proxy = await CuttingProxy.start(url, commands);
  const first = startOptimizer({ redisUrl: proxy.url, prefix: deployment.keys.prefix, storeFolder: tmpdir(), log: silent, ...TAKEOVER });
  try {
    await deployment.worker({ slots: 2, pauseMs: 0 });
    await deployment.submit({ id, ...small });
    await until('the end of the experiment or of the way', async () => proxy.isCut || (await deployment.endedNow(id)) !== null);
    const { isCut } = proxy;
    if (isCut) {
      await takeLease(deployment);
      await deployment.optimizer(TAKEOVER);
    }
    expect(await deployment.ended(id)).toMatchObject({
      state: 'completed',
      stopReason: 'maxTrials',
      counts: { running: 0, paused: 0, failed: 0 },
    });
    // The first one comes back, and finds that it has nothing to say.
    proxy.reopen();
    await first;
    await deployment.checkBooks(id);
    return isCut;
  } finally {
    proxy.reopen();
    ends.push(first.then((optimizer) => optimizer.stop()).then(() => proxy.close()));
    await deployment.close();
  }
}

/** By force, so that nobody has to wait until it runs out. */
async function takeLease({ redis, keys }: Deployment): Promise<void> {
  const locks = await redis.keys(`${keys.bull}:experiments:*:lock`);
  if (locks.length > 0) await redis.del(locks);
}

describe('an optimizer that is cut off from Redis', () => {
  it('after any of its commands leaves an experiment that another one ends with clean books', async () => {
    let next = 1;
    let isWhole = false;
    const lane = async (): Promise<void> => {
      while (!isWhole) {
        const commands = next++;
        const isCut = await survivesCutAfter(commands).catch((error: unknown) => {
          throw new Error(`cut after command ${commands}`, { cause: error });
        });
        isWhole ||= !isCut;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(next).toBeGreaterThan(50);
  }, 600_000);
});

describe('the counter of commands', () => {
  it('finds their ends in pieces of any size, and stops where it is told', () => {
    const sent = Buffer.from('*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$0\r\n\r\n*1\r\n$4\r\na\r\nb\r\n');
    const ends = [sent.indexOf('*1'), sent.lastIndexOf('*1'), sent.length];
    for (let size = 1; size <= sent.length; size++) {
      const counter = new CommandCounter();
      let counted = 0;
      for (let at = 0; at < sent.length; at += size) counted += counter.read(sent.subarray(at, at + size), Infinity).commands;
      expect(counted).toBe(3);
    }
    for (const [index, bytes] of ends.entries()) {
      expect(new CommandCounter().read(sent, index + 1)).toEqual({ commands: index + 1, bytes });
    }
  });
});
