/** A finished search of 100,000 trials, written into Redis as an optimizer would have left it: curves, rows and log. */
import { compileSpace } from '../core/compiled-space.ts';
import { decodePoint } from '../core/encoding.ts';
import { randomStream, type RandomStream } from '../core/random.ts';
import { unpublishedResult, type TrialRow } from '../core/results.ts';
import type { SearchSpace } from '../core/space.ts';
import { connect } from '../queue/connection.ts';
import { ExperimentJobs } from '../queue/experiment-jobs.ts';
import { Experiments } from '../queue/experiments.ts';
import type { Keys } from '../queue/keys.ts';
import { testSpecification } from '../test/support/specification.ts';

export const TRIALS = 100_000;
export const id = 'ebenchplots';
const SLOTS = 64;
const REPORTS = 20;

const space: SearchSpace = {
  lr: { type: 'float', min: 1e-5, max: 1, scale: 'log' },
  dropout: { type: 'float', min: 0, max: 0.9 },
  layers: { type: 'int', min: 1, max: 8 },
  optimizer: { type: 'categorical', choices: ['sgd', 'adam', 'rmsprop'] },
  momentum: { type: 'float', min: 0, max: 0.99, when: { optimizer: 'sgd' } },
  batch: { type: 'ordinal', choices: [16, 32, 64, 128] },
};
const compiled = compileSpace(space);

export async function writeTrials(url: string, keys: Keys): Promise<void> {
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
  const counts = { queued: 0, running: 0, paused: 0, completed: TRIALS, stopped: 0, failed: 0 };
  const ended = { state: 'completed', stopReason: 'maxTrials', waitingFor: null, counts, position: seq };
  await redis.set(keys.of(id).result, JSON.stringify({ ...unpublishedResult(id, ''), ...ended }));
  await jobs.close();
  redis.disconnect();
}

/** One more entry of the log, which makes whatever was kept of it stale. Answers its number. */
export async function appendEvent(redis: ReturnType<typeof connect>, keys: Keys): Promise<number> {
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
