import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { OwnedProcess } from '../../cli/stack/owned-process.ts';
import { until } from '../support/until.ts';
import { isAlive } from '../worker/is-alive.ts';

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

describe('a process of a stack', () => {
  it.each([0, 100, 400, 1500])('ends with an owner that is killed %i ms after it has started it', async (ms) => {
    const file = fileURLToPath(new URL('owner.child.ts', import.meta.url));
    const args = ['--import', 'tsx', file, logFolder, inject('redisUrl'), 'test:owned'];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    await sleep(ms);
    owner.kill('SIGKILL');
    await until('the process is gone', () => !isAlive(pid));
  });
});
