import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Queue } from 'bullmq';
import { TicketConsumer, Tickets, ticketsQueueName, type TicketConsumerOptions, type TicketJob } from '../../queue/tickets.ts';
import type { StartAnswer } from '../../queue/attempts.ts';
import { QueueRig, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { FUNCTION_HASH } from '../support/specification.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
const trainingFunction = { name: 'quadratic', hash: FUNCTION_HASH };
let rig: QueueRig;
let tickets: Tickets;
let consumers: TicketConsumer[];
let errors: Error[];

beforeEach(() => {
  rig = new QueueRig(url, prefix);
  tickets = new Tickets(rig.redis, rig.keys);
  consumers = [];
  errors = [];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await tickets.close();
  rig.close();
});

function consume(handle: TicketConsumerOptions['handle'], concurrency = 1): TicketConsumer {
  const consumer = new TicketConsumer({
    url,
    keys: rig.keys,
    pool: 'default',
    concurrency,
    handle,
    onError: (error) => errors.push(error),
  });
  consumers.push(consumer);
  void consumer.run();
  return consumer;
}

const add = (ids: readonly string[]) => tickets.add('default', rig.id, trainingFunction, ids);
const jobsLeft = async (): Promise<string[]> => {
  const names = await rig.names();
  return names.filter((name) => name.includes(`:${rig.id}-t`));
};

describe('tickets', () => {
  // First, because what earlier tests have closed may still count as open.
  it('leave no connection open once their consumer is closed', async () => {
    await add(['t1']);
    const before = openSockets();
    let taken = 0;
    const consumer = consume(async () => void (taken += 1));
    await until('the consumer is at work', () => taken === 1);
    await consumer.close();
    await until('its connections are closed', () => openSockets() <= before);
  });

  it('are added once, whoever adds them again, and removed when closed', async () => {
    await add(['t1', 't2']);
    await add(['t2', 't3']);
    await add([]);
    expect(await tickets.waiting('default')).toBe(3);
    await tickets.remove('default', rig.id, ['t1', 't3', 't99']);
    expect(await tickets.waiting('default')).toBe(1);
    expect((await jobsLeft()).length).toBe(1);
  });

  it('reach a consumer in the order in which they were added, each once, and leave nothing behind', async () => {
    const taken: string[] = [];
    await add(['t1', 't2', 't3']);
    consume(async ({ experiment, ticket, trainingFunction: pinned }) => {
      expect([experiment, pinned]).toEqual([rig.id, trainingFunction]);
      taken.push(ticket);
    });
    await until('every ticket is taken', () => taken.length === 3);
    expect(taken).toEqual(['t1', 't2', 't3']);
    await until('no job is left', async () => (await jobsLeft()).length === 0);
    // Settled and gone, so that the sweep can add the same ticket again.
    await add(['t1']);
    await until('the ticket came again', () => taken.length === 4);
    expect(errors).toEqual([]);
  });

  it('are held as many at once as there are slots', async () => {
    let held = 0;
    let most = 0;
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    await add(Array.from({ length: 9 }, (_, index) => `t${index + 1}`));
    consume(async () => {
      most = Math.max(most, ++held);
      await gate;
      held -= 1;
    }, 3);
    await until('three are held', () => held === 3);
    letGo();
    await until('no job is left', async () => (await jobsLeft()).length === 0);
    expect(most).toBe(3);
  });

  it('that fail are told and settled: BullMQ retries nothing', async () => {
    await add(['t1']);
    let calls = 0;
    consume(async () => {
      calls += 1;
      throw new Error('the slot broke');
    });
    await until('no job is left', async () => (await jobsLeft()).length === 0);
    expect(calls).toBe(1);
    expect(errors.map(({ message }) => message)).toEqual(['the slot broke']);
  });

  it('that are put back come again, and are lost neither to the sweep nor to another consumer', async () => {
    await add(['t1']);
    let takes = 0;
    consume(async () => (++takes < 3 ? 'put back' : undefined));
    await until('it was put back', async () => takes === 1 && (await jobsLeft()).length === 1);
    // The sweep, meanwhile.
    await add(['t1']);
    await until('it was taken until it was settled', () => takes === 3);
    await until('no job is left', async () => (await jobsLeft()).length === 0);
    expect(takes).toBe(3);
    expect(errors).toEqual([]);
  });

  it('that cannot be read are told and settled', async () => {
    const queue = new Queue(ticketsQueueName('default'), { connection: rig.redis, prefix: rig.keys.bull });
    await queue.add('ticket', { experiment: 7 }, { jobId: `${rig.id}-t1`, removeOnComplete: true, removeOnFail: true });
    let calls = 0;
    consume(async () => void (calls += 1));
    await until('no job is left', async () => (await jobsLeft()).length === 0);
    expect(calls).toBe(0);
    const key = `${rig.keys.bull}:trials.default:${rig.id}-t1`;
    expect(errors[0]).toMatchObject({ code: 'corrupt', message: expect.stringContaining(`${key} cannot be read`) });
    await queue.close();
  });

  it('of a pool with an illegal name are refused', () => {
    expect(() => ticketsQueueName('a:b')).toThrow('pool');
  });

  it('redelivered after a stall start nothing: the first start settled them', async () => {
    await rig.submit();
    const tenure = await rig.takeOver();
    const ids = await rig.offer(tenure, [readyEntry(0), readyEntry(1)]);
    await add(ids.slice(0, 1));
    const answers: StartAnswer[] = [];
    const answer = async ({ ticket }: TicketJob): Promise<void> => void answers.push(await rig.start(ticket));
    let letGo = (): void => undefined;
    const frozen = new Promise<void>((resolve) => (letGo = resolve));
    // A worker that starts the trial and then hangs; its lock is taken from it, as a stall does.
    consume(async (job) => {
      await answer(job);
      await frozen;
    });
    await until('the first start', () => answers.length === 1);
    const base = `${rig.keys.bull}:${ticketsQueueName('default')}`;
    const [id = ''] = await rig.redis.lrange(`${base}:active`, 0, -1);
    await rig.redis
      .multi()
      .del(`${base}:${id}:lock`)
      .lrem(`${base}:active`, 0, id)
      .rpush(`${base}:wait`, id)
      .zadd(`${base}:marker`, 0, '0')
      .exec();
    consume(answer);
    await until('the ticket was redelivered', () => answers.length === 2);
    expect(answers.map(({ kind }) => kind)).toEqual(['bound', 'nothing']);
    expect(answers[1]).toEqual({ kind: 'nothing', why: 'closed' });
    expect((await rig.eventTypes()).filter((type) => type === 'bound').length).toBe(1);
    letGo();
  });
});

/** Sockets that would keep this process alive. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap' || name === 'TCPSocketWrap').length;
}
