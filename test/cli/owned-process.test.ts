import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnedProcess } from '../../cli/stack/owned-process.ts';

let logFolder = '';

beforeAll(async () => {
  logFolder = await mkdtemp(join(tmpdir(), 'maggy-logs-'));
});
afterAll(() => rm(logFolder, { recursive: true, force: true }));

async function run(name: string): Promise<string> {
  const owned = await OwnedProcess.start({ name, command: ['--version'], env: process.env, logFolder });
  await owned.ended();
  return readFile(owned.logFile, 'utf8');
}

describe('the log of a process of a stack', () => {
  it('is gone on with at the next start', async () => {
    const first = await run('api');
    expect(first).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run('api')).toBe(first + first);
  });

  it('is put aside once it is full, in the place of the one before', async () => {
    const file = join(logFolder, 'worker-1.log');
    await writeFile(`${file}.1`, 'older');
    await writeFile(file, Buffer.alloc(10 * 2 ** 20, 'x'));
    expect(await run('worker-1')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await stat(`${file}.1`)).size).toBe(10 * 2 ** 20);
  });
});
