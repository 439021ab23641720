import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { obtainRedis } from '../../queue/embedded-server.ts';
import type { ObtainedRedis, ObtainRedisOptions } from '../../queue/embedded-server.ts';

const run = promisify(execFile);

/** The checkout, so that a machine without Redis downloads it once and not for each test. */
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const dataFolder = (name: string): string => join(checkout, '.maggy', 'redis', name);

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'maggy-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function temporaryName(): string {
  const name = `test-${randomUUID()}`;
  onTestFinished(() => rm(dataFolder(name), { recursive: true, force: true }));
  return name;
}

async function start(options: Partial<ObtainRedisOptions> = {}): Promise<ObtainedRedis> {
  const redis = await obtainRedis({ folder: checkout, ...options });
  onTestFinished(() => redis.stop());
  return redis;
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const setting = (url: string, name: string): Promise<unknown> => withClient(url, async (client) => (await client.config('GET', name))[1]);

afterEach(() => vi.unstubAllEnvs());

const mirrorAnswers = await doesMirrorAnswer();

describe('a private server', () => {
  it('serves on a socket that only its user opens, keeps all keys, and appends to a file under .maggy', async () => {
    const { url } = await start({ appendonly: 'always' });
    expect(await setting(url, 'port')).toBe('0');
    expect(await setting(url, 'unixsocketperm')).toBe('700');
    expect(await setting(url, 'maxmemory-policy')).toBe('noeviction');
    expect(await setting(url, 'appendfsync')).toBe('always');
    expect(await setting(url, 'dir')).toContain(join(checkout, '.maggy', 'redis'));
  });

  it('leaves neither socket nor data behind when it has no name', async () => {
    const { url, stop } = await start();
    const folder = await setting(url, 'dir');
    expect(existsSync(url)).toBe(true);
    await stop();
    expect(existsSync(url)).toBe(false);
    expect(existsSync(String(folder))).toBe(false);
  });

  it('shares nothing with another one of the same folder', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    await withClient(one.url, (client) => client.set('key', 'of the one'));
    expect(await withClient(other.url, (client) => client.get('key'))).toBeNull();
  });

  it('keeps its data from one start to the next when it has a name', async () => {
    const name = temporaryName();
    const first = await start({ name });
    await withClient(first.url, (client) => client.set('key', 'kept'));
    await first.stop();
    const second = await start({ name });
    expect(await withClient(second.url, (client) => client.get('key'))).toBe('kept');
  });

  it('is refused to a second owner of the same name, who is told the first one', async () => {
    const name = temporaryName();
    await start({ name });
    await expect(start({ name })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
  });

  it('ends when its owner is killed with SIGKILL, and what it acknowledged is there for the next', async () => {
    const name = temporaryName();
    const script = fileURLToPath(new URL('../support/redis-owner.ts', import.meta.url));
    const owner = spawn(process.execPath, ['--import', 'tsx', script, checkout, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void owner.kill('SIGKILL'));
    const [url] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const pid = await withClient(url, async (client) => {
      await client.set('key', 'acknowledged');
      return Number(/^process_id:(\d+)/m.exec(await client.info('server'))?.[1]);
    });

    owner.kill('SIGKILL');

    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000 });
    await vi.waitFor(() => expect(existsSync(url)).toBe(false));
    const next = await start({ name });
    expect(await withClient(next.url, (client) => client.get('key'))).toBe('acknowledged');
  });

  it('is gone when stop resolves, even if its owner has nothing else to wait for', async () => {
    const script = fileURLToPath(new URL('../support/redis-stopper.ts', import.meta.url));
    const { stdout } = await run(process.execPath, ['--import', 'tsx', script, checkout]);
    const [started, stopped] = stdout.trim().split('\n');
    expect(stopped).toBe(started);
    expect(existsSync(String(started))).toBe(false);
  });

  it('that cannot start says why in the words of its log', async () => {
    const name = temporaryName();
    const { url, stop } = await start({ name, appendonly: 'always' });
    await withClient(url, (client) => client.set('key', 'value'));
    await stop();
    const files = join(dataFolder(name), 'appendonlydir');
    await rm(join(files, (await readdir(files)).find((file) => file.endsWith('.base.rdb')) ?? ''));
    await expect(start({ name })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/base\.rdb/) as string });
  });
});

describe('a given server', () => {
  it('is used as it is, and outlives stop', async () => {
    const { url } = await start();
    const given = await obtainRedis({ folder: checkout, url });
    expect(given).toMatchObject({ url, source: 'url' });
    await given.stop();
    expect(await withClient(url, (client) => client.ping())).toBe('PONG');
  });

  it('is refused when it may evict keys', async () => {
    const { url } = await start();
    await withClient(url, (client) => client.config('SET', 'maxmemory-policy', 'allkeys-lru'));
    await expect(obtainRedis({ folder: checkout, url })).rejects.toMatchObject({
      code: 'invalid',
      value: 'allkeys-lru',
      rule: expect.stringContaining('noeviction') as string,
    });
  });
});

describe('a machine without Redis', () => {
  it('hears in one sentence how to get one, where there is no apt either', async () => {
    vi.stubEnv('PATH', await temporaryFolder());
    await expect(obtainRedis({ folder: await temporaryFolder() })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/REDIS_URL.*apt-get install redis-server.*brew install redis[^.]*no apt-get and dpkg\.$/) as string,
    });
  });

  // Needs Debian's mirror: half a minute on a slow line, two seconds on a good one. Machines without Redis take this way in every run.
  it.runIf(mirrorAnswers)(
    'downloads the package of Debian and runs it from .maggy, installing nothing',
    async () => {
      const folder = await temporaryFolder();
      const abandoned = join(folder, '.maggy', `redis-package.partial-${await idOfDeadProcess()}-x`);
      await mkdir(abandoned, { recursive: true });
      vi.stubEnv('PATH', await pathWithoutRedis());

      const [one, other] = await Promise.all([start({ folder }), start({ folder })]);

      expect([one.source, other.source]).toEqual(['downloaded', 'downloaded']);
      expect(await withClient(one.url, (client) => client.ping())).toBe('PONG');
      expect(await readdir(join(folder, '.maggy'))).toEqual(['redis', 'redis-package']);
    },
    120_000,
  );
});

async function doesMirrorAnswer(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'maggy-mirror-'));
  try {
    await run('apt-get', ['-q', 'download', 'liblzf1'], { cwd: folder, timeout: 10_000 });
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every program of the system but Redis. */
async function pathWithoutRedis(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of await readdir('/usr/bin')) {
    if (!/^(redis|valkey)-/.test(name)) await symlink(join('/usr/bin', name), join(folder, name));
  }
  return folder;
}

async function idOfDeadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? Number.NaN;
}
