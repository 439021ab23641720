/**
 * Tickets as BullMQ jobs: `trials.<pool>` carries the right to start something of an experiment, never what. A job's
 * id is its ticket, so adding one twice is harmless, and every settled job is removed, so that it can be added again.
 */
import { DelayedError, Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { ExperimentId, PinnedFunction, PoolName } from '../core/experiment.ts';
import { compileSchema } from '../core/validate.ts';
import { connect } from './connection.ts';
import type { Keys } from './keys.ts';
import { recordChecker } from './records.ts';

const TicketJob = Type.Object(
  { experiment: ExperimentId, ticket: Type.String({ pattern: '^t[0-9]+$' }), trainingFunction: PinnedFunction },
  { additionalProperties: false },
);
export type TicketJob = Static<typeof TicketJob>;
const parseTicketJob = recordChecker(TicketJob);
const parsePool = compileSchema(PoolName);

export function ticketsQueueName(pool: string): string {
  return `trials.${parsePool(pool, 'pool')}`;
}

/** Adds and counts the tickets of any pool. */
export class Tickets {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #queues = new Map<string, Queue>();

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Puts a job into the pool's queue for each ticket; those it holds already are left as they are. */
  async add(pool: string, experiment: string, trainingFunction: PinnedFunction, tickets: readonly string[]): Promise<void> {
    if (tickets.length === 0) return;
    const queue = this.#queue(pool);
    // One by one and not `addBulk`, whose pipeline costs more than the few jobs of a commit. No priorities: an experiment's weight is
    // in the share that bounds its open tickets.
    await Promise.all(
      tickets.map((ticket) =>
        queue.add('ticket', { experiment, ticket, trainingFunction } satisfies TicketJob, {
          jobId: jobId(experiment, ticket),
          removeOnComplete: true,
          removeOnFail: true,
        }),
      ),
    );
  }

  /** Tells askers, who take tickets without jobs, that there are some, or that there never will be any more. */
  async announce(experiment: string): Promise<void> {
    await this.#redis.publish(this.#keys.of(experiment).offers, '');
  }

  /** Takes the jobs of closed tickets out of the pool's queue; one that a worker holds goes when the worker lets go of it. */
  async remove(pool: string, experiment: string, tickets: readonly string[]): Promise<void> {
    if (tickets.length === 0) return;
    const queue = this.#queue(pool);
    await Promise.all(tickets.map((ticket) => queue.remove(jobId(experiment, ticket))));
  }

  /** Jobs waiting in a pool's queue. */
  async waiting(pool: string): Promise<number> {
    return this.#queue(pool).getWaitingCount();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(pool: string): Queue {
    let queue = this.#queues.get(pool);
    if (queue === undefined) {
      queue = new Queue(ticketsQueueName(pool), { connection: this.#redis, prefix: this.#keys.bull });
      queue.on('error', () => undefined);
      this.#queues.set(pool, queue);
    }
    return queue;
  }
}

function jobId(experiment: string, ticket: string): string {
  return `${experiment}-${ticket}`;
}

export interface TicketConsumerOptions {
  readonly url: string;
  readonly keys: Keys;
  readonly pool: string;
  /** Tickets held at once: the worker's slots. */
  readonly concurrency: number;
  /**
   * Handles one ticket and resolves when its slot is free again; `put back` leaves a ticket that is still open to another worker,
   * because this one holds another version of the training function, say, or is about to end.
   */
  readonly handle: (ticket: TicketJob) => Promise<'put back' | void>;
  readonly onError: (error: Error) => void;
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
}

/** A ticket whose worker died between taking it and starting a trial comes back after one lock and one check at most. */
const LOCK_DURATION_MS = 10_000;
const STALLED_INTERVAL_MS = 5000;
/** Before a ticket that was put back is taken again, perhaps by the same worker: long against asking, short against a trial. */
const PUT_BACK_MS = 250;

/**
 * Takes tickets of one pool, as many at once as there are slots. The lock of a ticket only keeps its job from being
 * handed out again: a ticket that is handed out twice is refused by the start script, and the attempt's lease is what
 * counts. It is renewed here, per run, because BullMQ tracks renewals by job id and loses one when a job comes back.
 */
export class TicketConsumer {
  readonly #connection: Redis;
  readonly #worker: Worker;

  constructor(options: TicketConsumerOptions) {
    const { lockDurationMs = LOCK_DURATION_MS, stalledIntervalMs = STALLED_INTERVAL_MS } = options;
    this.#connection = connect(options.url, 'patient', options.onError);
    const queue = ticketsQueueName(options.pool);
    this.#worker = new Worker(
      queue,
      async (job: Job, token?: string) => {
        const renewal = setInterval(() => {
          if (token !== undefined) job.extendLock(token, lockDurationMs).catch(options.onError);
        }, lockDurationMs / 3);
        let answer: Awaited<ReturnType<TicketConsumerOptions['handle']>>;
        try {
          answer = await options.handle(parseTicketJob(job.data, `${options.keys.bull}:${queue}:${job.id ?? ''}`));
        } catch (error) {
          // The sweep adds the ticket again while it is open: a thrown error is told, not turned into BullMQ's own retries.
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
  }

  /** Starts taking tickets; resolves when closed. */
  run(): Promise<void> {
    return this.#worker.run();
  }

  /** Takes no further ticket and resolves when those held are handled. */
  async close(): Promise<void> {
    await this.#worker.close();
    // BullMQ closes only connections of its own making.
    this.#connection.disconnect();
  }
}
