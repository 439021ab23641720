/** What a worker makes of edits in its functions folder while it serves. */
import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry, type WorkerRecord } from '../../queue/registry.ts';
import type { TrialWorker } from '../../worker/worker.ts';
import { until } from '../support/until.ts';
import { useTestBed } from './bed.ts';
import { TestExperiment } from './experiment.ts';

const bed = useTestBed();
const registry = new Registry(bed.redis, bed.keys);
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'maggy-functions-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A training function that returns a number, or what an expression says. */
function returns(name: string, value: number | string, imports = ''): string {
  return `import { defineTraining } from 'maggy';
    ${imports}
    export default defineTraining({ name: '${name}', direction: 'maximize', train: () => ${value} });`;
}

/** Waits until there is such a file. */
function waits(name: string, file: string): string {
  const imports = "import { existsSync } from 'node:fs'; import { setTimeout as sleep } from 'node:timers/promises';";
  return returns(name, `(async () => { while (!existsSync('${file}')) await sleep(20); return 1; })()`, imports);
}

/** A folder with these modules, a worker that serves it in a pool of its own, and what it tells. */
class Served {
  readonly folder: string;
  readonly pool: string;
  readonly worker: TrialWorker;
  readonly told: readonly string[];

  private constructor(folder: string, worker: TrialWorker, told: readonly string[]) {
    this.folder = folder;
    this.pool = basename(folder);
    this.worker = worker;
    this.told = told;
  }

  static async start(modules: Readonly<Record<string, string>>, slots = 1): Promise<Served> {
    const folder = await mkdtemp(join(root, 'pool-'));
    for (const [file, text] of Object.entries(modules)) await write(join(folder, file), text);
    const told: string[] = [];
    const options = { functions: folder, pool: basename(folder), slots, logLevel: 'silent' };
    return new Served(folder, await bed.worker(options, {}, (line) => told.push(line)), told);
  }

  write(file: string, text: string): Promise<void> {
    return write(join(this.folder, file), text);
  }

  submit(name: string): Promise<TestExperiment> {
    return TestExperiment.submit(bed.redis, bed.keys, name, { pool: this.pool }, this.folder);
  }

  async record(): Promise<WorkerRecord> {
    const record = (await registry.workers()).find(({ id }) => id === this.worker.id);
    if (record === undefined) throw new Error('the worker is registered');
    return record;
  }

  /** The registration, once it is so. */
  async registered(what: string, isSo: (record: WorkerRecord) => boolean): Promise<WorkerRecord> {
    return until(what, async () => {
      const record = await this.record();
      return isSo(record) && record;
    });
  }

  async hashOf(name: string): Promise<string | undefined> {
    return (await this.record()).functions.find((held) => held.name === name)?.hash;
  }

  async changed(name: string, before: string | undefined): Promise<void> {
    await until(`another version of ${name} is held`, async () => {
      const hash = await this.hashOf(name);
      return hash !== undefined && hash !== before;
    });
  }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

describe('an edit in the functions folder', () => {
  it('is run by experiments that are submitted after it', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1), 'b.ts': returns('b', 5) });
    const first = await served.submit('a');
    await first.start({ trial: 0 });
    expect(await first.outcome(0)).toMatchObject({ type: 'completed', value: 1 });
    const hash = await served.hashOf('a');
    await served.write('a.ts', returns('a', 2));
    await served.changed('a', hash);
    const second = await served.submit('a');
    await second.start({ trial: 0 });
    expect(await second.outcome(0)).toMatchObject({ type: 'completed', value: 2 });
    expect(await registry.declaration(served.pool, second.specification.trainingFunction)).toMatchObject({ source: returns('a', 2) });
    expect(served.told).toEqual(['Loaded     a']);
  });

  it('of a local module counts as one of the functions that import it', async () => {
    const imports = "import { value } from './lib/value.ts';";
    const served = await Served.start({ 'a.ts': returns('a', 'value', imports), 'lib/value.ts': 'export const value = 1;' });
    const hash = await served.hashOf('a');
    await served.write('lib/value.ts', 'export const value = 2;');
    await served.changed('a', hash);
    const experiment = await served.submit('a');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 2 });
  });

  it('lets a trial of the old version finish, and gives its slot a process that holds the new one', async () => {
    const gate = join(root, 'gate');
    const served = await Served.start({ 'a.ts': waits('a', gate) });
    const old = await served.submit('a');
    await old.start({ trial: 0 });
    await old.event('bound', 0);
    const pids = served.worker.processIds;
    const hash = await served.hashOf('a');
    await served.write('a.ts', returns('a', 2));
    await served.changed('a', hash);
    expect(served.worker.processIds).toEqual(pids);
    await writeFile(gate, '');
    expect(await old.outcome(0)).toMatchObject({ type: 'completed', value: 1 });
    await until('its process was replaced', () => served.worker.processIds[0] !== pids[0]);
    const next = await served.submit('a');
    await next.start({ trial: 0 });
    expect(await next.outcome(0)).toMatchObject({ type: 'completed', value: 2 });
  });

  it('leaves the tickets of an experiment that pins the old version to other workers', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1) });
    const old = await served.submit('a');
    await served.write('a.ts', returns('a', 2));
    await served.changed('a', old.specification.trainingFunction.hash);
    await old.start({ trial: 0 });
    const next = await served.submit('a');
    await next.start({ trial: 0 });
    expect(await next.outcome(0)).toMatchObject({ type: 'completed', value: 2 });
    expect((await old.events()).map(({ type }) => type)).toEqual(['submitted']);
  });

  it('keeps warm the processes of functions that it did not change', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 'process.pid'), 'b.ts': returns('b', 1) });
    const experiment = await served.submit('a');
    await experiment.start({ trial: 0 });
    const first = await experiment.outcome(0);
    const hash = await served.hashOf('b');
    await served.write('b.ts', returns('b', 2));
    await served.changed('b', hash);
    await experiment.start({ trial: 1 });
    expect(await experiment.outcome(1)).toMatchObject({ type: 'completed', value: 'value' in first && first.value });
  });
});

