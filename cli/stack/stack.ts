/**
 * The whole system on this machine: Redis, the API, the optimizer and workers, each a process of its own, all ended with their owner.
 * Which experiments run on it is nothing to a stack.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MaggyError } from '../../core/errors.ts';
import { obtainRedis, type ObtainedRedis, type ObtainRedisOptions } from '../../queue/embedded-server.ts';
import { MaggyClient } from '../../client/client.ts';
import { connect } from '../../queue/connection.ts';
import { makeKeys } from '../../queue/keys.ts';
import { Registry, type WorkerRecord } from '../../queue/registry.ts';
import { aborted } from '../signals.ts';
import { OwnedProcess } from './owned-process.ts';

export interface StackOptions {
  /** Names the folder of its logs. */
  readonly name: string;
  /** Holds `.maggy`. */
  readonly folder: string;
  readonly redis: Omit<ObtainRedisOptions, 'folder'>;
  /** Prefix of all keys in Redis. */
  readonly prefix?: string | undefined;
  /** Folder of checkpoints and models. */
  readonly storeFolder: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Folder of training functions. */
  readonly functions: string;
  readonly workers: number;
  readonly slotsPerWorker: number;
  /** Of one lockstep worker, which is not there where they are 0. */
  readonly lockstepSlots?: number;
  /** Told, line by line, what becomes of the files in the functions folder. */
  readonly tell?: (line: string) => void;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

export type ProcessKind = 'api' | 'optimizer' | 'worker' | 'lockstep-worker';

/** Node compiles TypeScript as it loads it, several processes at once on few cores. */
const startTimeoutMs = 120_000;
const pollMs = 100;
/** A Redis that only writes to a slow disk answers again within that. */
const redisTimeoutMs = 15_000;
const redisPollMs = 1000;
/** What a trial may take to save what it has when its stack ends; it is run again from there. */
const drainSeconds = 5;
const workerGraceMs = (drainSeconds + 3) * 1000;
const graceMs = { worker: workerGraceMs, 'lockstep-worker': workerGraceMs, optimizer: 5000, api: 5000 } as const;

export class Stack {
  readonly #options: StackOptions;
  readonly #redis: ObtainedRedis;
  readonly #processes = new Map<OwnedProcess, ProcessKind>();
  readonly #counts = { api: 0, optimizer: 0, worker: 0, 'lockstep-worker': 0 };
  /** Resolves with the reason when a process ends that was not told to; the others go on until `stop`. */
  readonly failed: Promise<MaggyError>;
  #fail: (error: MaggyError) => void = () => undefined;
  #isStopping = false;
  /** At the address where it listens, from `start` on. */
  #api = new MaggyClient('http://127.0.0.1');

