import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { MaggyClient } from '../../client/client.ts';
import { useTestRedis } from '../support/redis.ts';
import { whenEnded, Workplace } from './workplace.ts';

const redis = useTestRedis();
let place: Workplace;

beforeAll(async () => {
  place = await Workplace.create({ REDIS_URL: redis.url, MAGGY_PREFIX: redis.prefix.slice(0, -1) });
});
afterAll(() => place.remove());

/** A stack that serves, and its URL. */
async function startUp(...args: string[]): Promise<{ owner: ChildProcessWithoutNullStreams; url: string; printed: string[] }> {
  const owner = place.start('up', '--functions', 'functions', '--workers', '1', '--slots', '1', '--lockstep-slots', '0', ...args);
  const printed: string[] = [];
  createInterface(owner.stdout).on('line', (line) => printed.push(line));
  createInterface(owner.stderr).on('line', (line) => printed.push(line));
  await vi.waitFor(() => expect(printed.join('\n')).toContain('Ctrl-C'), { timeout: 60_000, interval: 50 });
  const url = /http:\/\/[\d.]+:\d+/.exec(printed.join('\n'))?.[0] ?? '';
  return { owner, url, printed };
}

/** All processes that descend from one, it included. */
async function family(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const members = [pid];
  for (const member of members) members.push(...processes.flatMap(([child = 0, parent]) => (parent === member ? [child] : [])));
  return members;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function allGone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 15_000, interval: 100 });
}

describe('maggy up', { timeout: 120_000 }, () => {
  it('says where it serves, refuses a second one on its port in one sentence, and ends with all its processes on SIGTERM', async () => {
    const { owner, url, printed } = await startUp('--port', '0');
    expect(printed.join('\n')).toMatch(/Docs +http.*\/docs/);
    expect(await new MaggyClient(url).trainingFunctions()).toEqual(['climb', 'descent', 'gulls', 'mnist-cnn', 'weighing']);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    // API, optimizer, worker and its trial process, beside the owner.
    const pids = await family(owner.pid ?? 0);
    expect(pids.length).toBeGreaterThanOrEqual(5);

    const second = await place.maggy('up', '--port', new URL(url).port, '--functions', 'functions');
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^maggy up: Port \d+ is taken: [^\n]*PORT\n$/);

    const end = whenEnded(owner);
    owner.kill('SIGTERM');
    expect((await end).code).toBe(0);
    await allGone(pids);
  });

  it('names a file that cannot be loaded with its reason, also one that is edited later, and keeps the logs of the run before', async () => {
    const log = join(place.folder, '.maggy/logs/local/worker-1.log');
    const file = join(place.functions, 'edited.ts');
    await mkdir(dirname(log), { recursive: true });
    await writeFile(log, 'of the run before\n');
    await writeFile(file, 'export default {');
    onTestFinished(() => rm(file));
    const { owner, url, printed } = await startUp('--port', '0', '--workers', '2');
    const said = (): string[] => printed.filter((line) => line.includes('edited'));
    expect(said()).toEqual(['Not loaded edited.ts: Expected identifier but found end of file (edited.ts:1)']);
    expect((await new MaggyClient(url).workers())[0]?.broken).toEqual([expect.objectContaining({ file })]);

    await writeFile(file, "import { defineTraining } from 'maggy';\nexport default defineTraining({ name: 'edited', train: () => 1 });");
    await vi.waitFor(() => expect(said().at(-1)).toBe('Loaded     edited'), { timeout: 30_000, interval: 100 });
    await vi.waitFor(async () => expect(await new MaggyClient(url).trainingFunctions()).toContain('edited'), { timeout: 5000 });
    await writeFile(file, 'throw new Error("no data");');
    await vi.waitFor(() => expect(printed).toContain('Not loaded edited.ts: no data (edited.ts:1)'), { timeout: 30_000, interval: 100 });

    const end = whenEnded(owner);
    owner.kill('SIGTERM');
    await end;
    expect(await readFile(log, 'utf8')).toMatch(/^of the run before\n[^]*no data/);
  });

  it('leaves no process behind when its owner is killed', async () => {
    const { owner } = await startUp('--port', '0');
    const pids = await family(owner.pid ?? 0);
    owner.kill('SIGKILL');
    await allGone(pids);
  });

  it('ends with the name of the log when one of its processes dies', async () => {
    const { owner, url, printed } = await startUp('--port', '0');
    const pids = await family(owner.pid ?? 0);
    const [worker] = await new MaggyClient(url).workers();
    const end = whenEnded(owner);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    expect((await end).code).toBe(1);
    expect(printed.join('\n')).toMatch(/worker-1 ended by itself \(SIGKILL\); its log is .*worker-1\.log/);
    await allGone(pids);
  });
});
