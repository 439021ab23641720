/**
 * What a worker says of itself in the registry: who it is, the training functions that it holds, what its slots run, every
 * few seconds. Functions are declared once, and again when they change.
 */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Declaration } from '../core/declaration.ts';
import type { Registry, WorkerRecord } from '../queue/registry.ts';
import type { BackendDescription, ReadyMessage } from './protocol.ts';

/** What changes from one beat to the next. */
export type Activity = Pick<WorkerRecord, 'slots' | 'draining'>;

export interface RegistrationOptions {
  readonly registry: Registry;
  readonly id: string;
  readonly pool: string;
  readonly activity: () => Activity;
  readonly log: Logger;
}

export class Registration {
  readonly #options: RegistrationOptions;
  readonly #startedAt = Date.now();
  /** What the slots' processes hold, by name. */
  readonly #functions = new Map<string, Declaration>();
  #backend: BackendDescription | undefined;
  #isOpen = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Declares what is held, and appears among the workers. */
  async open(): Promise<void> {
    const { registry, pool } = this.#options;
    await registry.declare(pool, [...this.#functions.values()]);
    await registry.beat(this.#record());
    this.#isOpen = true;
  }

  /** A process that was started later may have found another version of a training function. */
  loaded({ backend, functions }: ReadyMessage): void {
    this.#backend ??= backend;
    const news = functions.filter(({ name, hash }) => this.#functions.get(name)?.hash !== hash);
    for (const declaration of news) this.#functions.set(declaration.name, declaration);
    if (!this.#isOpen || news.length === 0) return;
    const { registry, pool, log } = this.#options;
    log.info({ functions: news.map(({ name }) => name) }, 'training functions changed');
    registry.declare(pool, news).then(
      () => this.beat(),
      (error: unknown) => log.warn({ err: error }, 'could not declare'),
    );
  }

  async beat(): Promise<void> {
    const { registry, log } = this.#options;
    try {
      if (this.#isOpen) await registry.beat(this.#record());
    } catch (error) {
      log.warn({ err: error }, 'heartbeat');
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#options.registry.leave(this.#options.id);
  }

  #record(): WorkerRecord {
    const { id, pool, activity } = this.#options;
    const { name, version, device } = this.#backend ?? { name: 'none', version: '', device: '' };
    return {
      id,
      pool,
      host: hostname(),
      pid: process.pid,
      startedAt: this.#startedAt,
      backend: { name, version, device },
      functions: [...this.#functions.values()].map((held) => ({ name: held.name, hash: held.hash })),
      ...activity(),
    };
  }
}
