/**
 * A process of the deployment as compose runs it: started again whenever it ends, under one name, at one way to Redis of its own. Every
 * process that it starts bears a mark in its environment, by which it is found when it has outlived its parent.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OwnedProcess } from '../../../cli/stack/owned-process.ts';
import type { RedisProxy } from '../../support/redis-proxy.ts';

export type ServiceKind = 'api' | 'optimizer' | 'worker' | 'lockstep-worker';

export interface ServiceOptions {
  readonly name: string;
  readonly kind: ServiceKind;
  /** Of `maggy`. */
  readonly command: readonly string[];
  readonly proxy: RedisProxy;
  /** Of the run, the same for all its services. */
  readonly mark: string;
  /** For its log and its clock. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

const RESTART_MS = 200;
const STOP_GRACE_MS = 15_000;
/** Trial processes that allocate without end are to end before the machine's memory does. */
const HEAP_MIB = 320;
const preload = new URL('clock.mjs', import.meta.url).href;

export class Service {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly proxy: RedisProxy;
  /** Ends that nobody had asked for, in words. */
  readonly unasked: string[] = [];
  readonly #options: ServiceOptions;
  #process: OwnedProcess | null = null;
  #generation = 0;
  #isAsked = false;
  #isStopping = false;
  #kept: Promise<void> | null = null;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.kind = options.kind;
    this.proxy = options.proxy;
    this.#options = options;
    this.stepClock(0);
  }

  /** Of the process that runs now. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Of that process and whatever it starts. */
  get mark(): string {
    return `${this.#options.mark}/${this.name}/${this.#generation}`;
  }

  async start(): Promise<void> {
    await this.#spawn();
    this.#kept = this.#keep();
  }

  /** Sends a signal to its process, and to none that it started. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid === null) return;
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#isAsked = true;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has ended in this very moment.
    }
  }

  /** Resolves once the process with this id, its present one, is gone. */
  async ended(pid: number): Promise<void> {
    if (this.#process?.pid === pid) await this.#process.ended();
  }

  /** Sets its wall clock so far from the true time. */
  stepClock(offsetMs: number): void {
    writeFileSync(this.#clock, String(offsetMs));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.signal('SIGCONT');
    await this.#process?.stop(STOP_GRACE_MS);
    await this.#kept;
  }

  async #keep(): Promise<void> {
    while (this.#process !== null) {
      const { message } = await this.#process.failure();
      this.#process = null;
      if (this.#isStopping) return;
      if (!this.#isAsked) this.unasked.push(`${this.name}: ${message}`);
      this.#isAsked = false;
      await sleep(RESTART_MS);
      await this.#spawn();
    }
  }

  async #spawn(): Promise<void> {
    const { name, command, proxy, folder, environment } = this.#options;
    this.#generation += 1;
    const env = {
      ...process.env,
      ...environment,
      REDIS_URL: proxy.url,
      CHAOS_MARK: this.mark,
      CHAOS_CLOCK: this.#clock,
      NODE_OPTIONS: `--import ${preload} --max-old-space-size=${HEAP_MIB}`,
    };
    this.#process = await OwnedProcess.start({ name, command, env, logFolder: folder });
    // A stop that came while it was being started found nothing to end.
    if (this.#isStopping) this.#process.kill();
  }

  get #clock(): string {
    return join(this.#options.folder, `${this.name}.clock`);
  }
}

/** Ids of processes whose mark begins with this one. What has ended and only waits to be asked how is not among them. */
export function livingProcesses(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) =>
        Number.isInteger(pid) && environmentOf(pid).some((line) => line === `CHAOS_MARK=${mark}` || line.startsWith(`CHAOS_MARK=${mark}/`)),
    );
}

/** Of one that has ended it is empty. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
