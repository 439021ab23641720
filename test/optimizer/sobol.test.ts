import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSpace } from '../../core/compiled-space.ts';
import type { SearchSpace } from '../../core/space.ts';
import { sobolSampler } from '../../optimizer/samplers/sobol.ts';
import { sobolBits, SobolSequence } from '../../optimizer/sobol/sobol.ts';
import { samplerContract } from '../contract/sampler.ts';
import { anySpace } from '../core/arbitraries.ts';

const choice = { type: 'sobol' };
const create = (space: SearchSpace, seed: number) => sobolSampler.create({ space: compileSpace(space), seed, choice, resource: null });
samplerContract('sobol', { create, spaces: anySpace });

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });

function points(dimensions: number, seed: number, first: number, count: number): Float64Array[] {
  const sequence = new SobolSequence(dimensions, seed);
  return Array.from({ length: count }, (_, index) => sequence.point(first + index));
}

describe('the Sobol sequence', () => {
  // [dimension, index, bits]: SciPy 1.17, qmc.Sobol(64, scramble=False, bits=32).random(1024)[i] at index i ^ (i >> 1), since SciPy
  // goes in Gray code.
  it.each([
    [0, 540, 943718400],
    [1, 86, 1107296256],
    [1, 540, 415236096],
    [2, 86, 3321888768],
    [2, 540, 2227175424],
    [6, 4, 2684354560],
    [6, 86, 100663296],
    [6, 540, 197132288],
    [20, 86, 3254779904],
    [20, 540, 2243952640],
    [41, 86, 2852126720],
    [41, 540, 1094713344],
    [63, 4, 1610612736],
    [63, 86, 2785017856],
    [63, 540, 1916796928],
  ])('has dimension %i of point %i where SciPy has it', (dimension, index, bits) => {
    expect(sobolBits(dimension, index)).toBe(bits);
  });

  it('puts one of 2^k points into each of 2^k slices of every dimension, also beyond the table', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 1000 }), (seed, k, block) => {
        const size = 2 ** k;
        const set = points(150, seed, block * size, size);
        for (let dimension = 0; dimension < 150; dimension++) {
          expect(new Set(set.map((point) => Math.floor((point[dimension] ?? NaN) * size))).size).toBe(size);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('puts one of 2^k points into every box of that volume in the first two dimensions', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }), (seed, a, b) => {
        const boxes = points(2, seed, 0, 2 ** (a + b)).map(([x = NaN, y = NaN]) => `${Math.floor(x * 2 ** a)} ${Math.floor(y * 2 ** b)}`);
        expect(new Set(boxes).size).toBe(2 ** (a + b));
      }),
    );
  });

  it('leaves less discrepancy than independent draws', () => {
    // The expected square of the L2 star discrepancy of n independent points in d dimensions is (2^-d - 3^-d) / n; a scrambled
    // net's falls nearly as 1 / n^2, so at 256 points it has to be far below.
    for (const seed of [1, 2, 3, 4, 5]) {
      const [n, d] = [256, 5];
      expect(squaredDiscrepancy(points(d, seed, 0, n))).toBeLessThan((2 ** -d - 3 ** -d) / n / 4);
    }
  });

  it('spreads each single point evenly over the seeds', () => {
    // Mean of 4000 uniform draws: its standard deviation is sqrt(1 / 12 / 4000) = 0.0046; four of them are exceeded by one in 16,000.
    for (const index of [0, 1, 77]) {
      const drawn = Array.from({ length: 4000 }, (_, seed) => new SobolSequence(1, seed).point(index)[0] ?? NaN);
      expect(Math.abs(drawn.reduce((sum, x) => sum + x, 0) / 4000 - 0.5)).toBeLessThan(0.0183);
    }
  });

  it('does not repeat a dimension beyond the table', () => {
    // The correlation of 1024 independent pairs has the standard deviation 1 / sqrt(1024); four of them.
    const set = points(128, 9, 0, 1024);
    for (let dimension = 0; dimension < 64; dimension++) {
      const products = set.map((point) => ((point[dimension] ?? NaN) - 0.5) * ((point[dimension + 64] ?? NaN) - 0.5));
      expect(Math.abs((12 * products.reduce((sum, product) => sum + product, 0)) / 1024)).toBeLessThan(4 / 32);
    }
  });

  it('stays inside the cube', () => {
    const set = points(8, 3, 0, 4096);
    expect(set.every((point) => point.every((x) => x > 0 && x < 1))).toBe(true);
  });
});

describe('the Sobol sampler', () => {
  it('gives every choice its share', () => {
    const sampler = create({ a: { type: 'categorical', choices: ['x', 'y', 'z', 'w'] }, b: { type: 'float', min: 0, max: 1 } }, 5);
    const counts = new Map<unknown, number>();
    for (let number = 0; number < 32; number++) {
      const nothing = { observations: [], pending: [], fit: null, isBound: () => false, isListed: () => false };
      const a = sampler.suggest(number, nothing)?.a;
      counts.set(a, (counts.get(a) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([8, 8, 8, 8]);
  });
});

/** Of the L2 star discrepancy, by Warnock's formula (1972). */
function squaredDiscrepancy(set: readonly Float64Array[]): number {
  const n = set.length;
  const d = set[0]?.length ?? 0;
  let single = 0;
  let pairs = 0;
  for (const p of set) {
    single += p.reduce((product, x) => product * (1 - x * x), 1);
    for (const q of set) pairs += p.reduce((product, x, i) => product * (1 - Math.max(x, q[i] ?? NaN)), 1);
  }
  return 3 ** -d - (2 ** (1 - d) / n) * single + pairs / n / n;
}
