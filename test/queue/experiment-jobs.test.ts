import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExperimentConsumer, ExperimentJobs, type ExperimentConsumerOptions, type ExperimentLease } from '../../queue/experiment-jobs.ts';
import { QueueRig } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
let jobs: ExperimentJobs;
let consumers: ExperimentConsumer[];
let errors: Error[];

beforeEach(() => {
  rig = new QueueRig(url, prefix);
  jobs = new ExperimentJobs(rig.redis, rig.keys);
  consumers = [];
  errors = [];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await jobs.close();
  rig.close();
});

function consume(handle: ExperimentConsumerOptions['handle'], lockDurationMs = 1000): ExperimentConsumer {
  const consumer = new ExperimentConsumer({
    url,
    keys: rig.keys,
    concurrency: 4,
    lockDurationMs,
    stalledIntervalMs: 250,
    handle,
    onError: (error) => errors.push(error),
  });
  consumers.push(consumer);
  void consumer.run();
  return consumer;
}

const aborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

describe('the experiments queue', () => {
  it('holds one job for each experiment and turn, until it is handled', async () => {
    await jobs.add(rig.id, 0);
    await jobs.add(rig.id, 0);
    await jobs.add(rig.id, 1);
    await jobs.add('exp00002', 0);
    expect(await jobs.counts()).toEqual({ waiting: 3, active: 0 });
    const handled: string[] = [];
    consume(async (experiment) => void handled.push(experiment));
    await until('all are handled', () => handled.length === 3);
    expect(handled.sort()).toEqual([rig.id, rig.id, 'exp00002']);
    await until('the queue is empty', async () => (await jobs.counts()).active === 0);
    // Removed, so that the same id can be asked for again.
    await jobs.add(rig.id, 0);
    await until('it is handled again', () => handled.length === 4);
  });

  it('tells of a job that cannot be read, and does without it', async () => {
    const queue = new Queue('experiments', { connection: rig.redis, prefix: rig.keys.bull });
    await queue.add('experiment', { experiment: rig.id }, { jobId: rig.id, removeOnComplete: true, removeOnFail: true });
    await queue.close();
    const handled: string[] = [];
    consume(async (experiment) => void handled.push(experiment));
    await until('it is told', () => errors.length > 0);
    const key = `${rig.keys.bull}:experiments:${rig.id}`;
    expect(errors[0]).toMatchObject({ code: 'corrupt', message: expect.stringContaining(`${key} cannot be read`) });
    // Gone, so that the sweep of jobs can add a good one.
    await jobs.add(rig.id, 0);
    await until('the good one is handled', () => handled.length === 1);
  });

  it('hands an experiment back when its optimizer closes, and another takes it at once', async () => {
    const holders: string[] = [];
    const first = consume(async (_, { signal }) => {
      holders.push('first');
      await aborted(signal);
    }, 60_000);
    await jobs.add(rig.id, 0);
    await until('it is held', () => holders.length === 1);
    await first.close();
    consume(async () => void holders.push('second'), 60_000);
    // Far sooner than a lock of a minute would run out.
    await until('the second holds it', () => holders.length === 2);
    expect(holders).toEqual(['first', 'second']);
  });

  it('hands an experiment to another when the lease of the first is gone, and tells the first', async () => {
    let told = false;
    let holders = 0;
    const handle = async (_: string, { signal }: ExperimentLease): Promise<void> => {
      if (++holders > 1) return;
      await aborted(signal);
      told = true;
    };
    consume(handle);
    consume(handle);
    await jobs.add(rig.id, 0);
    await until('it is held', () => holders === 1);
    await rig.redis.del(`${rig.keys.bull}:experiments:${rig.id}:lock`);
    await until('the first was told', () => told);
    await until('another holds it', () => holders === 2);
  });

  it('keeps the lease of an experiment that is looked after for longer than a lock lasts', async () => {
    let holders = 0;
    let done = (): void => undefined;
    const finished = new Promise<void>((resolve) => (done = resolve));
    const handle = async (): Promise<void> => {
      holders += 1;
      await finished;
    };
    consume(handle, 400);
    consume(handle, 400);
    await jobs.add(rig.id, 0);
    await until('it is held', () => holders === 1);
    const lock = `${rig.keys.bull}:experiments:${rig.id}:lock`;
    const token = await rig.redis.get(lock);
    // A lock renewed at least thrice its length later is renewed for good.
    const heldUntil = performance.now() + 1200;
    await until('three locks have passed', () => performance.now() > heldUntil);
    expect(await rig.redis.get(lock)).toBe(token);
    expect(holders).toBe(1);
    done();
    await until('it was let go', async () => (await jobs.counts()).active === 0);
  });
});
