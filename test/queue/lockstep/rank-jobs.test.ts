import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RankConsumer, RankJobs, type RankJob } from '../../../queue/lockstep/rank-jobs.ts';
import { QueueRig } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';
import { FUNCTION_HASH } from '../../support/specification.ts';
import { until } from '../../support/until.ts';

const { url, prefix } = useTestRedis();
const worker = 'w1';
let rig: QueueRig;
let queue: Queue;
let consumer: RankConsumer;
let handled: RankJob[];
let errors: Error[];

beforeEach(() => {
  rig = new QueueRig(url, prefix);
  queue = new Queue(`lockstep-ranks.${worker}`, { connection: rig.redis, prefix: rig.keys.bull });
  [handled, errors] = [[], []];
  consumer = new RankConsumer({
    url,
    keys: rig.keys,
    worker,
    concurrency: 1,
    handle: async (job) => void handled.push(job),
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  await consumer.close();
  await queue.close();
  rig.close();
});

describe('rank jobs', () => {
  it.each([
    { wrong: 'no data', data: {} },
    { wrong: 'a rank that is no number', data: { rank: 'first' } },
    { wrong: 'a negative rank', data: { rank: -1 } },
    { wrong: 'an experiment that is none', data: { experiment: '{x}' } },
    { wrong: 'a function without a hash', data: { trainingFunction: { name: 'quadratic' } } },
    { wrong: 'a member too many', data: { __proto__x: 1 } },
  ])('with $wrong are told by their key and settled, and the next one is handled', async ({ wrong, data }) => {
    const good = { group: 'g', experiment: rig.id, ticket: 't1', trainingFunction: { name: 'quadratic', hash: FUNCTION_HASH } };
    const settled = { jobId: 'malformed', removeOnComplete: true, removeOnFail: true };
    await queue.add('rank', wrong === 'no data' ? {} : { ...good, rank: 0, ...data }, settled);
    await new RankJobs(rig.redis, rig.keys).add([worker], good);
    void consumer.run();
    await until('the good one was handled', () => handled.length === 1);
    await until('no job is left', async () => (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'failed')) === 0);
    expect(handled).toEqual([{ ...good, rank: 0 }]);
    const key = `${rig.keys.bull}:lockstep-ranks.${worker}:malformed`;
    expect(errors).toMatchObject([{ code: 'corrupt', message: expect.stringContaining(`${key} cannot be read`) }]);
  });
});
