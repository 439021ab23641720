/** Gradients in float16: close to what exact ones come to, the same on all ranks, and half the bytes. */
import { afterEach, expect, it } from 'vitest';
import { PATIENT_MS, Ranks, type Answer } from './ranks.ts';

/** Float16 has 11 bits; with what rounding takes away sent later, 20 steps end within a few of its last ones. */
const TOLERANCE = 0.01;

let ranks: Ranks;
afterEach(() => ranks.stop());

it.each([2, 3])('%i ranks come close to exact training with the same bits on all', async (worldSize) => {
  ranks = await Ranks.start(worldSize, PATIENT_MS);
  const exact = await ranks.run('mlp momentum fit');
  const [first, ...others] = await ranks.run('mlp momentum fit', () => ({ compression: 'float16' }));
  for (const other of others) expect(other.result).toEqual(first?.result);
  const [expected, weights] = [weightsOf(exact[0]), weightsOf(first)];
  expect(weights).not.toEqual(expected);
  const distance = Math.hypot(...weights.map((value, at) => value - (expected[at] ?? 0))) / Math.hypot(...expected);
  expect(distance).toBeLessThanOrEqual(TOLERANCE);
  expect((first?.statistics?.bytes ?? 0) / (exact[0]?.statistics?.bytes ?? 0)).toBeLessThan(0.6);
});

it('changes nothing for one rank', async () => {
  ranks = await Ranks.start(1, PATIENT_MS);
  const [exact] = await ranks.run('mlp sgd fit');
  const [first] = await ranks.run('mlp sgd fit', () => ({ compression: 'float16' }));
  expect(first?.result).toMatchObject({ state: 'completed' });
  expect(first?.result).toEqual(exact?.result);
});

function weightsOf(answer: Answer | undefined): number[] {
  expect(answer?.result).toMatchObject({ state: 'completed' });
  return (answer?.result as { result: number[][] }).result.flat();
}
