/**
 * The `experiments` queue: one BullMQ job for each experiment that an optimizer has to look after. The optimizer holds the
 * job while the experiment is active, so BullMQ's lock is the lease on the experiment; an experiment never fails for having
 * lost many optimizers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WaitingError, Worker, type Job, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { ExperimentId } from '../core/experiment.ts';
import { annotate } from '../telemetry/tracing.ts';
import { connect } from './connection.ts';
import type { Keys } from './keys.ts';
import { recordChecker } from './records.ts';
import { SweptQueue, traced } from './tracing.ts';

const QUEUE = 'experiments';
const NAME = 'experiment';
/**
 * Enough to hand experiments back. BullMQ may wait for ever where its connection has been lost and made again just before: then
 * what is held runs out with its lock.
 */
const CLOSE_MS = 5000;

const ExperimentJob = Type.Object({ experiment: ExperimentId, turn: Type.Integer({ minimum: 0 }) }, { additionalProperties: false });
const parseJob = recordChecker(ExperimentJob);

export class ExperimentJobs {
  readonly #queue: SweptQueue;

  constructor(redis: Redis, keys: Keys) {
    this.#queue = new SweptQueue(QUEUE, { connection: redis, prefix: keys.bull, ...traced() });
    this.#queue.on('error', () => undefined);
  }

  /**
   * Asks for an optimizer. `turn` counts the times an ended experiment was taken up again (extend, delete), since a job id is
   * taken while an old job of it exists.
   */
  async add(experiment: string, turn: number): Promise<void> {
    await this.#queue.add(NAME, { experiment, turn } satisfies Static<typeof ExperimentJob>, optionsOf(experiment, turn));
  }

  /** The same, for an experiment that is likely to have its job. */
  async addIfGone(experiment: string, turn: number): Promise<void> {
    await this.#queue.addIfGone(NAME, { experiment, turn } satisfies Static<typeof ExperimentJob>, optionsOf(experiment, turn));
  }

  async counts(): Promise<{ waiting: number; active: number }> {
    const { waiting = 0, active = 0 } = await this.#queue.getJobCounts('waiting', 'active');
    return { waiting, active };
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

function optionsOf(experiment: string, turn: number): JobsOptions {
  return { jobId: turn === 0 ? experiment : `${experiment}-${String(turn)}`, removeOnComplete: true, removeOnFail: true };
}

/** The right to look after an experiment, for as long as it is renewed. */
export interface ExperimentLease {
  /** Aborts when the lease was lost or the process ends. */
  readonly signal: AbortSignal;
  /** How often the experiment had been taken up again when this job was made: a later turn has a job of its own. */
  readonly turn: number;
  /** Asks Redis, renewing the lease. */
  isHeld(): Promise<boolean>;
}

export interface ExperimentConsumerOptions {
  readonly url: string;
  readonly keys: Keys;
  /** Experiments looked after at once. */
  readonly concurrency: number;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** Looks after one experiment until it ends or the lease is lost. */
  readonly handle: (experiment: string, lease: ExperimentLease) => Promise<void>;
  /** The lease on an experiment was found to have lapsed, whoever held it. */
  readonly onStalled?: () => void;
  readonly onError: (error: Error) => void;
}

/** Takes experiments off the queue and holds each one's lease while `handle` runs. */
export class ExperimentConsumer {
  readonly #worker: Worker;
  readonly #connection: Redis;
  readonly #held = new Map<AbortController, string>();
  #isClosing = false;

  constructor(options: ExperimentConsumerOptions) {
    this.#connection = connect(options.url, 'patient', options.onError);
    this.#worker = new Worker(QUEUE, (job: Job, token?: string) => this.#hold(job, token ?? '', options), {
      connection: this.#connection,
      prefix: options.keys.bull,
      ...traced(),
      concurrency: options.concurrency,
      autorun: false,
      lockDuration: options.lockDurationMs,
      stalledInterval: options.stalledIntervalMs,
      maxStalledCount: 1e9,
      // BullMQ tracks renewals by job id and loses the renewal of a run when an earlier run of the same job ends here.
      skipLockRenewal: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    this.#worker.on('error', options.onError);
    this.#worker.on('stalled', () => options.onStalled?.());
    // The sweep of jobs adds it again: what is wrong with it is told, and that is all.
    this.#worker.on('failed', (_job, error) => options.onError(error));
  }

  run(): Promise<void> {
    return this.#worker.run();
  }

  /** The experiments that are looked after here now. */
  get held(): ReadonlySet<string> {
    return new Set(this.#held.values());
  }

  /**
   * Lets go of every experiment. Their jobs stay active until their locks run out or, when `handBack` resolves in time, are
   * put back at the head of the queue for another optimizer.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = this.#worker.close();
    for (const controller of this.#held.keys()) controller.abort(new HandBack());
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    // BullMQ closes only connections of its own making.
    this.#connection.disconnect();
  }

  async #hold(job: Job, token: string, options: ExperimentConsumerOptions): Promise<void> {
    // A fetch that was under way may bring back the very job that this consumer has just put back.
    if (this.#isClosing) await this.#putBack(job, token);
    const controller = new AbortController();
    this.#held.set(controller, '');
    let renewedAt = performance.now();
    const renewal = setInterval(() => {
      const sentAt = performance.now();
      job.extendLock(token, options.lockDurationMs).then(
        (held) => {
          if (held === 0) controller.abort(new Error('the lease on the experiment was lost'));
          else renewedAt = sentAt;
        },
        (error: unknown) => options.onError(error instanceof Error ? error : new Error(String(error))),
      );
      if (performance.now() - renewedAt > options.lockDurationMs) controller.abort(new Error('the lease on the experiment ran out'));
    }, options.lockDurationMs / 4);
    // A process that ends while Redis is gone has nobody to hand its experiments back to, and must not wait for one.
    renewal.unref();
    try {
      const { experiment, turn } = parseJob(job.data, `${options.keys.bull}:${QUEUE}:${job.id ?? ''}`);
      this.#held.set(controller, experiment);
      annotate({ experiment });
      const isHeld = async (): Promise<boolean> => (await job.extendLock(token, options.lockDurationMs)) !== 0;
      await options.handle(experiment, { signal: controller.signal, turn, isHeld });
    } catch (error) {
      if (controller.signal.reason instanceof HandBack) await this.#putBack(job, token);
      throw error;
    } finally {
      clearInterval(renewal);
      this.#held.delete(controller);
    }
    if (controller.signal.reason instanceof HandBack) await this.#putBack(job, token);
  }

  async #putBack(job: Job, token: string): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError();
  }
}

/** Why a signal was aborted: the process ends, and another optimizer shall have the experiment at once. */
class HandBack extends Error {}
