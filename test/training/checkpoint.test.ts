import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../training/backends/select.ts';
import { TrialCheckpoint } from '../../training/checkpoint.ts';
import { type CheckpointStore, DirectoryCheckpointStore } from '../../training/checkpoint-store.ts';
import type { SavedCheckpoint } from '../../training/contract.ts';
import { defineTraining } from '../../training/define.ts';
import { MemoryCheckpointStore } from '../../training/memory-checkpoint-store.ts';
import { runTraining } from '../../training/single-host.ts';
import { tf } from '../../training/tf.ts';
import { modelFiles } from '../../training/weights.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-checkpoints-'));
  await selectBackend({ prefer: 'cpu' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = (content: string) => new TextEncoder().encode(content);
const files = (content: string) =>
  new Map([
    ['a.json', bytes(content)],
    ['b.bin', bytes('two')],
  ]);

const stores: [string, () => Promise<CheckpointStore>][] = [
  ['a directory', async () => new DirectoryCheckpointStore(await mkdtemp(join(folder, 'store-')))],
  ['memory', async () => new MemoryCheckpointStore()],
];

describe.each(stores)('a store in %s', (_where, open) => {
  it('gives back what was written', async () => {
    const store = await open();
    const id = await store.write(files('one'));
    expect(await store.has(id)).toBe(true);
    expect(new Map(Array.from(await store.read(id), ([name, content]) => [name, Buffer.from(content).toString()]))).toEqual(
      new Map([
        ['a.json', 'one'],
        ['b.bin', 'two'],
      ]),
    );
  });

  it('names by content, whatever the order of the files', async () => {
    const store = await open();
    const id = await store.write(files('one'));
    expect(await store.write(new Map([...files('one')].reverse()))).toBe(id);
    expect(await store.write(files('other'))).not.toBe(id);
  });

  it('opens one file with its size', async () => {
    const store = await open();
    const { sizeBytes, stream } = await store.openFile(await store.write(files('one')), 'a.json');
    expect(sizeBytes).toBe(3);
    expect(await text(stream)).toBe('one');
  });

  it('lists its files by name, with their sizes', async () => {
    const store = await open();
    const id = await store.write(new Map([...files('other')].reverse()));
    expect(await store.listFiles(id)).toEqual([
      { name: 'a.json', sizeBytes: 5 },
      { name: 'b.bin', sizeBytes: 3 },
    ]);
    await store.remove(id);
    await expect(store.listFiles(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('removes, twice as well', async () => {
    const store = await open();
    const id = await store.write(files('one'));
    await store.remove(id);
    await store.remove(id);
    expect(await store.has(id)).toBe(false);
    await expect(store.read(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('says which file is not there', async () => {
    const store = await open();
    const id = await store.write(files('one'));
    await expect(store.openFile(id, 'c.bin')).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('c.bin') });
  });

  it.each(['../escape', 'a/b', '..', '.hidden', ''])('refuses the file name "%s"', async (name) => {
    const store = await open();
    await expect(store.write(new Map([[name, bytes('x')]]))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('refuses to write nothing', async () => {
    await expect((await open()).write(new Map())).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a store in a directory', () => {
  it.each(['..', '../../etc', 'a', '/etc/passwd', `${'0'.repeat(63)}/`])('refuses the id "%s"', async (id) => {
    const store = new DirectoryCheckpointStore(folder);
    const uses = [
      () => store.read(id),
      () => store.openFile(id, 'a.json'),
      () => store.listFiles(id),
      () => store.has(id),
      () => store.remove(id),
    ];
    for (const use of uses) {
      await expect(use()).rejects.toMatchObject({ code: 'invalid', field: 'checkpoint' });
    }
  });

  it('leaves nothing but the written set behind, when several write the same', async () => {
    const root = await mkdtemp(join(folder, 'race-'));
    const ids = await Promise.all([1, 2, 3].map(() => new DirectoryCheckpointStore(root).write(files('same'))));
    const id = ids[0] ?? '';
    expect(new Set(ids).size).toBe(1);
    expect(await readdir(root)).toEqual([id.slice(0, 2)]);
    expect(await readdir(join(root, id.slice(0, 2)))).toEqual([id]);
  });

  it('removes all files at once, and what is written meanwhile is whole', async () => {
    const root = await mkdtemp(join(folder, 'removal-'));
    const store = new DirectoryCheckpointStore(root);
    const many = new Map(Array.from({ length: 300 }, (_, at) => [`${at}.bin`, bytes('x'.repeat(at))] as const));
    const id = await store.write(many);
    const path = join(root, id.slice(0, 2), id);
    const removal = store.remove(id);
    let count = many.size;
    while (count === many.size) {
      await nextTurn();
      count = existsSync(path) ? readdirSync(path).length : 0;
    }
    expect(count).toBe(0);
    await store.write(many);
    await removal;
    expect((await store.read(id)).size).toBe(many.size);
  });

  it('notices content that no longer matches its name', async () => {
    const root = await mkdtemp(join(folder, 'rot-'));
    const store = new DirectoryCheckpointStore(root);
    const id = await store.write(files('one'));
    await writeFile(join(root, id.slice(0, 2), id, 'a.json'), 'two');
    await expect(store.read(id)).rejects.toMatchObject({ code: 'corrupt' });
  });
});

function checkpointIn(store: CheckpointStore, resumeFrom?: SavedCheckpoint) {
  const registered: SavedCheckpoint[] = [];
  const resumedAt: number[] = [];
  const checkpoint = new TrialCheckpoint({
    store,
    resumeFrom,
    register: async (saved) => void registered.push(saved),
    resumed: (step) => resumedAt.push(step),
  });
  return { checkpoint, registered, resumedAt };
}

const network = () => tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] }), tf.layers.dense({ units: 1 })] });

describe('a checkpoint', () => {
  it('is null before one is saved', async () => {
    expect(await checkpointIn(new MemoryCheckpointStore()).checkpoint.load()).toBeNull();
  });

  it('is registered once it is in the store', async () => {
    const store = new MemoryCheckpointStore();
    const wasThere: boolean[] = [];
    const checkpoint = new TrialCheckpoint({
      store,
      register: async ({ id }) => void wasThere.push(await store.has(id)),
      resumed: () => undefined,
    });
    await checkpoint.save({ data: { epoch: 3 } }, { step: 3 });
    expect(wasThere).toEqual([true]);
  });

  it('of a group is loaded before the first save only, so that no rank goes on from another one than the rest', async () => {
    const store = new MemoryCheckpointStore();
    const { checkpoint, registered } = checkpointIn(store);
    await checkpoint.save({ data: 'before' }, { step: 1 });
    const ofRank = (writes: boolean) =>
      new TrialCheckpoint({
        store,
        resumeFrom: registered[0],
        isShared: true,
        keeps: () => writes,
        register: async () => undefined,
        resumed: () => undefined,
      });
    for (const rank of [ofRank(true), ofRank(false)]) {
      expect(await rank.load()).toMatchObject({ data: 'before' });
      await rank.save({ data: 'after' }, { step: 2 });
      await expect(rank.load()).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  it('brings data and tensors to the attempt that resumes from it, and its step', async () => {
    const store = new MemoryCheckpointStore();
    const { checkpoint, registered } = checkpointIn(store);
    const best = tf.tensor2d([[1, 2]]);
    await checkpoint.save({ data: { best: [0.5, null] }, tensors: { best } }, { step: 3 });
    const next = checkpointIn(store, registered[0]);
    const loaded = await next.checkpoint.load();
    expect(loaded).toMatchObject({ step: 3, data: { best: [0.5, null] } });
    expect(next.resumedAt).toEqual([3]);
    const tensors = loaded?.tensors() ?? {};
    expect(await tensors.best?.array()).toEqual([[1, 2]]);
    tf.dispose([best, tensors]);
  });

  it('of a model loads as the same model, and into another one', async () => {
    const { checkpoint } = checkpointIn(new MemoryCheckpointStore());
    const [saved, other, xs] = [network(), network(), tf.tensor2d([[1, -2]])];
    await checkpoint.save(saved, { step: 1 });
    const loaded = await checkpoint.load();
    await loaded?.restore({ model: other });
    const expected = outputs(saved, xs);
    expect(outputs(other, xs)).toEqual(expected);
    const fresh = await loaded?.model();
    expect(fresh === undefined ? [] : outputs(fresh, xs)).toEqual(expected);
  });

  it('of a model with two towers whose layers have the same names keeps the weights of both', async () => {
    const tower = (name: string, shift: number) =>
      tf.sequential({
        name,
        layers: [
          tf.layers.dense({ units: 1, inputShape: [2], name: 'inner', biasInitializer: tf.initializers.constant({ value: shift }) }),
        ],
      });
    const towers = (left: number, right: number): tf.LayersModel => {
      const [one, other] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
      const applied = [tower('left', left).apply(one), tower('right', right).apply(other)].flat();
      const outputs = tf.layers.concatenate().apply(applied.filter((tensor) => tensor instanceof tf.SymbolicTensor));
      return tf.model({ inputs: [one, other], outputs: outputs instanceof tf.SymbolicTensor ? outputs : [] });
    };
    const { checkpoint } = checkpointIn(new MemoryCheckpointStore());
    const [saved, other] = [towers(1, 2), towers(3, 4)];
    const weights = (model: tf.LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);
    await checkpoint.save(saved, { step: 1 });
    const loaded = await checkpoint.load();
    await loaded?.restore({ model: other });
    expect(weights(other)).toEqual(weights(saved));
    const fresh = await loaded?.model();
    expect(fresh === undefined ? [] : weights(fresh)).toEqual(weights(saved));
  });

  it('with the optimizer goes on as if nothing had happened', async () => {
    const [xs, ys] = [
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor2d([[1], [0]]),
    ];
    const compiled = () => {
      const made = network();
      made.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
      return made;
    };
    const options = { verbose: 0, shuffle: false } as const;
    const { checkpoint } = checkpointIn(new MemoryCheckpointStore());
    const uninterrupted = compiled();
    await uninterrupted.fit(xs, ys, { ...options, epochs: 2 });
    await checkpoint.save({ model: uninterrupted, optimizer: uninterrupted.optimizer }, { step: 2 });
    await uninterrupted.fit(xs, ys, { ...options, epochs: 2 });

    const loaded = await checkpoint.load();
    const withoutOptimizer = compiled();
    await loaded?.restore({ model: withoutOptimizer });
    const resumed = compiled();
    const before = tf.memory().numTensors;
    await loaded?.restore({ model: resumed, optimizer: resumed.optimizer });
    // Adam keeps two moments of each of the four weights.
    expect(tf.memory().numTensors).toBe(before + 8);
    await resumed.fit(xs, ys, { ...options, epochs: 2 });
    await withoutOptimizer.fit(xs, ys, { ...options, epochs: 2 });
    // TensorFlow.js restores Adam's 1 - 0.999^t by a power instead of a product; near 0.002 a rounding of 2^-24 is 3e-5 of it.
    const tolerance = 1e-4;
    expect(distance(outputs(resumed, xs), outputs(uninterrupted, xs))).toBeLessThan(tolerance);
    expect(distance(outputs(withoutOptimizer, xs), outputs(uninterrupted, xs))).toBeGreaterThan(100 * tolerance);
  });

  it('leaves no tensors behind', async () => {
    const made = network();
    made.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    await made.fit(tf.zeros([1, 2]), tf.zeros([1, 1]), { verbose: 0, epochs: 1 });
    const { checkpoint } = checkpointIn(new MemoryCheckpointStore());
    const before = tf.memory().numTensors;
    await checkpoint.save({ model: made, optimizer: made.optimizer }, { step: 1 });
    await (await checkpoint.load())?.restore({ model: made });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not fit into a model of other shapes', async () => {
    const { checkpoint } = checkpointIn(new MemoryCheckpointStore());
    await checkpoint.save(network(), { step: 1 });
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const loaded = await checkpoint.load();
    await expect(loaded?.restore({ model: other })).rejects.toMatchObject({ code: 'invalid', field: 'model' });
  });

  it.each([0, -1, 0.5])('refuses the step %s', async (step) => {
    await expect(checkpointIn(new MemoryCheckpointStore()).checkpoint.save({ data: 1 }, { step })).rejects.toMatchObject({ field: 'step' });
  });

  it.each([[NaN], [[1, undefined]], [{ at: new Date(0) }], [() => 1]])('refuses data that JSON would change: %o', async (data) => {
    const { checkpoint } = checkpointIn(new MemoryCheckpointStore());
    await expect(checkpoint.save({ data }, { step: 1 })).rejects.toMatchObject({ code: 'invalid', rule: 'must be plain JSON' });
  });
});

it('a model’s files are what tf.loadLayersModel takes', async () => {
  const made = network();
  const written = await modelFiles(made);
  expect([...written.keys()]).toEqual(['model.json', 'weights.bin']);
  const fetchFunc = async (input: string | URL | Request) => {
    const name = (input instanceof Request ? input.url : input.toString()).split('/').at(-1) ?? '';
    return new Response(Buffer.from(written.get(name) ?? []), {
      headers: { 'content-type': name.endsWith('.json') ? 'application/json' : 'application/octet-stream' },
    });
  };
  const loaded = await tf.loadLayersModel(tf.io.http('http://localhost/artefacts/model.json', { fetchFunc }));
  const xs = tf.tensor2d([[1, -2]]);
  expect(outputs(loaded, xs)).toEqual(outputs(made, xs));
});

describe('a single-host run with a checkpoint folder', () => {
  const counting = defineTraining({
    name: 'counting',
    metric: 'count',
    space: { until: { type: 'int', min: 1, max: 100, default: 4 } },
    train: async ({ hparams, checkpoint, reporter }) => {
      const saved = await checkpoint.load();
      for (let count = (saved?.step ?? 0) + 1; count <= hparams.until; count += 1) {
        await checkpoint.save({ data: count }, { step: count });
        await reporter.report(count);
      }
    },
  });
  const interrupted = async (checkpointFolder: string) => {
    const abort = new AbortController();
    const onReport = ({ step }: { step: number }) => step === 2 && abort.abort(new Error('interrupted'));
    await expect(
      runTraining(counting, {
        checkpointFolder,
        signal: abort.signal,
        onReport: (report) => void onReport(report),
        backend: { prefer: 'cpu' },
      }),
    ).rejects.toThrow('interrupted');
  };

  it('goes on where it was interrupted, and leaves nothing behind once complete', async () => {
    const checkpointFolder = await mkdtemp(join(folder, 'run-'));
    await interrupted(checkpointFolder);
    const { curve } = await runTraining(counting, { checkpointFolder, backend: { prefer: 'cpu' } });
    expect(curve.map((report) => report.step)).toEqual([3, 4]);
    expect(await filesIn(checkpointFolder)).toEqual([]);
    const again = await runTraining(counting, { checkpointFolder, backend: { prefer: 'cpu' } });
    expect(again.curve).toHaveLength(4);
  });

  it('starts anew with other hyperparameters, and leaves nothing of the interrupted run behind either', async () => {
    const checkpointFolder = await mkdtemp(join(folder, 'run-'));
    await interrupted(checkpointFolder);
    const { curve } = await runTraining(counting, { checkpointFolder, hparams: { until: 3 }, backend: { prefer: 'cpu' } });
    expect(curve).toHaveLength(3);
    expect(await filesIn(checkpointFolder)).toEqual([]);
  });

  it('starts anew where a power cut tore its marker', async () => {
    const checkpointFolder = await mkdtemp(join(folder, 'run-'));
    await interrupted(checkpointFolder);
    await writeFile(join(checkpointFolder, 'latest.json'), '{"run":"{\\"datas');
    const { curve } = await runTraining(counting, { checkpointFolder, backend: { prefer: 'cpu' } });
    expect(curve).toHaveLength(4);
  });
});

/** However deep. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

function outputs(model: tf.LayersModel, xs: tf.Tensor): number[] {
  return tf.tidy(() => {
    const predicted = model.predict(xs);
    return Array.isArray(predicted) ? [] : [...predicted.dataSync()];
  });
}

function distance(first: readonly number[], second: readonly number[]): number {
  return Math.max(...first.map((value, at) => Math.abs(value - (second[at] ?? NaN))));
}
