/**
 * A worker: holds the training functions of a folder, takes tickets of its pool, runs an attempt for each in one of its
 * slots, and gives back what it cannot finish. It trains nothing itself, so its event loop is always free to renew leases
 * and to end what must end. Modes:
 *
 *   serving    tickets are taken
 *   draining   none is taken any more; what runs may finish until the bound, then it is handed back
 *   closed     no process of it is left
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Declaration } from '../core/declaration.ts';
import { MaggyError } from '../core/errors.ts';
import { Attempts, parseReply } from '../queue/attempts.ts';
import { connect } from '../queue/connection.ts';
import { Hints } from '../queue/hints.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { HEARTBEAT_MS, Registry, type WorkerRecord } from '../queue/registry.ts';
import { Specifications } from '../queue/specifications.ts';
import { TicketConsumer, type TicketJob } from '../queue/tickets.ts';
import { Attempt, type AttemptSettings } from './attempt.ts';
import type { CheckpointTrail } from './checkpoint-trail.ts';
import { deferred } from './deferred.ts';
import { shareOf } from './environment.ts';
import { monotonicMs } from './monotonic.ts';
import type { WorkerOptions } from './options.ts';
import type { BackendDescription, ReadyMessage } from './protocol.ts';
import { provenanceOf } from './provenance.ts';
import { Slots, type Slot } from './slots.ts';
import { experimentFolder } from '../core/store-layout.ts';
import { TrialProcess } from './trial-process.ts';

/** Times that a worker goes by. */
export interface WorkerTimes extends AttemptSettings {
  readonly loadTimeoutMs: number;
  /** A trial process that has loaded so lately is not loaded anew for a version that it lacks. */
  readonly freshForMs: number;
  /** A trial asked to stop gets so long until SIGTERM … */
  readonly stopGraceMs: number;
  /** … and so long from there until SIGKILL. */
  readonly killGraceMs: number;
  /** What is handed back at the end of a drain must be so within this. */
  readonly handBackMs: number;
}

export const workerTimes: WorkerTimes = {
  leaseMs: 10_000,
  leaseGraceMs: 2_000,
  decisionWaitMs: 30_000,
  outputIntervalMs: 200,
  loadTimeoutMs: 120_000,
  freshForMs: 30_000,
  stopGraceMs: 5_000,
  killGraceMs: 2_000,
  handBackMs: 3_000,
};

export interface WorkerWiring {
  readonly options: WorkerOptions;
  readonly times: WorkerTimes;
  /** Inherited by the trial processes. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Logger;
}

export class TrialWorker {
  readonly id = `${hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 60)}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #options: WorkerOptions;
  readonly #times: WorkerTimes;
  readonly #log: Logger;
  readonly #keys: Keys;
  readonly #redis: ReturnType<typeof connect>;
  readonly #hints: Hints;
  readonly #attempts: Attempts;
  readonly #registry: Registry;
  readonly #specifications: Specifications;
  readonly #consumer: TicketConsumer;
  readonly #slots: Slots;
  /** The attempts that run, by experiment and trial. */
  readonly #running = new Map<string, Attempt>();
  /** Checkpoints that attempts which have ended replaced lately. */
  readonly #trails = new Set<CheckpointTrail>();
  readonly #closed = deferred();
  /** What the slots' processes hold, by name. */
  readonly #functions = new Map<string, Declaration>();
  readonly #startedAt = Date.now();
  #mode: 'serving' | 'draining' | 'closed' = 'serving';
  #backend: BackendDescription | undefined;
  #timers: NodeJS.Timeout[] = [];

