/**
 * Takes the jobs of one BullMQ queue, as many at once as whoever handles them can bear. The lock of a job only keeps it from being
 * handed out again; what counts beyond that is checked by scripts. It is renewed here, per run, because BullMQ tracks renewals by
 * job id and loses one when a job comes back.
 */
import { DelayedError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { connect } from './connection.ts';
import { annotate, type Work } from '../telemetry/tracing.ts';
import type { Keys } from './keys.ts';
import { traced } from './tracing.ts';

export interface JobConsumerOptions<Data extends Work> {
  readonly url: string;
  readonly keys: Keys;
  readonly queue: string;
  /** Jobs held at once. */
  readonly concurrency: number;
  /** @throws MaggyError `corrupt` for a job whose data is not what it should be */
  readonly parse: (data: unknown, where: string) => Data;
  /** Handles one job and resolves when there is room for another; `put back` leaves it to another worker of the queue. */
  readonly handle: (data: Data) => Promise<'put back' | void>;
  /** A job was found in the hands of none, whoever held it. */
  readonly onStalled?: () => void;
  readonly onError: (error: Error) => void;
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
}

/** A job whose worker died comes back after one lock and one check at most. */
const LOCK_DURATION_MS = 10_000;
const STALLED_INTERVAL_MS = 5000;
/** Before a job that was put back is taken again, perhaps by the same worker: long against asking, short against a trial. */
const PUT_BACK_MS = 250;

export class JobConsumer<Data extends Work> {
  readonly #connection: Redis;
  readonly #worker: Worker;

  constructor(options: JobConsumerOptions<Data>) {
    const { queue, lockDurationMs = LOCK_DURATION_MS, stalledIntervalMs = STALLED_INTERVAL_MS } = options;
    this.#connection = connect(options.url, 'patient', options.onError);
    this.#worker = new Worker(
      queue,
      async (job: Job, token?: string) => {
        const renewal = setInterval(() => {
          if (token !== undefined) job.extendLock(token, lockDurationMs).catch(options.onError);
        }, lockDurationMs / 3);
        let answer: 'put back' | void;
        try {
          const data = options.parse(job.data, `${options.keys.bull}:${queue}:${job.id ?? ''}`);
          annotate(data);
          answer = await options.handle(data);
        } catch (error) {
          // Whoever added the job adds it again while it is wanted: a thrown error is told, not turned into BullMQ's own retries.
          options.onError(error instanceof Error ? error : new Error(String(error)));
          return;
        } finally {
          clearInterval(renewal);
        }
        if (answer === 'put back') {
          await job.moveToDelayed(Date.now() + PUT_BACK_MS, token);
          throw new DelayedError();
        }
      },
      {
        connection: this.#connection,
        prefix: options.keys.bull,
        ...traced(),
        concurrency: options.concurrency,
        autorun: false,
        lockDuration: lockDurationMs,
        stalledInterval: stalledIntervalMs,
        maxStalledCount: 1e9,
        skipLockRenewal: true,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    );
    this.#worker.on('error', options.onError);
    this.#worker.on('stalled', () => options.onStalled?.());
  }

  /** Starts taking jobs; resolves when closed. */
  run(): Promise<void> {
    return this.#worker.run();
  }

  /** Takes no further job and resolves when those held are handled. */
  async close(): Promise<void> {
    await this.#worker.close();
    // BullMQ closes only connections of its own making.
    this.#connection.disconnect();
  }
}
