/** `maggy keys`, and the keys it makes, shown by whoever asks an API: commands, clients and scripts. */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/client.ts';
import { lagom } from '../../lagom/index.ts';
import climb from '../e2e/functions/climb.ts';
import { maggy } from '../support/command-line.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let server: RunningServer;

beforeAll(async () => {
  const keyPrefix = prefix.slice(0, -1);
  vi.stubEnv('REDIS_URL', inject('redisUrl'));
  vi.stubEnv('MAGGY_PREFIX', keyPrefix);
  server = await startServer({ redisUrl: url, prefix: keyPrefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0, requireKeys: true });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

describe('maggy keys', () => {
  it('makes a key that opens the API, lists it without its secret, and takes it back', async () => {
    const made = await maggy('keys', 'create', '--name', 'ann', '--scope', 'read', '--experiments', '3', '--trials', '8');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('not shown again') as string });
    const [, id = '', secret = ''] = /^maggy_([0-9a-f]{12})_([A-Za-z0-9_-]{43})\n$/.exec(made.stdout) ?? [];
    expect(secret).not.toBe('');
    const client = new MaggyClient(server.url, { apiKey: made.stdout.trim() });
    expect(await client.allExperiments({ tag: 'none', state: 'queued' })).toEqual([]);

    const listed = await maggy('keys', 'list');
    expect(listed.stdout).toMatch(new RegExp(`^${id}  read .* ann \\(6000 requests a minute, 3 experiments, 8 trials at once\\)$`, 'm'));
    expect(listed.stdout + (await maggy('keys', 'list', '--json')).stdout).not.toContain(secret);

    expect(await maggy('keys', 'revoke', id)).toMatchObject({ code: 0 });
    await expect(client.allExperiments({ tag: 'none', state: 'queued' })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await maggy('keys', 'revoke', id)).toMatchObject({
      code: 3,
      stderr: `maggy keys: there is no key ${id}\nmaggy keys list shows the keys there are.\n`,
    });
  });

  it.each([
    [['keys', 'create'], /--name/],
    [['keys', 'create', '--name', 'a', '--scope', 'root'], /Allowed choices are read, submit, admin/],
    [['keys', 'create', '--name', 'a', '--trials', '0'], /integer of at least 1/],
  ])('refuses %j', async (args, says) => {
    const { code, stderr } = await maggy(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});

describe('MAGGY_API_KEY', () => {
  it('is shown by commands and by scripts', async () => {
    vi.stubEnv('MAGGY_URL', server.url);
    const refused = await maggy('what-if', 'x00000', '--scheduler', 'asha');
    expect(refused.stderr).toContain('a valid API key must come');
    expect(await maggy('list')).toMatchObject({ code: 1, stderr: refused.stderr.replace('what-if', 'list') });
    vi.stubEnv('MAGGY_API_KEY', (await maggy('keys', 'create', '--name', 'script')).stdout.trim());
    expect((await maggy('what-if', 'x00000', '--scheduler', 'asha')).stderr).toContain('there is no experiment x00000');
    expect(await maggy('list')).toMatchObject({ code: 0, stderr: '' });
    const config = { kind: 'tune', maxTrials: 1, server: server.url, progress: false } as const;
    await expect(lagom(climb, config)).rejects.toMatchObject({ code: 'unknown-training-function' });
    await expect(lagom(climb, { ...config, apiKey: 'maggy_wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('an address with a user and a password', () => {
  it.each([
    'http://ann:s3cret@127.0.0.1:1',
    'http://:s3cret@127.0.0.1:1/',
    'ftp://ann:s3cret@127.0.0.1',
    'ann:s3cret@127.0.0.1:1',
    '//s3cret',
  ])('is never told: %s', async (address) => {
    vi.stubEnv('MAGGY_URL', address);
    vi.stubEnv('MAGGY_API_KEY', '');
    const { code, stdout, stderr } = await maggy('what-if', 'x00000', '--scheduler', 'asha');
    expect(code).toBe(stderr.includes('no API answers') ? 4 : 2);
    expect(stderr).toMatch(/^maggy what-if: (no API answers at http:\/\/127\.0\.0\.1:1|url: must be an address)/);
    expect(stdout + stderr).not.toContain('s3cret');
  });

  it('goes to a proxy in place of a key, and not beside one', () => {
    expect(new MaggyClient('http://ann:s3cret@host:1/base/').url).toBe('http://host:1/base');
    expect(() => new MaggyClient('http://ann:s3cret@host:1', { apiKey: 'k' })).toThrow(
      /^url: must be without user and password.*"http:\/\/host:1"$/,
    );
  });
});
