/** A stack as `npm start` runs it, with two workers of one slot, in a workplace of its own. */
import { afterAll, beforeAll } from 'vitest';
import { Stack } from '../../cli/stack/stack.ts';
import type { Submission } from '../../core/experiment.ts';
import type { ResultDocument } from '../../core/results.ts';
import { useTestRedis } from '../support/redis.ts';
import { Workplace } from './workplace.ts';

export class TwoWorkers {
  readonly place: Workplace;
  readonly stack: Stack;

  private constructor(place: Workplace, stack: Stack) {
    this.place = place;
    this.stack = stack;
  }

  static async start(redisUrl: string, prefix: string, functions?: string): Promise<TwoWorkers> {
    const place = await Workplace.create({ REDIS_URL: redisUrl, MAGGY_PREFIX: prefix });
    const stack = await Stack.start({
      name: 'test',
      folder: place.folder,
      redis: { url: redisUrl },
      prefix,
      storeFolder: `${place.folder}/store`,
      host: '127.0.0.1',
      port: 0,
      functions: functions ?? place.functions,
      workers: 2,
      slotsPerWorker: 1,
    });
    return new TwoWorkers(place, stack);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.place.remove();
  }

  /** The result of an experiment once it has ended. */
  async run(submission: Submission): Promise<ResultDocument> {
    return this.stack.api.wait(await this.stack.api.submit(submission));
  }

  /** What `maggy replay` says of an experiment's log. */
  async replay(id: string): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.place.maggy('replay', id, '--json');
    if (code !== 0) throw new Error(`maggy replay ended with ${String(code)}: ${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
}

/**
 * One for all tests of a file.
 * @param functions folder of training functions; those of the workplace where nothing is said
 */
export function useTwoWorkers(functions?: string): () => TwoWorkers {
  const redis = useTestRedis();
  let system: TwoWorkers;
  beforeAll(async () => {
    system = await TwoWorkers.start(redis.url, redis.prefix.slice(0, -1), functions);
  });
  afterAll(() => system.stop());
  return () => system;
}