  private constructor({ options, times, environment, log }: WorkerWiring) {
    this.#options = options;
    this.#times = times;
    this.#log = log.child({ worker: this.id });
    const onError = (error: Error): void => this.#log.warn({ err: error }, 'Redis');
    this.#keys = makeKeys(options.prefix);
    this.#redis = connect(options.redisUrl, 'patient', onError);
    this.#hints = new Hints(options.redisUrl, onError);
    this.#attempts = new Attempts(this.#redis, this.#keys);
    this.#registry = new Registry(this.#redis, this.#keys);
    this.#specifications = new Specifications(this.#redis, this.#keys);
    this.#consumer = new TicketConsumer({
      url: options.redisUrl,
      keys: this.#keys,
      pool: options.pool,
      concurrency: options.slots,
      handle: (ticket) => this.#handle(ticket),
      onError: (error) => this.#log.warn({ err: error }, 'a ticket could not be handled'),
    });
    this.#slots = new Slots({
      count: options.slots,
      start: (slot) => this.#startProcess(slot, environment),
      onReady: (message) => this.#onReady(message),
      onError: (error) => this.#log.error({ err: error }, 'a trial process could not be replaced'),
      freshForMs: times.freshForMs,
    });
  }

  /**
   * Loads, registers and begins to take tickets.
   * @throws MaggyError `unavailable` when no trial process can load, `invalid` when the folder holds no training function
   */
  static async start(wiring: WorkerWiring): Promise<TrialWorker> {
    const worker = new TrialWorker(wiring);
    try {
      const ready = await Promise.any(worker.#slots.all.map((slot) => slot.loaded)).catch((error: unknown) => {
        throw error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
      });
      worker.#announce(ready);
      await worker.#serve();
    } catch (error) {
      await worker.close();
      throw error;
    }
    return worker;
  }

  /** Process ids of the slots' trial processes. */
  get processIds(): readonly (number | undefined)[] {
    return this.#slots.all.map(({ pid }) => pid);
  }

  /** Resolves when the worker is closed, by whoever asked or because it could not go on. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Takes no further ticket, lets what runs finish within the bound, hands back the rest, and closes. */
  async drain(): Promise<void> {
    if (this.#mode !== 'serving') return;
    this.#mode = 'draining';
    this.#log.info({ running: this.#running.size, drainSeconds: this.#options.drainSeconds }, 'draining');
    void this.#beat();
    const handled = this.#consumer.close();
    await within(handled, this.#options.drainSeconds * 1000);
    if (this.#running.size > 0) {
      const attempts = [...this.#running.values()];
      await within(Promise.all(attempts.map((attempt) => attempt.handBack())), this.#times.handBackMs);
    }
    await this.close();
  }

  /** Ends everything at once. Leases of attempts that still ran are left to lapse. */
  async close(): Promise<void> {
    if (this.#mode === 'closed') return;
    this.#mode = 'closed';
    for (const timer of this.#timers) clearInterval(timer);
    this.kill();
    this.#hints.close();
    const last = [this.#consumer.close(), this.#registry.leave(this.id), ...[...this.#trails].map((trail) => trail.removeAll())];
    await within(Promise.allSettled(last), this.#times.handBackMs);
    this.#redis.disconnect();
    this.#log.info('closed');
    this.#closed.resolve();
  }

  /** Ends the trial processes; their attempts say nothing more. */
  kill(): void {
    for (const attempt of this.#running.values()) attempt.abandon('the worker ends');
    this.#slots.close();
  }

  #announce({ backend, functions, broken }: ReadyMessage): void {
    for (const { file, reason } of broken) this.#log.error({ file, reason }, 'a training function could not be loaded');
    if (functions.length === 0) {
      const { functions: folder } = this.#options;
      const reasons = broken.map(({ reason }) => `\n  ${reason}`).join('');
      throw new MaggyError('invalid', `${folder} holds no training function that can be loaded${reasons}`, {
        field: 'functions',
        value: folder,
      });
    }
    for (const { name, reason } of backend.skipped) this.#log.debug({ backend: name, reason }, 'back end not used');
    const { pool, slots } = this.#options;
    const { name, version, device } = backend;
    this.#log.info({ pool, slots, backend: { name, version, device }, functions: functions.map((held) => held.name) }, 'serving');
  }

  async #serve(): Promise<void> {
    await this.#hints.listen(this.#keys.replies(this.id), (message) => this.#hear(message));
    await this.#registry.declare(this.#options.pool, [...this.#functions.values()]);
    await this.#registry.beat(this.#record());
    const tickMs = Math.min(250, this.#times.leaseMs / 20);
    this.#timers = [setInterval(() => void this.#beat(), HEARTBEAT_MS), setInterval(() => this.#tick(), tickMs)];
    this.#consumer.run().catch((error: unknown) => {
      if (this.#mode === 'closed') return;
      this.#log.fatal({ err: error }, 'no ticket can be taken any more: the worker ends');
      void this.close();
    });
  }

  #startProcess(slot: number, environment: NodeJS.ProcessEnv): TrialProcess {
    const { functions, backend, slots, gpus } = this.#options;
    return new TrialProcess({
      folder: resolve(functions),
      ...(backend === undefined ? {} : { backend }),
      ...shareOf(slot, slots, gpus, environment),
      ...this.#times,
      log: this.#log,
    });
  }

  /** A process that was started later may have found another version of a training function. */
  #onReady({ backend, functions }: ReadyMessage): void {
    this.#backend ??= backend;
    const news = functions.filter(({ name, hash }) => this.#functions.get(name)?.hash !== hash);
    for (const declaration of news) this.#functions.set(declaration.name, declaration);
    if (this.#timers.length === 0 || news.length === 0) return;
    this.#log.info({ functions: news.map(({ name }) => name) }, 'training functions changed');
    this.#registry.declare(this.#options.pool, news).then(
      () => this.#beat(),
      (error: unknown) => this.#log.warn({ err: error }, 'could not declare'),
    );
  }

  async #handle({ experiment, ticket, trainingFunction }: TicketJob): Promise<'put back' | void> {
    const slot = this.#slots.take(trainingFunction);
    try {
      const specification = await this.#specifications.get(experiment);
      if (specification === null) return;
      const { child, hash } = await slot.childFor(trainingFunction);
      const { ready } = child;
      if (ready === undefined || !this.#isServing()) return 'put back';
      const startAskedAtMs = monotonicMs();
      const answer = await this.#attempts.start({
        experiment,
        ticket,
        nonce: randomUUID(),
        worker: this.id,
        slot: slot.index,
        hash,
        leaseMs: this.#times.leaseMs,
        provenance: provenanceOf(ready.backend, hash),
      });
      if (answer.kind === 'wrong-hash') {
        slot.reload(answer.pinned);
        return 'put back';
      }
      if (answer.kind !== 'bound') return;
      const { token } = answer.binding;
      if (!this.#isServing() || monotonicMs() - startAskedAtMs > this.#times.leaseMs - this.#times.leaseGraceMs) {
        // Redis was out of reach, or the worker was asked to end, while it was asked: nothing has begun yet.
        await this.#attempts.release(token);
        return;
      }
      slot.keepFor({ name: trainingFunction.name, hash });
      const attempt = new Attempt({
        attempts: this.#attempts,
        child,
        binding: answer.binding,
        specification,
        store: experimentFolder(resolve(this.#options.store), experiment),
        settings: this.#times,
        startAskedAtMs,
        log: this.#log,
      });
      await this.#run(slot, attempt, token);
    } finally {
      this.#slots.release(slot);
    }
  }

  async #run(slot: Slot, attempt: Attempt, token: { experiment: string; trial: number; attempt: number }): Promise<void> {
    const { experiment, trial } = token;
    const key = trialKey(experiment, trial);
    slot.running = { experiment, trial, attempt: token.attempt };
    this.#running.set(key, attempt);
    try {
      const { kind } = await attempt.run();
      // Of a lost attempt nobody can say which checkpoint Redis still knows as the trial's last: its files stay with the experiment.
      if (kind !== 'lost') this.#trails.add(attempt.checkpoints);
    } finally {
      if (this.#running.get(key) === attempt) this.#running.delete(key);
    }
  }

  /** As a method, since the mode may change while something is awaited. */
  #isServing(): boolean {
    return this.#mode === 'serving';
  }

  #hear(message: string): void {
    try {
      const reply = parseReply(message);
      this.#running.get(trialKey(reply.experiment, reply.trial))?.hear(reply);
    } catch (error) {
      this.#log.warn({ err: error }, 'a message of the channel could not be read');
    }
  }

  #tick(): void {
    const nowMs = monotonicMs();
    for (const attempt of this.#running.values()) attempt.tick(nowMs);
    for (const trail of this.#trails) {
      trail.removeDue(nowMs).catch((error: unknown) => this.#log.warn({ err: error }, 'an old checkpoint stays'));
      if (trail.isClean) this.#trails.delete(trail);
    }
  }

  async #beat(): Promise<void> {
    try {
      if (this.#mode !== 'closed') await this.#registry.beat(this.#record());
    } catch (error) {
      this.#log.warn({ err: error }, 'heartbeat');
    }
  }

  #record(): WorkerRecord {
    const { name, version, device } = this.#backend ?? { name: 'none', version: '', device: '' };
    return {
      id: this.id,
      pool: this.#options.pool,
      host: hostname(),
      pid: process.pid,
      startedAt: this.#startedAt,
      backend: { name, version, device },
      functions: [...this.#functions.values()].map((held) => ({ name: held.name, hash: held.hash })),
      slots: this.#slots.all.map(({ running }) => running),
      draining: this.#mode !== 'serving',
    };
  }
}

function trialKey(experiment: string, trial: number): string {
  return `${experiment}/${trial}`;
}

/** Waits for `work`, but no longer than that; what becomes of it later is nobody's concern. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const bound = new AbortController();
  try {
    await Promise.race([work.catch(() => undefined), delay(ms, undefined, { signal: bound.signal }).catch(() => undefined)]);
  } finally {
    bound.abort();
  }
}
