/** What a page of each plot costs at 100,000 trials: bytes and milliseconds over HTTP, from a synthetic read model and log in a real Redis. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../api/server.ts';
import { connect } from '../queue/connection.ts';
import { obtainRedis } from '../queue/embedded-server.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { appendEvent, id, TRIALS, writeTrials } from './many-trials.ts';
import { atMost, row, step, type Row } from './report.ts';

const MOST_BYTES = 300_000;
const MOST_MS = 200;

const paths = [
  'history',
  'points',
  'curves',
  'contour?x=lr&y=dropout',
  'importance',
  'importance?method=ped-anova',
  'edf',
  'rungs',
  'timeline',
  'trials?sort=value&limit=200',
  `trials?filter=${encodeURIComponent('optimizer=adam lr<0.01')}&sort=dropout&offset=20000`,
];

export async function plots(): Promise<Row[]> {
  return withManyTrials(async (server, url, keys) => measureAll(`${server}/v1/experiments/${id}/plots`, url, keys));
}

/** An API on a Redis of its own that holds the search. */
export async function withManyTrials<Result>(measure: (server: string, redisUrl: string, keys: Keys) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'maggy-bench-plots-'));
  const { url, stop } = await obtainRedis({ folder, log: (line) => process.stderr.write(`${line}\n`) });
  const keys = makeKeys(`bench-${randomUUID().slice(0, 8)}`);
  try {
    await step(`${TRIALS} trials`, () => writeTrials(url, keys));
    const server = await startServer({ redisUrl: url, prefix: keys.prefix, storeFolder: folder, host: '127.0.0.1', port: 0 });
    try {
      return await measure(server.url, url, keys);
    } finally {
      await server.close();
    }
  } finally {
    await stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(base: string, url: string, keys: Keys): Promise<Row[]> {
  const cold = await timed(`${base}/history`);
  const coldLog = await timed(`${base}/timeline`);
  const rows = [row('first plot after a start of the API', cold.ms, 'ms'), row('first timeline after it', coldLog.ms, 'ms')];
  const redis = connect(url);
  for (const path of paths) {
    // A new entry of the log makes whatever was kept stale.
    await redis.set(keys.of(id).position, await appendEvent(redis, keys));
    const { ms, bytes } = await timed(`${base}/${path}`);
    const kept = await timed(`${base}/${path}`);
    rows.push(atMost(`${path}, size`, bytes / 1000, 'kB', MOST_BYTES / 1000), atMost(`${path}, after news`, ms, 'ms', MOST_MS));
    rows.push(atMost(`${path}, kept`, kept.ms, 'ms', MOST_MS));
  }
  redis.disconnect();
  return rows;
}

async function timed(url: string): Promise<{ ms: number; bytes: number }> {
  const startedAt = performance.now();
  const response = await fetch(url);
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
  return { ms: performance.now() - startedAt, bytes: byteLength };
}
