/** The system under measurement: a private Redis, an API, one optimizer and some workers, each a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { MaggyClient } from '../client/client.ts';
import type { LogEvent } from '../core/events.ts';
import type { Submission } from '../core/experiment.ts';
import { isFinal } from '../core/states.ts';
import { connect } from '../queue/connection.ts';
import { obtainRedis } from '../queue/embedded-server.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { readLog } from '../queue/log.ts';
import { ReadModel } from '../queue/read-model.ts';
import { Registry } from '../queue/registry.ts';
import { freePort } from '../test/support/free-port.ts';

const POOL = 'bench';
const SEED = 1;
/** Of the log, read at a time. */
const PAGE = 1000;

export type BenchSubmission = Omit<Submission, 'kind' | 'pool'> & Partial<Pick<Submission, 'kind'>>;

export interface BenchSystem {
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly keys: Keys;
  readonly client: MaggyClient;
  /** Process ids by the names of the services. */
  readonly pids: ReadonlyMap<string, number>;
  /** Answers the experiment's id. */
  submit(submission: BenchSubmission): Promise<string>;
  log(id: string): AsyncGenerator<LogEvent, void, undefined>;
  /** Runs one experiment to its end and answers its log. */
  run(submission: BenchSubmission): Promise<LogEvent[]>;
  stop(): Promise<void>;
}

export interface BenchSystemOptions {
  readonly functions: string;
  readonly workers: number;
  readonly slots: number;
  /** That the optimizer looks after at once; as many as it does by itself where absent. */
  readonly experiments?: number;
}

export async function startSystem(options: BenchSystemOptions): Promise<BenchSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'maggy-bench-'));
  const server = await obtainRedis({ folder });
  const prefix = 'bench';
  const env = { ...process.env, REDIS_URL: server.url, MAGGY_PREFIX: prefix, MAGGY_STORE: join(folder, 'store'), LOG_LEVEL: 'warn' };
  const start = (...command: string[]): ChildProcess =>
    spawn(process.execPath, ['cli/maggy.mjs', ...command], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const port = await freePort();
  const experiments = options.experiments === undefined ? [] : ['--experiments', String(options.experiments)];
  const worker = ['worker', '--functions', options.functions, '--pool', POOL, '--slots', String(options.slots)];
  const processes = new Map([
    ['the API', start('api', '--host', '127.0.0.1', '--port', String(port))],
    ['the optimizer', start('optimizer', ...experiments)],
    ...Array.from({ length: options.workers }, (_, i): [string, ChildProcess] => [`worker ${String(i + 1)}`, start(...worker)]),
  ]);
  const redis = connect(server.url);
  const keys = makeKeys(prefix);
  const client = new MaggyClient(`http://127.0.0.1:${String(port)}`);
  const registry = new Registry(redis, keys);
  while ((await registry.workers()).length < options.workers || !(await isReady(client.url))) await sleep(50);
  const submit = (submission: BenchSubmission): Promise<string> => client.submit({ kind: 'tune', pool: POOL, seed: SEED, ...submission });
  const log = (id: string): AsyncGenerator<LogEvent, void, undefined> => wholeLog(redis, keys, id);
  return {
    redis,
    redisUrl: server.url,
    keys,
    client,
    pids: new Map([...processes].map(([name, { pid = 0 }]) => [name, pid])),
    submit,
    log,
    async run(submission) {
      const id = await submit(submission);
      await untilEnded(new ReadModel(redis, keys), id);
      const events: LogEvent[] = [];
      for await (const event of log(id)) events.push(event);
      return events;
    },
    async stop() {
      for (const child of processes.values()) {
        child.kill('SIGTERM');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
      redis.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asked seldom: a client that is told of each result would take its share of two cores from what is measured. */
async function untilEnded(readModel: ReadModel, id: string): Promise<void> {
  for (;;) {
    const result = await readModel.result(id);
    if (result !== null && isFinal(result.state)) return;
    await sleep(50);
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function* wholeLog(redis: Redis, keys: Keys, id: string): AsyncGenerator<LogEvent, void, undefined> {
  for (let read = 0; ;) {
    const page = await readLog(redis, keys, id, read, PAGE);
    yield* page.map(({ event }) => event);
    read += page.length;
    if (page.length < PAGE) return;
  }
}
