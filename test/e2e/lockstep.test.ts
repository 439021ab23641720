import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../../cli/stack/stack.ts';
import type { Submission } from '../../core/experiment.ts';
import type { ResultDocument, TrialGroup } from '../../core/results.ts';
import { isFinal } from '../../core/states.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { mnistFile, Workplace } from './workplace.ts';

const redis = useTestRedis();
const prefix = redis.prefix.slice(0, -1);
let place: Workplace;
let stack: Stack;

beforeAll(async () => {
  place = await Workplace.create({ REDIS_URL: redis.url, MAGGY_PREFIX: prefix });
  stack = await Stack.start({
    name: 'test',
    folder: place.folder,
    redis: { url: redis.url },
    prefix,
    storeFolder: `${place.folder}/store`,
    host: '127.0.0.1',
    port: 0,
    functions: place.functions,
    workers: 1,
    slotsPerWorker: 1,
    lockstepSlots: 3,
  });
}, 120_000);

afterAll(async () => {
  await stack.stop();
  await place.remove();
});

/** A small part of the images, and a small network. */
const common = { trainingFunction: 'mnist-cnn', dataset: { fraction: 0.02 }, seed: 3 } as const;
const small = { filters: 4, batchSize: 16, units: 32 } as const;

async function ended(submission: Submission): Promise<ResultDocument> {
  return stack.api.wait(await stack.api.submit(submission));
}

async function completed(submission: Submission): Promise<ResultDocument> {
  const result = await ended(submission);
  expect(result.failure).toBeNull();
  expect(result.state).toBe('completed');
  return result;
}

const get = (path: string) => fetch(`${stack.api.url}/v1/experiments/${path}`);

async function groupOf(id: string, trial: number): Promise<TrialGroup> {
  const response = await get(`${id}/trials/${trial}/group`);
  expect(response.status).toBe(200);
  return (await response.json()) as TrialGroup;
}

const sha256 = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

describe('one training file', { timeout: 240_000 }, () => {
  it('goes unchanged from a plain call over tuning and ablation by groups to a larger group', async () => {
    const plain = await place.script(`
      import { localReporter } from 'maggy';
      import training from './functions/mnist-cnn.ts';
      const curve = [];
      const reporter = localReporter({ metric: training.metric, onReport: ({ metrics }) => curve.push(metrics.valAccuracy) });
      await training.train({ hparams: ${JSON.stringify(small)}, dataset: () => training.dataset({ fraction: 0.02 }), reporter });
      console.log(JSON.stringify(curve));`);
    expect(plain.code, plain.stderr).toBe(0);
    expect(JSON.parse(plain.stdout)).toHaveLength(6);

    const alone = await completed({ ...common, kind: 'tune', maxTrials: 1, hparams: small });
    expect((await get(`${alone.id}/trials/0/group`)).status).toBe(404);

    const tuned = await completed({ ...common, kind: 'tune', maxTrials: 2, hparams: small, lockstep: { worldSize: 2 } });
    expect(await groupOf(tuned.id, 1)).toMatchObject({ generation: 1, worldSize: 2, ranks: [{ rank: 0 }, { rank: 1 }] });

    const trained = await completed({ ...common, kind: 'train', from: tuned.id, lockstep: { worldSize: 3 } });
    expect(trained.incumbent?.params).toEqual(tuned.incumbent?.params);
    // Initial weights, and the gradients of six epochs of eight batches. Rank 0 tells the outcome; the figures of the others may come later.
    const isWhole = ({ collectives, samplesPerSecond }: TrialGroup['ranks'][number]) => collectives >= 6 * 8 && (samplesPerSecond ?? 0) > 0;
    await expect.poll(async () => (await groupOf(trained.id, 0)).ranks.map(isWhole), { timeout: 30_000 }).toEqual([true, true, true]);
    const group = await groupOf(trained.id, 0);
    expect(group).toMatchObject({ generation: 1, worldSize: 3, ranks: [{ rank: 0 }, { rank: 1 }, { rank: 2 }] });
    const detail = (await (await get(`${trained.id}/trials/0`)).json()) as { group: TrialGroup };
    expect(detail.group).toEqual(group);
    const log = await (await get(`${trained.id}/trials/0/log`)).text();
    expect(log).toMatch(/^Lockstep: rank 0 of 3, generation 1/m);
    expect(log).toMatch(/^\[rank 2\] Lockstep: rank 2 of 3/m);

    const study = await completed({
      ...common,
      kind: 'ablate',
      hparams: small,
      ablation: { layers: ['dropout'] },
      replicates: 1,
      lockstep: { worldSize: 2 },
    });
    expect(study.counts.completed).toBe(2);
    expect(await groupOf(study.id, 1)).toMatchObject({ worldSize: 2 });

    // Chance is one in ten; all of them have learnt something from 160 images.
    for (const { incumbent } of [alone, tuned, trained, study]) expect(incumbent?.value).toBeGreaterThan(0.2);
    expect(await sha256(`${place.functions}/mnist-cnn.ts`)).toBe(await sha256(mnistFile));
  });
});

