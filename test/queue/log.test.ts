import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog } from '../../queue/log.ts';
import { Specifications } from '../../queue/specifications.ts';
import { QueueRig, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;

beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

describe('the log', () => {
  it('is read in pages, oldest first, with each entry’s number, time and the nonce of its writer', async () => {
    await rig.submit({}, 'fp', 'writer');
    const tenure = await rig.takeOver();
    for (const ticket of await rig.offer(
      tenure,
      [0, 1, 2, 3].map((trial) => readyEntry(trial)),
    ))
      await rig.bind(ticket, { nonce: `start ${ticket}` });
    const all = await rig.log();
    expect(all.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(all.map(({ nonce }) => nonce)).toEqual(['writer', 'start t1', 'start t2', 'start t3', 'start t4']);
    expect(all.every(({ event }, index) => event.at >= (all[index - 1]?.event.at ?? 1.6e12))).toBe(true);
    expect(await readLog(rig.redis, rig.keys, rig.id, 2, 2)).toEqual(all.slice(2, 4));
    expect(await readLog(rig.redis, rig.keys, rig.id, 5, 2)).toEqual([]);
    expect(await readLog(rig.redis, rig.keys, 'exp00009', 0, 2)).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['an unknown event', ['type', 'exploded', 'v', '1', 'at', '1', 'nonce', 'n', 'data', '{}']],
    ['an event of another version', ['type', 'capacityChanged', 'v', '2', 'at', '1', 'nonce', 'n', 'data', '{"limit":1}']],
    ['broken JSON', ['type', 'capacityChanged', 'v', '1', 'at', '1', 'nonce', 'n', 'data', '{"limit":']],
    ['a missing member', ['type', 'capacityChanged', 'v', '1', 'at', '1', 'nonce', 'n', 'data', '{}']],
    ['a member too many', ['type', 'capacityChanged', 'v', '1', 'at', '1', 'nonce', 'n', 'data', '{"limit":1,"x":1}']],
    ['a wrong value', ['type', 'capacityChanged', 'v', '1', 'at', '1', 'nonce', 'n', 'data', '{"limit":-1}']],
    ['no fields', ['x', 'y']],
  ])('refuses an entry with %s, naming key and number', async (_, fields) => {
    await rig.submit();
    await rig.redis.xadd(rig.experiment.log, '2-0', ...fields);
    await expect(rig.log()).rejects.toMatchObject({ code: 'corrupt' });
    await expect(rig.log()).rejects.toThrow(`${rig.experiment.log} entry 2-0`);
  });
});

describe('a specification', () => {
  it('that cannot be read is an error that names its key; one that is not there is null', async () => {
    const specifications = new Specifications(rig.redis, rig.keys);
    expect(await specifications.get(rig.id)).toBeNull();
    for (const text of ['{"version":1}', '{"version":']) {
      await rig.redis.set(rig.experiment.specification, text);
      const reading = specifications.get(rig.id);
      await expect(reading).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(rig.experiment.specification) });
    }
  });
});
