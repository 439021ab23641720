/**
 * Tickets as BullMQ jobs: `trials.<pool>` carries the right to start something of an experiment, never what; `lockstep.<pool>` that of
 * experiments whose trials are lockstep groups. A job's id is its ticket, so adding one twice is harmless, and every settled job is
 * removed, so that it can be added again.
 */
import type { JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { ExperimentId, PinnedFunction, PoolName } from '../core/experiment.ts';
import { compileSchema } from '../core/validate.ts';
import { JobConsumer, type JobConsumerOptions } from './job-consumer.ts';
import type { Keys } from './keys.ts';
import { recordChecker } from './records.ts';
import { SweptQueue, traced } from './tracing.ts';

const TicketJob = Type.Object(
  { experiment: ExperimentId, ticket: Type.String({ pattern: '^t[0-9]+$' }), trainingFunction: PinnedFunction },
  { additionalProperties: false },
);
export type TicketJob = Static<typeof TicketJob>;
const parseTicketJob = recordChecker(TicketJob);
const NAME = 'ticket';
const parsePool = compileSchema(PoolName);

export function ticketsQueueName(pool: string): string {
  return `trials.${parsePool(pool, 'pool')}`;
}

/** The queue of a pool's tickets for lockstep groups: one job a group. */
export function groupsQueueName(pool: string): string {
  return `lockstep.${parsePool(pool, 'pool')}`;
}

/** Adds and counts the tickets of any pool. */
export class Tickets {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #queueName: (pool: string) => string;
  readonly #queues = new Map<string, SweptQueue>();

  /** @param queueName of a pool's tickets */
  constructor(redis: Redis, keys: Keys, queueName = ticketsQueueName) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queueName = queueName;
  }

  /** Puts a job into the pool's queue for each ticket; those it holds already are left as they are. */
  async add(pool: string, experiment: string, trainingFunction: PinnedFunction, tickets: readonly string[]): Promise<void> {
    // One by one and not `addBulk`, whose pipeline costs more than the few jobs of a commit. No priorities: an experiment's weight is
    // in the share that bounds its open tickets.
    const queue = this.#queue(pool);
    await Promise.all(
      tickets.map((ticket) => queue.add(NAME, { experiment, ticket, trainingFunction } satisfies TicketJob, optionsOf(experiment, ticket))),
    );
  }

  /** The same, for tickets that are likely to have their jobs. */
  async addIfGone(pool: string, experiment: string, trainingFunction: PinnedFunction, tickets: readonly string[]): Promise<void> {
    const queue = this.#queue(pool);
    await Promise.all(
      tickets.map((ticket) =>
        queue.addIfGone(NAME, { experiment, ticket, trainingFunction } satisfies TicketJob, optionsOf(experiment, ticket)),
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

  /** Whether a ticket is still open, and the version of the training function that its experiment runs now. */
  async standing(experiment: string, ticket: string): Promise<{ readonly isOpen: boolean; readonly hash: string }> {
    const { tickets, guard } = this.#keys.of(experiment);
    const [isMember, hash] = await Promise.all([this.#redis.sismember(tickets, ticket), this.#redis.hget(guard, 'hash')]);
    return { isOpen: isMember === 1, hash: hash ?? '' };
  }

  /** Jobs waiting in a pool's queue. */
  async waiting(pool: string): Promise<number> {
    return this.#queue(pool).getWaitingCount();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(pool: string): SweptQueue {
    let queue = this.#queues.get(pool);
    if (queue === undefined) {
      queue = new SweptQueue(this.#queueName(pool), { connection: this.#redis, prefix: this.#keys.bull, ...traced() });
      queue.on('error', () => undefined);
      this.#queues.set(pool, queue);
    }
    return queue;
  }
}

function optionsOf(experiment: string, ticket: string): JobsOptions {
  return { jobId: jobId(experiment, ticket), removeOnComplete: true, removeOnFail: true };
}

function jobId(experiment: string, ticket: string): string {
  return `${experiment}-${ticket}`;
}

export interface TicketConsumerOptions extends Omit<JobConsumerOptions<TicketJob>, 'queue' | 'parse'> {
  readonly pool: string;
  /** Of the pool's tickets; those for whole trials where absent. */
  readonly queueName?: (pool: string) => string;
}

/**
 * Takes tickets of one pool. A ticket that is handed out twice is refused by the start script, and the attempt's lease is what counts.
 */
export class TicketConsumer extends JobConsumer<TicketJob> {
  constructor({ pool, queueName = ticketsQueueName, ...options }: TicketConsumerOptions) {
    super({ ...options, queue: queueName(pool), parse: parseTicketJob });
  }
}
