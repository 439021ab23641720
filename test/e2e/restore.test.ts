/** A copy of Redis's data, taken while an experiment runs, serves elsewhere: the experiment goes on there, and its log verifies. */
import { afterAll, expect, it } from 'vitest';
import { Deployment } from '../support/deployment.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';

const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

it('goes on from a backup', async () => {
  const original = await MortalRedis.start();
  ends.push(() => original.remove());
  const before = new Deployment(original.url, 'backup:');
  await before.optimizer();
  const worker = await before.worker({ slots: 2, steps: 5, pauseMs: 10 });
  const id = await before.submit({ id: 'erestored1', maxTrials: 30 });
  await until('some trials have completed', async () => ((await before.readModel.result(id))?.counts.completed ?? 0) >= 5);
  const copy = await original.copy();
  ends.push(() => copy.remove());
  await worker.end();
  await before.close();

  await copy.start();
  const after = new Deployment(copy.url, 'backup:', before.keys.prefix);
  ends.push(() => after.close());
  const kept = (await after.readModel.result(id))?.counts.completed ?? 0;
  expect(kept).toBeGreaterThanOrEqual(5);
  expect(kept).toBeLessThan(30);
  await after.optimizer();
  await after.worker({ slots: 2, steps: 5, pauseMs: 1 });
  expect((await after.ended(id)).counts.completed).toBe(30);
  await after.checkBooks(id);
});
