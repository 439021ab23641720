/** `maggy archive`, `maggy restore` and `maggy replay --file`, on an experiment that was run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AshaSchedulerOptions } from '../../core/catalogue.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { runScript } from '../../queue/scripts.ts';
import { maggy } from '../support/command-line.ts';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 3, mode: 'promote' };
const folder = mkdtempSync(join(tmpdir(), 'maggy-archive-'));
let deployment: Deployment;

beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  vi.stubEnv('REDIS_URL', url);
  vi.stubEnv('MAGGY_PREFIX', deployment.keys.prefix);
  await deployment.optimizer();
  await deployment.worker({ slots: 2, pauseMs: 0, failing: 0.2 });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await deployment.close();
  rmSync(folder, { recursive: true });
});

/** Everything that Redis has of an experiment, as bytes that tell any difference but that of a set's order. */
async function contents(id: string): Promise<Record<string, unknown>> {
  const { redis, keys } = deployment;
  const names = (await redis.keys(`*{${id}}:*`)).filter((name) => name !== keys.of(id).tombstone).sort();
  const read = async (name: string): Promise<unknown> => {
    switch (await redis.type(name)) {
      case 'string':
        return redis.get(name);
      case 'list':
        return redis.lrange(name, 0, -1);
      case 'hash':
        return redis.hgetall(name);
      case 'zset':
        return redis.zrange(name, '0', '-1', 'WITHSCORES');
      case 'stream':
        return redis.xrange(name, '-', '+');
      default:
        throw new Error(`what is ${name}?`);
    }
  };
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])));
}

describe('an experiment that has ended', () => {
  it('leaves Redis for a file that verifies, and comes back as it was', async () => {
    const id = await deployment.submit({
      id: 'earchived1',
      tags: ['old'],
      scheduler: asha,
      decisionSteps: ashaScheduler.decisionSteps(asha),
      maxTrials: 20,
    });
    await deployment.ended(id);
    await until(
      'its optimizer has let go of it',
      async () => (await deployment.redis.exists(`${deployment.keys.bull}:experiments:${id}`)) === 0,
    );
    const before = await contents(id);
    const file = join(folder, 'one.maggy');
    expect(await maggy('archive', id, '--output', file)).toMatchObject({ code: 0, stderr: '' });
    expect(await contents(id)).toEqual({});
    expect((await deployment.experiments.list({ limit: 10 })).ids).not.toContain(id);
    await expect(deployment.experiments.guard(id)).rejects.toMatchObject({ code: 'gone' });
    expect(await maggy('replay', '--file', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('differences  none') as string,
    });

    expect(await maggy('restore', file)).toMatchObject({ code: 0, stderr: '' });
    expect(await contents(id)).toEqual(before);
    expect((await deployment.experiments.list({ tag: 'old', state: 'completed', limit: 10 })).ids).toEqual([id]);
    await deployment.checkBooks(id);
    expect(await maggy('restore', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is in Redis already') as string });
    // It is an experiment like any other.
    await deployment.experiments.control(id, { action: 'extend', maxTrials: 5 });
    await until(
      'it has ended again',
      async () => (await deployment.endedNow(id))?.counts.queued === 0 && (await deployment.trials(id)).length === 25,
    );
    await deployment.ended(id);
    await deployment.checkBooks(id);
  });

  it('comes back whole where its removal was cut short', async () => {
    const id = await deployment.submit({ id: 'earchived6', maxTrials: 5 });
    await deployment.ended(id);
    const file = join(folder, 'six.maggy');
    await maggy('archive', id, '--output', file, '--keep');
    const before = await contents(id);
    await runScript(deployment.redis, 'archive', deployment.keys.of(id).guard, [(await deployment.events(id)).length]);
    await expect(deployment.experiments.guard(id)).rejects.toMatchObject({ code: 'gone' });
    expect((await maggy('restore', file)).code).toBe(0);
    expect(await contents(id)).toEqual(before);
    await deployment.checkBooks(id);
  });

  it('stays in Redis where anything happened while it was archived', async () => {
    const id = await deployment.submit({ id: 'earchived7', maxTrials: 5 });
    await deployment.ended(id);
    const seqBefore = (await deployment.events(id)).length - 1;
    const answer = await runScript(deployment.redis, 'archive', deployment.keys.of(id).guard, [seqBefore]);
    expect(answer.word).toBe('changed');
    await deployment.checkBooks(id);
  });

  it('may stay in Redis, and is not written over another file', async () => {
    const id = await deployment.submit({ id: 'earchived2', maxTrials: 3 });
    await deployment.ended(id);
    const file = join(folder, 'two.maggy');
    expect((await maggy('archive', id, '--output', file, '--keep')).code).toBe(0);
    await deployment.checkBooks(id);
    expect(await maggy('archive', id, '--output', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already') as string,
    });
    await deployment.checkBooks(id);
  });

  it('stays in Redis where its log does not verify', async () => {
    const id = await deployment.submit({ id: 'earchived3', maxTrials: 3 });
    await deployment.ended(id);
    const { log } = deployment.keys.of(id);
    const [entry = '', fields = []] = (await deployment.redis.xrange(log, '-', '+')).find(([, words]) => words.includes('bound')) ?? [];
    const forged = fields.map((word) => word.replace(/"seed":\d+/, '"seed":1'));
    // Redis takes no entry before the last: all of them are written anew.
    const all = await deployment.redis.xrange(log, '-', '+');
    await deployment.redis.del(log);
    for (const [name, words] of all) await deployment.redis.xadd(log, name, ...(name === entry ? forged : words));
    const said = await maggy('archive', id, '--output', join(folder, 'three.maggy'));
    expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining('stays in Redis') as string });
    expect((await deployment.experiments.guard(id)).phase).toBe('ended');
  });
});

describe('what cannot be archived or restored is refused', () => {
  it('an experiment that runs or never was', async () => {
    const id = await deployment.submit({ id: 'earchived4', trainingFunction: { name: 'nobody', hash: 'b'.repeat(64) } });
    const file = join(folder, 'four.maggy');
    expect((await maggy('archive', id, '--output', file)).stderr).toContain('has not ended');
    expect((await maggy('archive', 'enowhere1', '--output', file)).stderr).toContain('there is no experiment enowhere1');
    expect(await readdir(folder)).not.toContain('four.maggy.unfinished');
  });

  it('a file that was cut or changed', async () => {
    const id = await deployment.submit({ id: 'earchived5', maxTrials: 3 });
    await deployment.ended(id);
    const file = join(folder, 'five.maggy');
    await maggy('archive', id, '--output', file);
    const text = await readFile(file, 'utf8');
    for (const broken of [
      text.slice(0, -100),
      text.replace('"completed"', '"comqleted"'),
      text.split('\n').slice(0, -2).join('\n'),
      '',
      'no archive',
    ]) {
      await writeFile(file, broken);
      expect((await maggy('restore', file)).code, broken.slice(-50)).toBe(1);
    }
    expect(await contents(id)).toEqual({});
    await writeFile(file, text);
    expect((await maggy('restore', file)).code).toBe(0);
    await deployment.checkBooks(id);
  });
});
