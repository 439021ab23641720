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
/** More than half of what such an experiment writes. */
const MOST_LOST = 40;
/** What is cut off begins right after an entry of the log, or so many writes later: tickets, jobs, reports and what users read. */
const WRITES_AFTER = 2;

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

interface Cut {
  /** Number of the log entry, and of writes after it, that are kept. */
  readonly entry: number;
  readonly after: number;
  /** Writes that are lost. */
  readonly lost: number;
}

/** Ends a Redis when it has done as many writes as are to be kept and lost, or when the experiment is over. @returns the last write that it kept */
async function loseLastWrites({ entry, after, lost }: Cut, id: string, { redis, deployment }: Lane): Promise<Write | undefined> {
  const path = await redis.appendOnlyFile();
  const { size } = await stat(path);
  await deployment.submit({ id, ...smallExperiment });
  await until('there is enough to lose', async () => {
    const writes = await readWrites(path, size);
    const last = placeOf(entry, writes) + after;
    return last + lost < writes.length || ((await deployment.endedNow(id)) !== null && (await atWork(deployment, id)).length === 0);
  });
  await redis.kill();
  const writes = await readWrites(path, size);
  const place = placeOf(entry, writes);
  const last = place === Infinity ? undefined : writes[Math.min(place + after, writes.length - 1)];
  if (last !== undefined) await truncate(path, last.end);
  await redis.start();
  return last;
}

/** Index of the write that appended this entry to the log; infinite where none has. */
function placeOf(entry: number, writes: readonly Write[]): number {
  let entries = 0;
  const place = writes.findIndex(({ events }) => (entries += events.length) >= entry);
  return place < 0 ? Infinity : place;
}

describe('a Redis that comes back without its last writes', () => {
  it('wherever it was cut: fences hold, nothing runs on that no log holds, and the experiment ends with clean books', async () => {
    const lastEvents = new Set<string>();
    const points = await atEveryPoint(AT_ONCE, async () => {
      const lane = await deploy();
      return async (point) => {
        const id = `exp${String(point).padStart(5, '0')}`;
        const lost = randomStream(1, 'lost writes', point).integer(1, MOST_LOST);
        const entry = 1 + Math.floor((point - 1) / WRITES_AFTER);
        const last = await loseLastWrites({ entry, after: (point - 1) % WRITES_AFTER, lost }, id, lane);
        for (const event of last?.events ?? []) lastEvents.add(event);
        // Whoever submitted it may have been told of something that is lost. It asks again, as clients do.
        await lane.deployment.submit({ id, ...smallExperiment });
        await checkSmallExperiment(lane.deployment, id);
        return last !== undefined;
      };
    });
    expect(points).toBeGreaterThan(30);
    // Each of them was the last that was left.
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
