/** Scripts that people write, run as they run them. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { whenEnded, type Ended } from '../e2e/workplace.ts';
import { checkout } from '../support/user-folder.ts';
import { until } from '../support/until.ts';
import { isAlive } from '../worker/is-alive.ts';

/** Below the checkout, where `maggy` is found by its own name. */
const folder = join(checkout, '.maggy', `test-${randomUUID()}`);

beforeAll(() => mkdir(folder, { recursive: true }));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(name: string, text: string): Promise<ChildProcessWithoutNullStreams> {
  const file = join(folder, name);
  await writeFile(file, text);
  const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const runScript = async (name: string, text: string): Promise<Ended> => whenEnded(await start(name, text));

const fixture = (name: string): string => JSON.stringify(join(checkout, 'test', name));

describe('a script', { timeout: 120_000 }, () => {
  it('that holds its training function is told to guard the call', async () => {
    const { code, stderr } = await runScript(
      'unguarded.ts',
      `import { defineTraining } from 'maggy';
       import { lagom } from 'maggy/lagom';
       const training = defineTraining({ name: 'own', train: () => 1 });
       export default training;
       await lagom(training, { kind: 'train', slots: 1 });`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('lagom is called as the file of the training function is loaded');
    expect(stderr).toContain('if (import.meta.filename === process.argv[1])');
  });

  it('may hold its training function where it guards the call', async () => {
    const { code, stdout } = await runScript(
      'guarded.ts',
      `import { defineTraining } from 'maggy';
       import { lagom } from 'maggy/lagom';
       const training = defineTraining({ name: 'own', train: ({ seed }) => seed > 0 ? 1 : 0, direction: 'maximize' });
       export default training;
       if (import.meta.filename === process.argv[1]) {
         console.log(JSON.stringify(await lagom(training, { kind: 'train', slots: 1, backend: 'cpu' })));
       }`,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'completed', incumbent: { value: 1 } });
  });

  it('shows how it goes on stderr, line by line where that is no terminal, and opens no connection', async () => {
    const { code, stdout, stderr } = await runScript(
      'progress.ts',
      `import { createRequire } from 'node:module';
       import { lagom } from 'maggy/lagom';
       const { state } = await lagom(${fixture('lagom/fixtures/bowl.ts')}, { kind: 'tune', maxTrials: 3, slots: 1, backend: 'cpu' });
       const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => /node_modules\\/(ioredis|bullmq)\\//.test(path));
       console.log(JSON.stringify({ state, loaded }));`,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ state: 'completed', loaded: [] });
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^trial +state +value +steps +duration +params$/);
    for (const [at, line] of lines.slice(1).entries()) expect(line).toMatch(new RegExp(`^ +${at} +completed +\\d.* x -?\\d.*, y -?\\d`));
  });

  it('is among the examples', { timeout: 240_000 }, async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(checkout, 'examples/scripts/tune-from-a-script.ts')], { cwd: checkout });
    onTestFinished(() => void child.kill('SIGKILL'));
    const { code, stdout } = await whenEnded(child);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ trials completed, \d+ stopped early: \d+ epochs trained, \d+ saved$/m);
    expect(stdout).toMatch(/^trial \d+: [01]\.\d{4} after 10 epochs, [01]\.\d{4} after 20$/m);
  });

  it('that is killed leaves no trial behind', async () => {
    const child = await start(
      'killed.ts',
      `import { lagom } from 'maggy/lagom';
       await lagom(${fixture('lagom/fixtures/second-try.ts')}, {
         kind: 'train', hparams: { first: 'waits' }, backend: 'cpu', progress: false, onLog: (line) => console.log(line),
       });`,
    );
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const pidOf = (): string | undefined => /pid (\d+)\n/.exec(printed)?.[1];
    const pid = Number(await until('the trial has begun', pidOf));
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await until('its process has ended', () => !isAlive(pid));
  });
});
