/** The system under measurement: a private Redis, one optimizer and some workers, each a process of its own, without HTTP. */
import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { builtInCatalogue } from '../core/catalogue.ts';
import type { LogEvent } from '../core/events.ts';
import type { Submission } from '../core/experiment.ts';
import { specify } from '../core/specify.ts';
import { isFinal } from '../core/states.ts';
import { connect } from '../queue/connection.ts';
import { obtainRedis } from '../queue/embedded-server.ts';
import { ExperimentJobs } from '../queue/experiment-jobs.ts';
import { Experiments } from '../queue/experiments.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { readLog } from '../queue/log.ts';
import { ReadModel } from '../queue/read-model.ts';
import { Registry } from '../queue/registry.ts';

const POOL = 'bench';
const SEED = 1;

export interface BenchSystem {
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly keys: Keys;
  /** Process ids by the names of the services. */
  readonly pids: ReadonlyMap<string, number>;
  /** Runs one experiment to its end and answers its log. */
  run(submission: Omit<Submission, 'kind' | 'pool'> & Partial<Pick<Submission, 'kind'>>): Promise<LogEvent[]>;
  stop(): Promise<void>;
}

export interface BenchSystemOptions {
  readonly functions: string;
  readonly workers: number;
  readonly slots: number;
}

export async function startSystem(options: BenchSystemOptions): Promise<BenchSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'maggy-bench-'));
  const server = await obtainRedis({ folder });
  const prefix = 'bench';
  const env = { ...process.env, REDIS_URL: server.url, MAGGY_PREFIX: prefix, MAGGY_STORE: join(folder, 'store') };
  const start = (...command: string[]): ChildProcess =>
    spawn(process.execPath, ['cli/maggy.mjs', ...command], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const workerArgs = ['--functions', options.functions, '--pool', POOL, '--slots', String(options.slots)];
  const processes = [start('optimizer'), ...Array.from({ length: options.workers }, () => start('worker', ...workerArgs))];
  const pids = new Map(processes.map((child, i) => [i === 0 ? 'optimizer' : `worker ${String(i)}`, child.pid ?? 0]));
  const redis = connect(server.url);
  const keys = makeKeys(prefix);
  const registry = new Registry(redis, keys);
  const jobs = new ExperimentJobs(redis, keys);
  const experiments = new Experiments(redis, keys, jobs);
  while ((await registry.workers()).length < options.workers) await sleep(50);
  return {
    redis,
    redisUrl: server.url,
    keys,
    pids,
    async run(submission) {
      const known = (await registry.declarations()).find(({ declaration }) => declaration.name === submission.trainingFunction);
      if (known === undefined) throw new Error(`no worker holds ${submission.trainingFunction}`);
      const id = `x${randomUUID().replaceAll('-', '')}`;
      const context = { id, declaration: known.declaration, pool: POOL, seed: SEED, catalogue: builtInCatalogue };
      await experiments.submit(specify({ kind: 'tune', ...submission }, context), id, Date.now());
      await untilEnded(new ReadModel(redis, keys), id);
      return wholeLog(redis, keys, id);
    },
    async stop() {
      for (const child of processes) {
        child.kill('SIGTERM');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
      await jobs.close();
      redis.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilEnded(readModel: ReadModel, id: string): Promise<void> {
  for (;;) {
    const result = await readModel.result(id);
    if (result !== null && isFinal(result.state)) return;
    await sleep(50);
  }
}

async function wholeLog(redis: Redis, keys: Keys, id: string): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for (;;) {
    const page = await readLog(redis, keys, id, events.length, 1000);
    events.push(...page.map(({ event }) => event));
    if (page.length < 1000) return events;
  }
}
