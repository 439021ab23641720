import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { experimentFolder } from '../../core/store-layout.ts';
import { Deployment } from '../support/deployment.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';

const id = 'exp00001';
/** What a crash of Redis takes that syncs its file every second. */
const LOST_MS = 1000;
let storeFolder: string;
let redis: MortalRedis;
let deployment: Deployment;

beforeAll(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), 'maggy-deletion-'));
  redis = await MortalRedis.start();
  deployment = new Deployment(redis.url, 'deletion');
  await deployment.optimizer({ storeFolder });
  await deployment.worker({ slots: 1 });
});
afterAll(async () => {
  await deployment.close();
  await redis.remove();
  await rm(storeFolder, { recursive: true });
});

it('files of a deleted experiment go only when Redis cannot forget any more that somebody asked for it', async () => {
  const folder = experimentFolder(storeFolder, id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'checkpoint'), 'weights');
  await deployment.submit({ id, maxTrials: 2 });
  await deployment.ended(id);
  const path = await redis.appendOnlyFile();
  const sizes: { readonly at: number; readonly size: number }[] = [];
  await deployment.experiments.control(id, { action: 'delete' });
  await until('the files are gone', async () => {
    sizes.push({ at: performance.now(), size: (await stat(path)).size });
    return !existsSync(folder);
  });
  const goneAt = performance.now();
  await redis.kill();
  // The file as it was a second before the files were seen to be gone.
  const kept = sizes.findLast(({ at }) => at <= goneAt - LOST_MS);
  expect(kept).toBeDefined();
  await truncate(path, kept?.size);
  await redis.start();
  const { guard, tombstone } = deployment.keys.of(id);
  expect(await deployment.redis.hget(guard, 'phase')).toBe('deleting');
  await until('it is deleted all the same', async () => (await deployment.redis.exists(tombstone)) === 1);
  await until('nothing but the tombstone is left', async () => (await deployment.redis.keys(`*{${id}}*`)).length === 1);
});