describe('a file of the functions folder', () => {
  it('is held as soon as it is there, and no longer when it is gone', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1) });
    await served.write('b.ts', returns('b', 2));
    await served.registered('b is held', ({ functions }) => functions.some(({ name }) => name === 'b'));
    const experiment = await served.submit('b');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 2 });
    await rm(join(served.folder, 'a.ts'));
    const { functions } = await served.registered('a is gone', (record) => record.functions.every(({ name }) => name !== 'a'));
    expect(functions.map(({ name }) => name)).toEqual(['b']);
    expect(served.told).toEqual(['Loaded     b', 'Gone       a']);
  });

  it('that no longer loads is named with the reason, while the others are held, until it loads again', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1), 'b.ts': returns('b', 2) });
    await served.write('a.ts', `${returns('a', 1)}\nexport const half = ;`);
    const { functions, broken } = await served.registered('a is reported', (record) => record.broken.length > 0);
    const reason = 'a.ts: Unexpected ";" (a.ts:4)';
    expect(functions.map(({ name }) => name)).toEqual(['b']);
    expect(broken).toEqual([{ file: join(served.folder, 'a.ts'), reason }]);
    const experiment = await served.submit('b');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 2 });
    await served.write('a.ts', returns('a', 3));
    await served.registered('a is held', (record) => record.broken.length === 0 && record.functions.length === 2);
    expect(served.told).toEqual([`Not loaded ${reason}`, 'Gone       a', 'Loaded     a']);
  });

  it('that was broken when the worker started is held once what it imports is there', async () => {
    const imports = "import { value } from './lib/value.ts';";
    const served = await Served.start({ 'a.ts': returns('a', 'value', imports), 'b.ts': returns('b', 1) });
    expect(served.told).toEqual([expect.stringMatching(/^Not loaded a\.ts: Could not resolve "\.\/lib\/value\.ts" \(a\.ts:2\)$/)]);
    await served.write('lib/value.ts', 'export const value = ;');
    await served.registered('the import is reported', ({ broken }) => broken[0]?.reason.includes('lib/value.ts:1') === true);
    await served.write('lib/value.ts', 'export const value = 7;');
    await served.registered('a is held', ({ broken }) => broken.length === 0);
    const experiment = await served.submit('a');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 7 });
  });

  it('that ends the process which loads it is reported, and what was held before stays', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1) });
    await served.write('b.ts', 'process.exit(7);');
    const { functions, broken } = await served.registered('it is reported', (record) => record.broken.length > 0);
    expect(functions.map(({ name }) => name)).toEqual(['a']);
    expect(broken).toEqual([{ file: served.folder, reason: expect.stringContaining('exit code 7') as string }]);
    const experiment = await served.submit('a');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 1 });
    await rm(join(served.folder, 'b.ts'));
    await served.registered('nothing is broken', (record) => record.broken.length === 0);
  });

  it('is noticed when another is moved over it that is as old and as long', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1) });
    const hash = await served.hashOf('a');
    const { atime, mtime } = await stat(join(served.folder, 'a.ts'));
    await served.write('other.txt', returns('a', 2));
    await utimes(join(served.folder, 'other.txt'), atime, mtime);
    await rename(join(served.folder, 'other.txt'), join(served.folder, 'a.ts'));
    await served.changed('a', hash);
  });
});

describe('the declaration of a training function', () => {
  it('that is lost while a worker holds it is made again', async () => {
    const served = await Served.start({ 'a.ts': returns('a', 1) });
    const hash = (await served.hashOf('a')) ?? '';
    const version = `${served.pool}/a/${hash}`;
    await bed.redis.multi().hdel(bed.keys.functions, version).zrem(bed.keys.declared, version).exec();
    await until('it is declared', async () => (await registry.declaration(served.pool, { name: 'a', hash })) !== null);
  });
});
