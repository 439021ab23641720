import { unpublishedResult } from '../../../core/results.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tenure } from '../../../queue/decisions.ts';
import { QueueRig } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

describe('publish, save-snapshot and purge', () => {
  it('are refused, before anything is written, from an optimizer that was superseded, and once the experiment is gone', async () => {
    await rig.submit();
    const first = await rig.takeOver();
    const second = await rig.takeOver();
    const refused = (why: string, act: () => Promise<unknown>) => rig.unchanged(() => expect(act()).rejects.toMatchObject({ why }));
    const result = { ...unpublishedResult(rig.id, 'a slot'), position: 1 };
    const writes = [
      (tenure: Tenure) => tenure.publish(1, result, []),
      (tenure: Tenure) => tenure.saveSnapshot('{}'),
      (tenure: Tenure) => tenure.purge(),
    ];
    for (const write of writes) await refused('superseded', () => write(first));
    await second.publish(1, result, []);
    await second.saveSnapshot('{}');
    await rig.redis.del(rig.experiment.guard);
    for (const write of writes) await refused('gone', () => write(second));
  });

  it('a purge waits until the experiment is being deleted and every attempt has ended or lapsed', async () => {
    const { tenure, binding } = await rig.running();
    expect(await rig.unchanged(() => tenure.purge())).toBe(false);
    await rig.control({ action: 'delete' }, 'c1');
    expect(await rig.unchanged(() => tenure.purge())).toBe(false);
    await rig.attempts.finish(binding.token, { state: 'stopped' });
    expect(await tenure.purge()).toBe(true);
  });

  it('a purge leaves the tombstone, and nothing that its own keys held', async () => {
    await rig.deleted();
    expect((await rig.names()).filter((name) => !name.includes(':trial:'))).toEqual([rig.experiment.tombstone]);
  });
});
