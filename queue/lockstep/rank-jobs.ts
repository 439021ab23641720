/**
 * Rank jobs: a slot that was reserved for a rank is on a certain worker, so each lockstep worker has a queue of its own,
 * `lockstep-ranks.<worker>`. A worker that is gone leaves its queue to the others to remove.
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { ExperimentId, PinnedFunction } from '../../core/experiment.ts';
import { JobConsumer, type JobConsumerOptions } from '../job-consumer.ts';
import type { Keys } from '../keys.ts';
import { recordChecker } from '../records.ts';
import { traced } from '../tracing.ts';

const RankJob = Type.Object(
  {
    group: Type.String(),
    rank: Type.Integer({ minimum: 0 }),
    experiment: ExperimentId,
    ticket: Type.String(),
    trainingFunction: PinnedFunction,
  },
  { additionalProperties: false },
);
export type RankJob = Static<typeof RankJob>;

/** Not `lockstep.<worker>`: a pool may have the name of a worker. */
function ranksQueueName(worker: string): string {
  return `lockstep-ranks.${worker}`;
}

export class RankJobs {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Gives each worker its rank of a group. */
  async add(workers: readonly string[], job: Omit<RankJob, 'rank'>): Promise<void> {
    await Promise.all(
      workers.map((worker, rank) =>
        this.#with(worker, (queue) =>
          queue.add('rank', { ...job, rank } satisfies RankJob, {
            jobId: `${job.group}-${rank}`,
            removeOnComplete: true,
            removeOnFail: true,
          }),
        ),
      ),
    );
  }

  /** Removes the queue of a worker that is gone, with whatever is in it. */
  async forget(worker: string): Promise<void> {
    await this.#with(worker, (queue) => queue.obliterate({ force: true }));
  }

  async #with(worker: string, use: (queue: Queue) => Promise<unknown>): Promise<void> {
    const queue = new Queue(ranksQueueName(worker), { connection: this.#redis, prefix: this.#keys.bull, ...traced() });
    queue.on('error', () => undefined);
    try {
      await use(queue);
    } finally {
      await queue.close();
    }
  }
}

export interface RankConsumerOptions extends Omit<JobConsumerOptions<RankJob>, 'queue' | 'parse'> {
  readonly worker: string;
}

/** Takes the ranks that were given to one worker. */
export class RankConsumer extends JobConsumer<RankJob> {
  constructor({ worker, ...options }: RankConsumerOptions) {
    super({ ...options, queue: ranksQueueName(worker), parse: recordChecker(RankJob) });
  }
}
