import { beforeAll, describe, expect, it } from 'vitest';
import { counts, useApi } from './support.ts';
import { EventReader } from './http.ts';

const api = useApi();
let base = '';

beforeAll(async () => {
  base = await api().app.listen({ port: 0, host: '127.0.0.1' });
});

describe('the events of an experiment', () => {
  it('come from the beginning, then live, and end with the experiment', async () => {
    const run = await api().experiment();
    const reader = await EventReader.open(`${base}${run.path}/events`);
    const submitted = await reader.next();
    expect(submitted).toMatchObject({ id: '1', event: 'submitted' });
    expect(JSON.parse(submitted?.data ?? '')).toMatchObject({ type: 'submitted', seq: 1, specification: { id: run.id } });

    const [token] = await run.start([0]);
    expect(await reader.next()).toMatchObject({ id: '2', event: 'bound' });
    if (token === undefined) throw new Error('nothing was started');
    await api().attempts.finish(token, { state: 'completed', value: 0.5, metrics: {} });
    expect(await reader.next()).toMatchObject({ id: '3', event: 'completed' });

    await run.end();
    expect((await reader.rest()).map(({ event }) => event)).toEqual(['ended']);
  });

  it('go on after the last one that a client has seen', async () => {
    const run = await api().experiment();
    const [token] = await run.start([0]);
    if (token === undefined) throw new Error('nothing was started');
    await api().attempts.finish(token, { state: 'completed', value: 0.5, metrics: {} });
    await run.end();
    const byHeader = await EventReader.open(`${base}${run.path}/events?after=0`, { 'last-event-id': '2' });
    expect((await byHeader.rest()).map(({ id }) => id)).toEqual(['3', '4']);
    const byQuery = await EventReader.open(`${base}${run.path}/events?after=3`);
    expect((await byQuery.rest()).map(({ id }) => id)).toEqual(['4']);
  });

  it('answer 204 where nothing can follow', async () => {
    const run = await api().experiment();
    await run.end();
    expect((await EventReader.open(`${base}${run.path}/events?after=2`)).status).toBe(204);
    expect((await EventReader.open(`${base}${run.path}/events?after=1000`)).status).toBe(204);
  });

  it('all reach a client that reads late', async () => {
    const run = await api().experiment();
    const reader = await EventReader.open(`${base}${run.path}/events`);
    // More than are read from Redis at once.
    for (let limit = 0; limit < 600; limit++) await run.commit([{ type: 'capacityChanged', limit }]);
    await run.end();
    const ids = (await reader.rest()).map(({ id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: 602 }, (_, i) => i + 1));
  });

  it('end when the experiment is deleted', async () => {
    const run = await api().experiment();
    const reader = await EventReader.open(`${base}${run.path}/events`);
    await reader.next();
    await api().delete(run.path);
    expect(await reader.next()).toMatchObject({ event: 'controlRequested' });
    await run.purge();
    expect(await reader.next()).toBeUndefined();
    expect((await EventReader.open(`${base}${run.path}/events`)).status).toBe(410);
  });

  it('share one subscription among clients, and leave none behind', async () => {
    const run = await api().experiment();
    await run.publish({ counts: counts({}) });
    const { news } = api().keys.of(run.id);
    const subscribers = async (): Promise<number> => Number((await api().redis.pubsub('NUMSUB', news))[1]);
    const readers = await Promise.all(Array.from({ length: 20 }, () => EventReader.open(`${base}${run.path}/events`)));
    await Promise.all(readers.map((reader) => reader.next()));
    await expect.poll(subscribers).toBe(1);
    for (const reader of readers) reader.leave();
    await expect.poll(subscribers).toBe(0);
  });

  it('end when the server closes, streams and long polls alike', async () => {
    const run = await api().experiment();
    await run.publish({});
    const reader = await EventReader.open(`${base}${run.path}/events`);
    await reader.next();
    const poll = fetch(`${base}${run.path}/result?waitSeconds=60`);
    await expect.poll(async () => (await api().redis.pubsub('NUMSUB', api().keys.of(run.id).published))[1]).toBe(1);
    const closed = api().app.close();
    expect(await reader.rest()).toEqual([]);
    expect((await poll).status).toBe(200);
    await closed;
  });
});