describe('an experiment with lockstep', { timeout: 120_000 }, () => {
  it('leaves out a feature and a layer by groups, and answers as any study does', async () => {
    const ablation = { features: ['useless'], layers: ['hidden'] };
    const trials = { trainingFunction: 'weighing', hparams: { epochs: 3 }, replicates: 2, seed: 3 };
    const { id, counts } = await completed({ ...trials, kind: 'ablate', ablation, lockstep: { worldSize: 2 } });
    expect(counts.completed).toBe(3 * 2);
    expect(await groupOf(id, 5)).toMatchObject({ worldSize: 2, ranks: [{ rank: 0 }, { rank: 1 }] });
    const { components } = await stack.api.study(id);
    expect(Object.fromEntries(components.map(({ name, pairs, parameters }) => [name, [pairs, parameters]]))).toEqual({
      'feature useless': [2, -8],
      'layer hidden': [2, -72],
    });
  });

  it('completes though the worker of a group is killed, in the next generation on another, and its log verifies', async () => {
    const second = await stack.add('lockstep-worker');
    await until('its slots are there', async () => (await stack.api.workers()).some(({ pid }) => pid === second.pid));
    const id = await stack.api.submit({
      kind: 'train',
      trainingFunction: 'climb',
      hparams: { steps: 40, stepMs: 250 },
      lockstep: { worldSize: 2 },
    });
    const workers = await stack.api.workers();
    const pid = await until('the group runs', async () => {
      const response = await get(`${id}/trials/0/group`);
      const group = response.ok ? ((await response.json()) as TrialGroup) : undefined;
      return workers.find((worker) => worker.id === group?.ranks[0]?.worker)?.pid;
    });
    process.kill(pid, 'SIGKILL');
    const result = await stack.api.wait(id);
    expect(result.state).toBe('completed');
    expect(await stack.api.trial(id, 0)).toMatchObject({ attempts: 2, lastStep: 40 });
    expect(await groupOf(id, 0)).toMatchObject({ generation: 2, worldSize: 2 });
    const replayed = await place.maggy('replay', id, '--json');
    expect(JSON.parse(replayed.stdout)).toMatchObject({ differences: [], otherVersions: 0 });
  });

  it('that asks for more slots than there are says what it waits for, and takes none of the ordinary ones', async () => {
    const id = await stack.api.submit({ ...common, kind: 'train', lockstep: { worldSize: 4 } });
    const words = /^4 slots for a lockstep group, on lockstep workers of pool default that hold mnist-cnn \(\w+\): there are 3$/;
    await until('it says what it waits for', async () => words.test((await stack.api.result(id)).waitingFor ?? ''));
    const other = await completed({ kind: 'tune', trainingFunction: 'climb', hparams: { steps: 2, stepMs: 1 }, maxTrials: 1 });
    expect(other.counts.completed).toBe(1);
    await fetch(`${stack.api.url}/v1/experiments/${id}/stop`, { method: 'POST' });
    await until('it has ended', async () => isFinal((await stack.api.result(id)).state));
  });

  it('sends gradients in half the bytes where it is to', async () => {
    const bytesSent = async (lockstep: NonNullable<Submission['lockstep']>): Promise<number> => {
      const { id } = await completed({ ...common, kind: 'train', hparams: { ...small, epochs: 1 }, lockstep });
      return (await groupOf(id, 0)).ranks[0]?.bytes ?? 0;
    };
    const exact = await bytesSent({ worldSize: 2 });
    const rounded = await bytesSent({ worldSize: 2, compression: 'float16' });
    // Initial weights and what is counted stay exact.
    expect(rounded / exact).toBeGreaterThan(0.5);
    expect(rounded / exact).toBeLessThan(0.65);
  });

  it.each([
    [{ worldSize: 2, minWorldSize: 3 }, 'lockstep.minWorldSize', 'must be at most worldSize, which is 2'],
    [{ worldSize: 0 }, 'lockstep.worldSize', 'must be at least 1'],
    [{ worldsize: 2 }, 'lockstep.worldsize', 'did you mean'],
    [{ worldSize: 2, tls: 'yes' }, 'lockstep.tls', 'boolean'],
  ])('is refused where it says %j', async (lockstep, field, message) => {
    const response = await fetch(`${stack.api.url}/v1/experiments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...common, kind: 'train', lockstep }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field, message: expect.stringContaining(message) });
  });
});
