/** What a page of each plot costs at 100,000 trials: bytes and milliseconds over HTTP, from a synthetic read model and log in a real Redis. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../api/server.ts';
import { compileSpace } from '../core/compiled-space.ts';
import { decodePoint } from '../core/encoding.ts';
import { randomStream, type RandomStream } from '../core/random.ts';
import type { TrialRow } from '../core/results.ts';
import type { SearchSpace } from '../core/space.ts';
import { connect } from '../queue/connection.ts';
import { obtainRedis } from '../queue/embedded-server.ts';
import { ExperimentJobs } from '../queue/experiment-jobs.ts';
import { Experiments } from '../queue/experiments.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { testSpecification } from '../test/support/specification.ts';
import { atMost, row, step, type Row } from './report.ts';

const TRIALS = 100_000;
const SLOTS = 64;
const REPORTS = 20;
const MOST_BYTES = 300_000;
const MOST_MS = 200;
const id = 'ebenchplots';

const space: SearchSpace = {
  lr: { type: 'float', min: 1e-5, max: 1, scale: 'log' },
  dropout: { type: 'float', min: 0, max: 0.9 },
  layers: { type: 'int', min: 1, max: 8 },
  optimizer: { type: 'categorical', choices: ['sgd', 'adam', 'rmsprop'] },
  momentum: { type: 'float', min: 0, max: 0.99, when: { optimizer: 'sgd' } },
  batch: { type: 'ordinal', choices: [16, 32, 64, 128] },
};
const compiled = compileSpace(space);

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
];

export async function plots(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'maggy-bench-plots-'));
  const { url, stop } = await obtainRedis({ folder, log: (line) => process.stderr.write(`${line}\n`) });
  const keys = makeKeys(`bench-${randomUUID().slice(0, 8)}`);
  try {
    await step(`${TRIALS} trials`, () => writeTrials(url, keys));
    const server = await startServer({ redisUrl: url, prefix: keys.prefix, storeFolder: folder, host: '127.0.0.1', port: 0 });
    try {
      return await measureAll(`${server.url}/v1/experiments/${id}/plots`, url, keys);
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

async function writeTrials(url: string, keys: Keys): Promise<void> {
  const redis = connect(url);
  const jobs = new ExperimentJobs(redis, keys);
  await new Experiments(redis, keys, jobs).submit(testSpecification({ id, space, maxTrials: TRIALS }), 'bench', Date.now());
  const random = randomStream('bench', 'plots');
  const { rows, index, log, guard, position } = { ...namesOf(keys), index: keys.of(id).index('all', 'number') };
  let seq = 1;
  for (let first = 0; first < TRIALS; first += 1000) {
    const pipeline = redis.pipeline();
    for (let number = first; number < first + 1000; number += 1) {
      const trial = trialOf(number, random);
      const member = String(number).padStart(7, '0');
      pipeline.hset(rows, String(number), JSON.stringify(trial)).zadd(index, number, member);
      const { params, seed, worker, slot, startedAt, endedAt, value } = trial;
      const bound = { trial: number, attempt: 1, origin: 'suggested', params, seed, basis: 1, place: 0, engine: 'bench', worker, slot };
      const completed = { trial: number, attempt: 1, reports: REPORTS, lastStep: REPORTS, value, metrics: {} };
      pipeline.xadd(log, `${(seq += 1)}-0`, ...entry('bound', startedAt, bound));
      pipeline.xadd(log, `${(seq += 1)}-0`, ...entry('completed', endedAt, completed));
      // Whichever the best and the rest are, they have a curve.
      const reports = Array.from({ length: REPORTS }, (_, at) => JSON.stringify([1, at + 1, (value ?? 0) + 1 / (at + 1), 0, {}]));
      pipeline.rpush(keys.of(id).curve(number), ...reports);
    }
    await pipeline.exec();
  }
  await redis.hset(guard, 'seq', seq);
  await redis.set(position, seq);
  await jobs.close();
  redis.disconnect();
}

async function appendEvent(redis: ReturnType<typeof connect>, keys: Keys): Promise<number> {
  const { guard, log } = namesOf(keys);
  const seq = await redis.hincrby(guard, 'seq', 1);
  await redis.xadd(log, `${seq}-0`, ...entry('capacityChanged', Date.now(), { limit: 1 }));
  return seq;
}

function namesOf(keys: Keys): { rows: string; log: string; guard: string; position: string } {
  const { rows, log, guard, position } = keys.of(id);
  return { rows, log, guard, position };
}

function entry(type: string, at: number | null, data: object): string[] {
  return ['type', type, 'v', '1', 'at', String(at), 'nonce', 'n', 'data', JSON.stringify(data)];
}

function trialOf(number: number, random: RandomStream): TrialRow {
  const params = decodePoint(
    compiled,
    Float64Array.from(compiled.dimensions, () => random.uniform()),
  );
  const startedAt = 1_700_000_000_000 + Math.floor(number / SLOTS) * 1000;
  return {
    number,
    state: 'completed',
    params,
    seed: number + 1,
    origin: 'suggested',
    value: Math.log10(Number(params.lr)) ** 2 + Number(params.dropout) + random.normal() / 10,
    metrics: null,
    lastStep: REPORTS,
    reports: REPORTS,
    attempts: 1,
    failure: null,
    worker: `worker-${number % 8}`,
    slot: Math.floor((number % SLOTS) / 8),
    startedAt,
    endedAt: startedAt + 900,
    durationSeconds: 0.9,
  };
}
