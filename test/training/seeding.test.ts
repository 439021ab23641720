import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { installSeededRandom, reseed, withSeed } from '../../training/seeding.ts';

const childFile = fileURLToPath(new URL('seeding.child.ts', import.meta.url));

/** Runs trials of those seeds one after the other in one fresh process. */
async function curvesOf(...seeds: number[]): Promise<number[][]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', childFile, 'wasm', ...seeds.map(String)]);
  const curves: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (isCurves(curves)) return curves;
  throw new TypeError(`the child printed ${stdout}`);
}

function isCurves(value: unknown): value is number[][] {
  return Array.isArray(value) && value.every((curve) => Array.isArray(curve));
}

const draws = (count: number): number[] => Array.from({ length: count }, () => Math.random());

describe('a seed', () => {
  it('gives the same curve, bit for bit, in every process, fresh or warm', async () => {
    const [[fresh], [again], [other, warm]] = await Promise.all([curvesOf(7), curvesOf(7), curvesOf(3, 7)]);
    expect(fresh?.every(Number.isFinite)).toBe(true);
    expect(again).toEqual(fresh);
    expect(warm).toEqual(fresh);
    expect(other).not.toEqual(fresh);
  });
});

describe('installSeededRandom', () => {
  let restore = (): void => undefined;
  afterEach(() => restore());

  it('repeats what is drawn after the same seed', () => {
    restore = installSeededRandom();
    reseed(5);
    const first = draws(4);
    reseed(6);
    expect(draws(4)).not.toEqual(first);
    reseed(5);
    expect(draws(4)).toEqual(first);
  });

  it('draws numbers from 0, included, to 1, excluded', () => {
    restore = installSeededRandom();
    for (const value of draws(1_000)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
    }
  });

  it('puts JavaScript’s own randomness back', () => {
    const original = Math.random;
    installSeededRandom()();
    expect(Math.random).toBe(original);
  });

  it('gives a part with a seed of its own the same numbers wherever it runs, and leaves the others alone', async () => {
    restore = installSeededRandom();
    reseed(5);
    const undisturbed = draws(3);
    reseed(5);
    const before = draws(1);
    const part = withSeed(9, async () => {
      const first = draws(1);
      await Promise.resolve();
      return [...first, ...draws(1)];
    });
    const after = draws(2);
    expect([...before, ...after]).toEqual(undisturbed);
    expect(await part).toEqual(withSeed(9, () => draws(2)));
  });

  it.each([0, -1, 1.5, 2 ** 32, Number.NaN])('refuses the seed %s', (seed) => {
    restore = installSeededRandom();
    expect(() => reseed(seed)).toThrow('seed: must be a positive 32-bit integer');
  });
});
