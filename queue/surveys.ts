/**
 * Questions about the models of a training function as BullMQ jobs: `surveys.<pool>` carries them to any worker of the pool, and its answer
 * back. Nothing depends on an answer but what is said beforehand, so one that does not come in time is done without.
 */
import { Queue, QueueEvents, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { SurveyAnswer, SurveyQuestion } from '../core/ablation/survey.ts';
import { connect } from './connection.ts';
import type { Keys } from './keys.ts';
import { recordChecker } from './records.ts';
import { traced } from './tracing.ts';

const parseQuestion = recordChecker(SurveyQuestion);
const parseAnswer = recordChecker(SurveyAnswer);

/** A worker that holds another version leaves the question to others for so long. */
const RETRY_MS = 300;
const ATTEMPTS = 5;
/** A question outlives whoever asked for no longer than this. */
const KEPT_SECONDS = 60;

function surveysQueueName(pool: string): string {
  return `surveys.${pool}`;
}

/** Asks workers. */
export class Surveys {
  readonly #url: string;
  readonly #keys: Keys;

  constructor(url: string, keys: Keys) {
    this.#url = url;
    this.#keys = keys;
  }

  /** The answer of a worker of the pool; null where none comes in time. */
  async ask(pool: string, question: SurveyQuestion, waitMs: number): Promise<SurveyAnswer | null> {
    // Seldom used, so connections are opened for it: one for commands, one that blocks.
    const redis = connect(this.#url);
    const listening = connect(this.#url);
    const options = { prefix: this.#keys.bull };
    const queue = new Queue(surveysQueueName(pool), { connection: redis, ...options, ...traced() });
    const events = new QueueEvents(surveysQueueName(pool), { connection: listening, ...options });
    queue.on('error', () => undefined);
    events.on('error', () => undefined);
    try {
      await events.waitUntilReady();
      const job = await queue.add('survey', question, {
        attempts: ATTEMPTS,
        backoff: { type: 'fixed', delay: RETRY_MS },
        removeOnComplete: { age: KEPT_SECONDS },
        removeOnFail: { age: KEPT_SECONDS },
      });
      const answer: unknown = await job.waitUntilFinished(events, waitMs).catch(() => null);
      // What nobody has taken would be answered for nobody; one that a worker is about to answer goes by its age.
      await job.remove().catch(() => undefined);
      return answer === null ? null : parseAnswer(answer, `the answer to survey ${job.id ?? ''}`);
    } finally {
      await Promise.allSettled([events.close(), queue.close()]);
      for (const connection of [redis, listening]) connection.disconnect();
    }
  }
}

export interface SurveyConsumerOptions {
  readonly url: string;
  readonly keys: Keys;
  readonly pool: string;
  readonly answer: (question: SurveyQuestion) => Promise<SurveyAnswer>;
  readonly onError: (error: Error) => void;
}

/** Answers questions of one pool, one at a time. */
export class SurveyConsumer {
  readonly #connection: Redis;
  readonly #worker: Worker;
  readonly #onError: (error: Error) => void;

  constructor({ url, keys, pool, answer, onError }: SurveyConsumerOptions) {
    this.#connection = connect(url, 'patient', onError);
    this.#worker = new Worker(surveysQueueName(pool), (job) => answer(parseQuestion(job.data, `survey ${job.id ?? ''}`)), {
      connection: this.#connection,
      prefix: keys.bull,
      ...traced(),
      autorun: false,
    });
    this.#worker.on('error', onError);
    this.#onError = onError;
  }

  /** Starts answering. */
  run(): void {
    this.#worker.run().catch(this.#onError);
  }

  /** Resolves when nothing is taken any more; what is being answered is dropped. */
  async close(): Promise<void> {
    await this.#worker.close(true);
    this.#connection.disconnect();
  }
}
