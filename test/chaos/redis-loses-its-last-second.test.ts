import { stat, truncate } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../core/random.ts';
import { Deployment } from '../support/deployment.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';
import { readWrites, type Write } from './append-only-file.ts';
import { atEveryPoint } from './lanes.ts';
import { atWork, checkSmallExperiment, smallExperiment, startWorker } from './small-experiment.ts';

/** They wait a good part of their time. */
const AT_ONCE = 6;
/** As many as there are writes in a tenth of a second or more of such an experiment. */
const MOST_LOST = 40;

const ends: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

interface Lane {
  readonly redis: MortalRedis;
  readonly deployment: Deployment;
}

async function deploy(): Promise<Lane> {
  const redis = await MortalRedis.start();
  const deployment = new Deployment(redis.url, 'mortal');
  await deployment.optimizer();
  const { end } = await startWorker(redis.url, deployment.keys.prefix);
  ends.push(async () => {
    await end();
    await deployment.close();
    await redis.remove();
  });
  return { redis, deployment };
}

/** Ends a Redis when it has done so many writes more and lost some of them, or when the experiment is over. @returns the last write that it kept */
async function loseAllBut(kept: number, lost: number, id: string, { redis, deployment }: Lane): Promise<Write | undefined> {
  const path = await redis.appendOnlyFile();
  const { size } = await stat(path);
  await deployment.submit({ id, ...smallExperiment });
  await until('there is enough to lose', async () => {
    const isEnough = (await readWrites(path, size)).length >= kept + lost;
    return isEnough || ((await deployment.endedNow(id)) !== null && (await atWork(deployment, id)).length === 0);
  });
  await redis.kill();
  const last = (await readWrites(path, size))[kept - 1];
  if (last !== undefined) await truncate(path, last.end);
  await redis.start();
  return last;
}

describe('a Redis that comes back without its last writes', () => {
  it('wherever it was cut: fences hold, nothing runs on that no log holds, and the experiment ends with clean books', async () => {
    const lastEvents = new Set<string>();
    const points = await atEveryPoint(AT_ONCE, async () => {
      const lane = await deploy();
      return async (kept) => {
        const id = `exp${String(kept).padStart(5, '0')}`;
        const lost = randomStream(1, 'lost writes', kept).integer(1, MOST_LOST);
        const last = await loseAllBut(kept, lost, id, lane);
        for (const event of last?.events ?? []) lastEvents.add(event);
        // Whoever submitted it may have been told of something that is lost. It asks again, as clients do.
        await lane.deployment.submit({ id, ...smallExperiment });
        await checkSmallExperiment(lane.deployment, id);
        return last !== undefined;
      };
    });
    expect(points).toBeGreaterThan(40);
    expect([...lastEvents].sort()).toEqual([
      'bound',
      'capacityChanged',
      'completed',
      'decided',
      'ended',
      'paused',
      'reported',
      'submitted',
    ]);
  }, 600_000);
});
