/** A test's Redis, its store and its workers, in this process; everything is closed after the last test of the file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import type { Specification } from '../../core/experiment.ts';
import { connect } from '../../queue/connection.ts';
import { makeKeys, type Keys } from '../../queue/keys.ts';
import { workerDefaults, type WorkerOptions } from '../../worker/options.ts';
import { workerTimes, type WorkerTimes } from '../../worker/times.ts';
import { TrialWorker } from '../../worker/worker.ts';
import { useTestRedis } from '../support/redis.ts';
import { FIXTURES, TestExperiment } from './experiment.ts';

/** Short enough to wait for in a test, long enough for two busy cores. */
export const testTimes: WorkerTimes = {
  ...workerTimes,
  leaseMs: 3000,
  leaseGraceMs: 600,
  joinMs: 20_000,
  patienceMs: 1000,
  stopGraceMs: 300,
  killGraceMs: 200,
  outputIntervalMs: 50,
  lookMs: 100,
};

export interface TestBed {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly store: string;
  readonly options: WorkerOptions;
  submit(fixture: string, given?: Partial<Specification>): Promise<TestExperiment>;
  worker(
    given?: Partial<WorkerOptions>,
    times?: Partial<WorkerTimes>,
    tell?: (line: string) => void,
    environment?: object,
  ): Promise<TrialWorker>;
}

export function useTestBed(): TestBed {
  const { url, prefix } = useTestRedis();
  const redis = connect(url);
  const keys = makeKeys(prefix.slice(0, -1));
  const store = mkdtempSync(join(tmpdir(), 'maggy-store-'));
  const workers: TrialWorker[] = [];
  const options: WorkerOptions = {
    ...workerDefaults,
    functions: FIXTURES,
    redisUrl: url,
    prefix: keys.prefix,
    store,
    backend: 'cpu',
    logLevel: 'warn',
  };
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    redis.disconnect();
    rmSync(store, { recursive: true });
  });
  return {
    redis,
    keys,
    store,
    options,
    submit: (fixture, given) => TestExperiment.submit(redis, keys, fixture, given),
    async worker(given = {}, times = {}, tell = () => undefined, environment = {}) {
      const worker = await TrialWorker.start({
        options: { ...options, ...given },
        times: { ...testTimes, ...times },
        environment: { ...process.env, ...environment },
        log: pino({ level: given.logLevel ?? options.logLevel }),
        tell,
      });
      workers.push(worker);
      return worker;
    },
  };
}
