/** A short run of the chaos driver. Which faults strike follows from the seed; `npm run chaos` runs longer ones. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runChaos } from './driver/run.ts';
import { rowsOf } from './driver/tale.ts';

const runs = fileURLToPath(new URL('../../.maggy/chaos', import.meta.url));

it('breaks a whole deployment again and again, and finds its books clean', { timeout: 600_000 }, async () => {
  const folder = join(runs, `test-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const { rows, wrong, experiments } = await runChaos({ seed: 5, seconds: 15, folder, tell: () => undefined });
  expect(wrong, `the logs are in ${folder}`).toEqual([]);
  for (const { kind, injected, survived } of rows) expect({ kind, survived }).toEqual({ kind, survived: injected });
  expect(rows.reduce((sum, { injected }) => sum + injected, 0)).toBeGreaterThan(3);
  expect(experiments).toBeGreaterThan(3);
  rmSync(folder, { recursive: true });
});

it('tells of each kind how often it was survived, and how long that took', () => {
  const endings = [3000, 1000, null, 2000].map((recoveryMs) => ({ kind: 'cut', recoveryMs }));
  expect(rowsOf(['cut', 'never'], endings)).toEqual([
    { kind: 'cut', injected: 4, survived: 3, medianMs: 2000, worstMs: 3000 },
    { kind: 'never', injected: 0, survived: 0, medianMs: null, worstMs: null },
  ]);
});
