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
import type { Logger } from 'pino';
import { MaggyError } from '../core/errors.ts';
import { workerMetrics, type WorkerMetrics } from '../metrics/metrics.ts';
import { serveMetrics, type MetricsServer } from '../metrics/server.ts';
import { connect } from '../queue/connection.ts';
import { Hints } from '../queue/hints.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { OutageLog } from '../queue/outage-log.ts';
import { HEARTBEAT_MS, Registry } from '../queue/registry.ts';
import { Specifications } from '../queue/specifications.ts';
import { SurveyConsumer } from '../queue/surveys.ts';
import { TicketConsumer, type TicketJob } from '../queue/tickets.ts';
import { deferred } from './deferred.ts';
import { shareOf } from './environment.ts';
import { FunctionsFolder, type FolderChange } from './functions-folder.ts';
import { openLockstep } from './lockstep/open.ts';
import { MeteredAttempts } from './metered-attempts.ts';
import type { WorkerOptions } from './options.ts';
import type { BackendDescription, ReadyMessage } from './protocol.ts';
import { Registration } from './registration.ts';
import { RunningAttempts } from './running-attempts.ts';
import { Slots } from './slots.ts';
import { startSlotProcess, type ProcessWiring } from './start-process.ts';
import { surveyInProcess } from './survey.ts';
import { TicketHandler } from './ticket-handler.ts';
import type { WorkerTimes } from './times.ts';
import type { TrialProcess } from './trial-process.ts';
import { within } from './within.ts';

export interface WorkerWiring extends ProcessWiring {
  /** Processes of the slots that were started already, by their slots. */
  readonly started?: readonly TrialProcess[];
  /** Told in a line what becomes of the files in the functions folder, for whoever edits them. */
  readonly tell?: (line: string) => void;
}

/** Takes work from queues. */
interface Intake {
  /** Resolves when closed. */
  run(): Promise<void>;
  /** Takes nothing more and resolves when what was taken is handled. */
  close(): Promise<void>;
  /** Gives back what runs here beside the attempts. */
  handBack?(): Promise<void>;
}