  private constructor(options: StackOptions, redis: ObtainedRedis) {
    this.#options = options;
    this.#redis = redis;
    this.failed = new Promise((resolve) => (this.#fail = resolve));
  }

  /**
   * Resolves when the API answers and every slot is registered.
   * @throws MaggyError why a part did not start; the others are ended by then. The signal's reason where it aborts.
   */
  static async start(options: StackOptions): Promise<Stack> {
    const stack = new Stack(options, await obtainRedis({ folder: options.folder, ...options.redis }));
    try {
      options.signal?.throwIfAborted();
      await mkdir(stack.logFolder, { recursive: true });
      const failed = stack.failed.then((error) => Promise.reject(error));
      await Promise.race([stack.#startAll(), failed, ...(options.signal === undefined ? [] : [aborted(options.signal)])]);
      options.signal?.throwIfAborted();
      if (stack.#redis.source !== 'url') void stack.#watchRedis();
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  get api(): MaggyClient {
    return this.#api;
  }

  get redisUrl(): string {
    return this.#redis.url;
  }

  get logFolder(): string {
    return join(this.#options.folder, '.maggy', 'logs', this.#options.name);
  }

  /** Those that live. Asked of Redis, since the API may want a key that nobody has made yet. */
  async workers(): Promise<WorkerRecord[]> {
    const redis = connect(this.redisUrl, 'strict');
    try {
      return await new Registry(redis, makeKeys(this.#options.prefix)).workers();
    } finally {
      redis.disconnect();
    }
  }

  /** Starts one more process. */
  async add(kind: ProcessKind): Promise<OwnedProcess> {
    this.#counts[kind] += 1;
    const number = this.#counts[kind];
    const name = kind === 'worker' || number > 1 ? `${kind}-${number}` : kind;
    const { tell } = this.#options;
    const started = await OwnedProcess.start({
      name,
      command: this.#command(kind),
      env: this.#environment(),
      logFolder: this.logFolder,
      // All workers read the same folder: one of them speaks for all.
      ...(tell === undefined || name !== 'worker-1' ? {} : { onNotice: tell }),
    });
    this.#processes.set(started, kind);
    // Whoever asked the stack to end did not know of this one.
    if (this.#isStopping) started.kill();
    void started.failure().then(this.#fail);
    return started;
  }

  processes(kind: ProcessKind): OwnedProcess[] {
    return [...this.#processes].filter(([, its]) => its === kind).map(([process]) => process);
  }

  /** Ends every process, those that hold work first, and then a private Redis. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const kinds of [['worker', 'lockstep-worker'], ['optimizer'], ['api']] as const) {
      await Promise.all(kinds.flatMap((kind) => this.processes(kind).map((process) => process.stop(graceMs[kind]))));
    }
    await this.#redis.stop();
  }

  async #startAll(): Promise<void> {
    const { workers, lockstepSlots = 0 } = this.#options;
    const kinds: ProcessKind[] = ['api', 'optimizer', ...Array.from({ length: workers }, () => 'worker' as const)];
    if (lockstepSlots > 0) kinds.push('lockstep-worker');
    await Promise.all(kinds.map((kind) => this.add(kind)));
    const [api] = this.processes('api');
    this.#api = new MaggyClient((await api?.ready()) ?? this.#api.url);
    const giveUpAt = performance.now() + startTimeoutMs;
    while (!this.#isStopping && !(await this.#isComplete())) {
      if (performance.now() > giveUpAt)
        throw new MaggyError('unavailable', `not everything started in ${startTimeoutMs / 1000} s; the logs are in ${this.logFolder}`);
      await sleep(pollMs);
    }
  }

  /** Whether all slots of these workers are there; a Redis that was used before may still list some of another run. */
  async #isComplete(): Promise<boolean> {
    if (!(await this.#api.isReady())) return false;
    const { workers, slotsPerWorker, lockstepSlots = 0 } = this.#options;
    const pids = [...this.processes('worker'), ...this.processes('lockstep-worker')].map(({ pid }) => pid);
    const mine = (await this.workers()).filter(({ pid }) => pids.includes(pid));
    const slots = mine.reduce((sum, worker) => sum + worker.slots.length, 0);
    return slots === workers * slotsPerWorker + lockstepSlots;
  }

  /** A private Redis that died does not come back; one that was named may. */
  async #watchRedis(): Promise<void> {
    let answeredAt = performance.now();
    while (!this.#isStopping && performance.now() - answeredAt < redisTimeoutMs) {
      if (await this.#api.isReady()) answeredAt = performance.now();
      await sleep(redisPollMs, undefined, { ref: false });
    }
    this.#fail(
      new MaggyError('unavailable', `Redis did not answer for ${redisTimeoutMs / 1000} s; its log is beside its data in .maggy/redis`),
    );
  }

  #command(kind: ProcessKind): string[] {
    const { host, port, functions, slotsPerWorker, lockstepSlots = 1 } = this.#options;
    const worker = (slots: number): string[] => [
      'worker',
      '--functions',
      functions,
      '--slots',
      String(slots),
      '--drain-seconds',
      String(drainSeconds),
    ];
    switch (kind) {
      case 'api':
        return ['api', '--host', host, '--port', String(port)];
      case 'optimizer':
        return ['optimizer'];
      case 'worker':
        return worker(slotsPerWorker);
      case 'lockstep-worker':
        return [...worker(Math.max(1, lockstepSlots)), '--lockstep'];
    }
  }

  #environment(): NodeJS.ProcessEnv {
    const { prefix, storeFolder } = this.#options;
    return {
      ...process.env,
      REDIS_URL: this.#redis.url,
      MAGGY_STORE: storeFolder,
      // Which workers are lockstep workers the stack says itself.
      MAGGY_LOCKSTEP: '',
      // One port cannot be everybody's.
      MAGGY_METRICS_PORT: '',
      ...(prefix === undefined ? {} : { MAGGY_PREFIX: prefix }),
    };
  }
}
