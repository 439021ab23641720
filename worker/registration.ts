/**
 * What a worker says of itself in the registry: who it is, the training functions that it holds, what its slots run, every
 * few seconds. A version of a training function is declared when it is first held, and again whenever a beat finds it missing.
 */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Declaration } from '../core/declaration.ts';
import type { Registry, WorkerKind, WorkerRecord } from '../queue/registry.ts';
import type { FunctionsFolder } from './functions-folder.ts';
import type { BackendDescription } from './protocol.ts';

export interface RegistrationOptions {
  readonly registry: Registry;
  readonly id: string;
  readonly pool: string;
  readonly kind: WorkerKind;
  readonly folder: FunctionsFolder;
  /** What changes from one beat to the next. */
  readonly activity: () => Pick<WorkerRecord, 'slots' | 'draining'>;
  readonly log: Logger;
}

export class Registration {
  readonly #options: RegistrationOptions;
  readonly #startedAt = Date.now();
  #backend: WorkerRecord['backend'] | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** The worker appears among those that live. */
  async open({ name, version, device }: BackendDescription): Promise<void> {
    const { registry, pool, folder } = this.#options;
    await registry.declare(pool, folder.functions);
    this.#backend = { name, version, device };
    await this.#beat(this.#backend);
  }

  /** The folder holds these, which it did not before, and perhaps no longer others. */
  async update(declarations: readonly Declaration[]): Promise<void> {
    const { registry, pool, log } = this.#options;
    try {
      await registry.declare(pool, declarations);
    } catch (error) {
      log.warn({ err: error }, 'could not declare');
    }
    await this.beat();
  }

  async beat(): Promise<void> {
    try {
      if (this.#backend !== undefined) await this.#beat(this.#backend);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'heartbeat');
    }
  }

  async close(): Promise<void> {
    this.#backend = undefined;
    await this.#options.registry.leave(this.#options.id);
  }

  async #beat(backend: WorkerRecord['backend']): Promise<void> {
    const { registry, id, pool, kind, folder, activity } = this.#options;
    const held = folder.functions;
    const undeclared = await registry.beat({
      id,
      pool,
      kind,
      host: hostname(),
      pid: process.pid,
      startedAt: this.#startedAt,
      backend,
      functions: held.map(({ name, hash }) => ({ name, hash })),
      broken: [...folder.broken],
      ...activity(),
    });
    const isUndeclared = ({ name, hash }: Declaration): boolean =>
      undeclared.some((missing) => missing.name === name && missing.hash === hash);
    await registry.declare(pool, held.filter(isUndeclared));
  }
}