export class TrialWorker {
  readonly id = `${hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 60)}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly #options: WorkerOptions;
  readonly #times: WorkerTimes;
  readonly #log: Logger;
  readonly #tell: (line: string) => void;
  readonly #folder: FunctionsFolder;
  readonly #keys: Keys;
  readonly #redis: ReturnType<typeof connect>;
  readonly #outages: OutageLog;
  readonly #hints: Hints;
  readonly #metrics: WorkerMetrics = workerMetrics(() => this.#slots.all.map(({ running }) => running));
  readonly #running: RunningAttempts;
  readonly #registration: Registration;
  readonly #attempts: MeteredAttempts;
  readonly #specifications: Specifications;
  #metricsServer: MetricsServer | undefined;
  #intake: Intake | undefined;
  readonly #surveys: SurveyConsumer;
  readonly #ending = new AbortController();
  readonly #slots: Slots;
  readonly #closed = deferred();
  #mode: 'serving' | 'draining' | 'closed' = 'serving';
  #timers: NodeJS.Timeout[] = [];

  private constructor({ options, times, environment, log, tell, started = [] }: WorkerWiring) {
    this.#options = options;
    this.#times = times;
    this.#log = log.child({ worker: this.id });
    this.#tell = tell ?? (() => undefined);
    this.#outages = new OutageLog(this.#log);
    const onError = this.#outages.telling('Redis');
    this.#keys = makeKeys(options.prefix);
    this.#redis = connect(options.redisUrl, 'patient', onError);
    this.#outages.follow(this.#redis);
    this.#hints = new Hints(options.redisUrl, onError);
    this.#running = new RunningAttempts(this.#log, (end) =>
      this.#metrics.attempts.inc({ end: end.kind === 'told' ? end.outcome.state : end.kind }),
    );
    // What a function computes with is nothing to what the folder holds: the back end that needs least will do.
    const looking = { ...options, gpus: [], backend: 'cpu' };
    this.#folder = new FunctionsFolder(resolve(options.functions), () =>
      startSlotProcess(0, { options: looking, times, environment, log: this.#log }),
    );
    this.#registration = new Registration({
      registry: new Registry(this.#redis, this.#keys),
      id: this.id,
      pool: options.pool,
      kind: options.lockstep ? 'lockstep' : 'trials',
      folder: this.#folder,
      activity: () => ({ slots: this.#slots.all.map(({ running }) => running), draining: !this.#isServing() }),
      log: this.#log,
    });
    const first = new Map(started.entries());
    this.#slots = new Slots({
      count: options.slots,
      start: (slot) => {
        const process = first.get(slot) ?? startSlotProcess(slot, { options, times, environment, log: this.#log });
        first.delete(slot);
        return process;
      },
      held: () => this.#folder.functions,
      onError: (error) => this.#log.error({ err: error }, 'a trial process could not be replaced'),
    });
    this.#attempts = new MeteredAttempts(this.#metrics, this.#redis, this.#keys);
    this.#specifications = new Specifications(this.#redis, this.#keys);
    const place = { functions: resolve(options.functions), environment: shareOf(0, options.slots, [], environment).environment };
    this.#surveys = new SurveyConsumer({
      url: options.redisUrl,
      keys: this.#keys,
      pool: options.pool,
      answer: (question) => surveyInProcess(question, { ...place, signal: this.#ending.signal }),
      onError: this.#outages.telling('a survey could not be answered'),
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
      await worker.#serve(ready.backend);
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

  /** Of its metrics, where they are served. */
  get metricsUrl(): string | undefined {
    return this.#metricsServer?.url;
  }

  /** Resolves when the worker is closed, by whoever asked or because it could not go on. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Takes no further ticket, lets what runs finish within the bound, hands back the rest, and closes. */
  async drain(): Promise<void> {
    if (this.#mode !== 'serving') return;
    this.#mode = 'draining';
    this.#log.info({ running: this.#running.count, drainSeconds: this.#options.drainSeconds }, 'draining');
    void this.#registration.beat();
    const handled = this.#intake?.close() ?? Promise.resolve();
    await within(handled, this.#options.drainSeconds * 1000);
    const rest = [this.#running.handBack(), this.#intake?.handBack?.() ?? Promise.resolve()];
    await within(Promise.all(rest), this.#times.handBackMs);
    await this.close();
  }

  /** Ends everything at once. Leases of attempts that still ran are left to lapse. */
  async close(): Promise<void> {
    if (this.#mode === 'closed') return;
    this.#mode = 'closed';
    for (const timer of this.#timers) clearInterval(timer);
    this.kill();
    this.#metricsServer?.close();
    this.#hints.close();
    const last = [this.#intake?.close() ?? Promise.resolve(), this.#surveys.close(), this.#registration.close(), this.#running.clean()];
    await within(Promise.allSettled(last), this.#times.handBackMs);
    this.#redis.disconnect();
    this.#log.info('closed');
    this.#closed.resolve();
  }

  /** Ends the trial processes; their attempts say nothing more. */
  kill(): void {
    this.#running.abandon('the worker ends');
    this.#ending.abort();
    this.#folder.close();
    this.#slots.close();
  }

  #announce(ready: ReadyMessage): void {
    const { backend, functions, broken } = ready;
    if (functions.length === 0) {
      const { functions: folder } = this.#options;
      const reasons = broken.map(({ reason }) => `\n  ${reason}`).join('');
      throw new MaggyError('invalid', `${folder} holds no training function that can be loaded${reasons}`, {
        field: 'functions',
        value: folder,
      });
    }
    this.#reportBroken(this.#folder.take(ready));
    for (const { name, reason } of backend.skipped) this.#log.debug({ backend: name, reason }, 'back end not used');
    const { pool, slots } = this.#options;
    const { name, version, device } = backend;
    this.#log.info({ pool, slots, backend: { name, version, device }, functions: functions.map((held) => held.name) }, 'serving');
  }

  async #serve(backend: BackendDescription): Promise<void> {
    await this.#hints.listen(this.#keys.replies(this.id), (message) => this.#running.hear(message));
    await this.#registration.open(backend);
    this.#surveys.run();
    await this.#showMetrics();
    const intake = await this.#openIntake();
    this.#intake = intake;
    const tickMs = Math.min(250, this.#times.leaseMs / 20);
    this.#timers = [
      setInterval(() => void this.#registration.beat(), HEARTBEAT_MS),
      setInterval(() => this.#running.tick(), tickMs),
      setInterval(() => void this.#lookAtFolder(), this.#times.lookMs),
    ];
    intake.run().catch((error: unknown) => {
      if (this.#mode === 'closed') return;
      this.#log.fatal({ err: error }, 'no ticket can be taken any more: the worker ends');
      void this.close();
    });
  }

  async #showMetrics(): Promise<void> {
    const { metrics } = this.#options;
    if (metrics === undefined) return;
    this.#metricsServer = await serveMetrics(this.#metrics.registry, metrics);
    this.#log.info({ url: this.#metricsServer.url }, 'metrics');
  }

  #openIntake(): Intake | Promise<Intake> {
    const { pool, slots: concurrency, store, redisUrl: url, lockstep } = this.#options;
    const onError = this.#outages.telling('what was taken could not be handled');
    const onStalled = (): void => this.#metrics.stalls.inc();
    const parts = {
      worker: this.id,
      attempts: this.#attempts,
      specifications: this.#specifications,
      folder: this.#folder,
      slots: this.#slots,
      running: this.#running,
      isServing: () => this.#isServing(),
      log: this.#log,
    };
    const [redis, keys, hints, times] = [this.#redis, this.#keys, this.#hints, this.#times];
    if (lockstep)
      return openLockstep({ ...parts, options: this.#options, times, redis, keys, hints, metrics: this.#metrics, onStalled, onError });
    const handler = new TicketHandler({ ...parts, store, settings: times });
    const handle = (ticket: TicketJob): Promise<'put back' | void> => handler.handle(ticket);
    return new TicketConsumer({ url, keys, pool, concurrency, handle, onStalled, onError, ...times.ticketLock });
  }

  async #lookAtFolder(): Promise<void> {
    const change = await this.#folder.look();
    if (change === undefined || !this.#isServing()) return;
    const { gone } = change;
    const loaded = change.loaded.map(({ name }) => name);
    this.#reportBroken(change);
    this.#log.info({ loaded, gone }, 'the functions folder has changed');
    if (loaded.length > 0) this.#tell(`Loaded     ${loaded.join(', ')}`);
    if (gone.length > 0) this.#tell(`Gone       ${gone.join(', ')}`);
    this.#slots.refresh();
    await this.#registration.update(change.loaded);
  }

  #reportBroken({ broken }: FolderChange): void {
    for (const { file, reason } of broken) {
      this.#log.error({ file, reason }, 'a file of training functions could not be loaded');
      this.#tell(`Not loaded ${reason.split('\n', 1)[0] ?? ''}`);
    }
  }

  /** As a method, since the mode may change while something is awaited. */
  #isServing(): boolean {
    return this.#mode === 'serving';
  }
}
