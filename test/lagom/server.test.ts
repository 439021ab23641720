/** The same call with the address of a server: an API, an optimizer and a worker run the experiment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../../cli/stack/stack.ts';
import { lagom, type LagomConfig } from '../../lagom/index.ts';
import climb from '../e2e/functions/climb.ts';
import { Workplace } from '../e2e/workplace.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const redis = useTestRedis();
let place: Workplace;
let stack: Stack;

beforeAll(async () => {
  place = await Workplace.create();
  stack = await Stack.start({
    name: 'test',
    folder: place.folder,
    redis: { url: redis.url },
    prefix: redis.prefix.slice(0, -1),
    storeFolder: `${place.folder}/store`,
    host: '127.0.0.1',
    port: 0,
    functions: place.functions,
    workers: 1,
    slotsPerWorker: 2,
  });
}, 90_000);

afterAll(async () => {
  await stack.stop();
  await place.remove();
});

const config: LagomConfig = { kind: 'tune', maxTrials: 6, seed: 4, hparams: { stepMs: 5, steps: 4 }, scheduler: { type: 'none' } };

describe('an experiment on a server', { timeout: 90_000 }, () => {
  it('has the result that it has here', async () => {
    const here = await lagom(climb, { ...config, progress: false, backend: 'cpu', slots: 2 });
    const there = await lagom(climb, { ...config, progress: false, server: `${stack.api.url}/` });
    expect(await stack.api.result(there.id)).toMatchObject({ state: 'completed' });
    expect(there.incumbent).toMatchObject({ ...here.incumbent });
    const common = ({ state, stopReason, counts, resource }: typeof here) => ({ state, stopReason, counts, resource });
    expect(common(there)).toEqual(common(here));
  });

  it('is named by the file of its training function as well', async () => {
    const { state } = await lagom(`${place.functions}/climb.ts`, { ...config, maxTrials: 1, progress: false, server: stack.api.url });
    expect(state).toBe('completed');
  });

  it('is stopped there when the signal aborts, and followed to its end', async () => {
    const stopping = new AbortController();
    const endless: LagomConfig = { ...config, name: 'endless', hparams: { stepMs: 20, steps: 1000 }, tags: ['endless'] };
    const ended = lagom(climb, { ...endless, progress: false, server: stack.api.url, signal: stopping.signal });
    await until('it runs', async () => (await stack.api.allExperiments({ tag: 'endless', state: 'running' })).length > 0);
    stopping.abort();
    expect(await ended).toMatchObject({ state: 'stopped', stopReason: 'requested' });
  });

  it('is refused as the server refuses it', async () => {
    const wrong: LagomConfig = { ...config, progress: false, server: stack.api.url, sampler: { type: 'gpp' } };
    await expect(lagom(climb, wrong)).rejects.toMatchObject({ code: 'invalid', field: 'sampler.type' });
  });
});
