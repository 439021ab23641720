import { beforeAll, describe, expect, it } from 'vitest';
import { declaration, hash, submission, useApi, worker } from './support.ts';

const api = useApi();
const newer = 'b'.repeat(64);

beforeAll(async () => {
  await api().registry.declare('gpu', [declaration({ hash: newer }), declaration({ name: 'flowers' })]);
  await api().registry.beat(worker({ id: 'one', slots: [{ experiment: 'x00000', trial: 0, attempt: 1 }, null] }));
  await api().registry.beat(worker({ id: 'two', slots: [null, null], draining: true }));
  await api().registry.beat(worker({ id: 'three', pool: 'gpu', functions: [{ name: 'digits', hash: newer }], slots: [null, null, null] }));
});

describe('training functions', () => {
  it('are listed by name, each with its versions and who holds them, without their source', async () => {
    const { items } = (await api().get('/v1/training-functions')).json<{ items: object[] }>();
    expect(items).toMatchObject([
      {
        name: 'digits',
        versions: [
          { hash: newer, pools: [{ pool: 'gpu', slots: 3 }], metric: 'accuracy' },
          { hash, pools: [{ pool: 'default', slots: 2 }] },
        ],
      },
      { name: 'flowers', versions: [{ hash, pools: [{ pool: 'gpu', slots: 0 }] }] },
    ]);
    expect(JSON.stringify(items)).not.toContain('export default');
  });

  it('are read one by one, with their source', async () => {
    const response = await api().get('/v1/training-functions/digits');
    expect(response.json()).toMatchObject({ name: 'digits', versions: [{ hash: newer, source: 'export default 1;' }, { hash }] });
  });
});

describe('pools', () => {
  it('count workers, slots and waiting tickets', async () => {
    const none = { workers: 0, slots: { busy: 0, free: 0 }, waitingGroups: 0 };
    expect((await api().get('/v1/pools')).json()).toEqual({
      items: [
        { name: 'default', workers: 2, slots: { busy: 1, free: 1 }, waitingTickets: 0, lockstep: none },
        { name: 'gpu', workers: 1, slots: { busy: 0, free: 3 }, waitingTickets: 0, lockstep: none },
      ],
    });
  });

  it('count lockstep workers apart, and pin what most of those hold for an experiment with lockstep', async () => {
    await api().registry.beat(worker({ id: 'ranks', kind: 'lockstep', slots: [null, null] }));
    const { items } = (await api().get('/v1/pools')).json<{ items: { name: string }[] }>();
    expect(items.find(({ name }) => name === 'default')).toMatchObject({
      workers: 2,
      slots: { busy: 1, free: 1 },
      lockstep: { workers: 1, slots: { busy: 0, free: 2 }, waitingGroups: 0 },
    });
    const pinnedBy = async (given: object): Promise<unknown> => {
      const { id } = (await api().post('/v1/experiments', { ...submission, ...given })).json<{ id: string }>();
      const { pool, pinnedHash } = (await api().get(`/v1/experiments/${id}`)).json<{ pool: string; pinnedHash: string }>();
      return [pool, pinnedHash];
    };
    expect(await pinnedBy({})).toEqual(['gpu', newer]);
    expect(await pinnedBy({ lockstep: { worldSize: 2 } })).toEqual(['default', hash]);
    await api().registry.leave('ranks');
  });
});

describe('workers', () => {
  it('are those that live', async () => {
    const { items } = (await api().get('/v1/workers')).json<{ items: { id: string }[] }>();
    expect(items.map(({ id }) => id)).toEqual(['one', 'three', 'two']);
  });
});
