/** Experiments with lockstep in the service: whose slots they use, how many groups that makes, and what they wait for. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerRecord } from '../../queue/registry.ts';
import { planLockstep } from '../../core/lockstep.ts';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { FUNCTION_HASH } from '../support/specification.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment(url, prefix);
});
afterEach(() => deployment.close());

/** A worker that is there and takes nothing. */
async function beat(id: string, kind: WorkerRecord['kind'], slots: WorkerRecord['slots'], hash = FUNCTION_HASH): Promise<void> {
  await deployment.registry.beat({
    id,
    pool: 'default',
    kind,
    host: 'test',
    pid: 1,
    startedAt: 1,
    backend: { name: 'none', version: '0', device: 'none' },
    functions: [{ name: 'quadratic', hash }],
    broken: [],
    slots,
    draining: false,
  });
}

/** How many trials an experiment may run at once, by the last word of its log. */
async function limitOf(id: string): Promise<number> {
  return (await deployment.events(id)).reduce((limit, event) => (event.type === 'capacityChanged' ? event.limit : limit), 0);
}

const waitingFor = async (id: string): Promise<string> => (await deployment.readModel.result(id))?.waitingFor ?? '';
const free = (count: number): null[] => Array.from({ length: count }, () => null);

describe('an experiment with lockstep', () => {
  it('has a share of the lockstep slots in groups, and ordinary ones keep theirs', async () => {
    await beat('ranks', 'lockstep', free(5));
    await beat('trials', 'trials', free(3));
    await deployment.optimizer();
    await deployment.submit({ id: 'group001', lockstep: planLockstep({ worldSize: 2 }) });
    await deployment.submit({ id: 'plain001' });
    await until('the groups have their share', async () => (await limitOf('group001')) === 2);
    await until('the others have theirs', async () => (await limitOf('plain001')) === 3);
    await deployment.submit({ id: 'group002', lockstep: planLockstep({ worldSize: 2 }) });
    await until('the groups share', async () => (await limitOf('group001')) === 1 && (await limitOf('group002')) === 1);
    expect(await limitOf('plain001')).toBe(3);
    expect(await deployment.registry.demands('default', 'lockstep')).toHaveLength(2);
  });

  it('has room for one group where there are slots for the smallest, and says what is missing where there are not', async () => {
    await beat('ranks', 'lockstep', free(2));
    await beat('old', 'lockstep', free(4), 'b'.repeat(64));
    await beat('trials', 'trials', free(8));
    await deployment.optimizer();
    await deployment.submit({ id: 'group001', lockstep: planLockstep({ worldSize: 4, minWorldSize: 2 }) });
    await deployment.submit({ id: 'group002', lockstep: planLockstep({ worldSize: 3 }) });
    await until('there is room for one', async () => (await limitOf('group001')) === 1);
    const words = '3 slots for a lockstep group, on lockstep workers of pool default that hold quadratic (aaaaaaaaaaaa): there are 2';
    await until('it says what is missing', async () => (await waitingFor('group002')) === words);
    expect(await limitOf('group002')).toBe(0);
  });

  it('says how many slots are free while others have them', async () => {
    await beat('ranks', 'lockstep', [{ experiment: 'other001', trial: 0, attempt: 1, rank: 0 }, null]);
    await deployment.optimizer();
    await deployment.submit({ id: 'group001', lockstep: planLockstep({ worldSize: 2 }) });
    await until('it says so', async () => (await waitingFor('group001')).endsWith('of 2 there, 1 is free now'));
  });
});
