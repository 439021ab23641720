import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceRange } from '../../core/catalogue.ts';
import { compileSpace } from '../../core/compiled-space.ts';
import { configurationKey } from '../../core/params.ts';
import { randomStream } from '../../core/random.ts';
import type { Params, SearchSpace } from '../../core/space.ts';
import type { History, Observation, Sampler } from '../../optimizer/samplers/sampler.ts';
import { randomSampler } from '../../optimizer/samplers/random.ts';
import { tpeSampler } from '../../optimizer/samplers/tpe.ts';
import { Axes, type Axis } from '../../optimizer/tpe/axes.ts';
import { bandwidths } from '../../optimizer/tpe/bandwidths.ts';
import { kernelOf } from '../../optimizer/tpe/kernels.ts';
import { normalCdf } from '../../optimizer/tpe/normal.ts';
import { ParzenEstimator } from '../../optimizer/tpe/parzen.ts';
import { split } from '../../optimizer/tpe/split.ts';
import { samplerContract } from '../contract/sampler.ts';
import { anySpace } from '../core/arbitraries.ts';

const create = (space: SearchSpace, seed: number, resource: ResourceRange | null = null): Sampler =>
  tpeSampler.create({ space: compileSpace(space), seed, choice: { type: 'tpe' }, resource });

samplerContract('tpe', { create, spaces: anySpace });

const mixed: SearchSpace = {
  x: { type: 'float', min: -1, max: 3 },
  n: { type: 'int', min: 1, max: 40, scale: 'log' },
  c: { type: 'categorical', choices: ['a', 'b', 'c'] },
  m: { type: 'float', min: 0, max: 1, when: { c: 'b' } },
};

function drawPoints(axes: Axes, space: SearchSpace, count: number, seed: number): Float64Array[] {
  const sampler = randomSampler.create({ space: compileSpace(space), seed, choice: { type: 'random' }, resource: null });
  return Array.from({ length: count }, (_, number) => axes.point(sampler.suggest(number, history([])) ?? {}));
}

function history(observations: readonly Observation[], pending: readonly Params[] = []): History {
  const bound = new Set([...observations.map(({ params }) => params), ...pending].map(configurationKey));
  return { observations, pending, fit: null, isBound: (params) => bound.has(configurationKey(params)), isListed: () => false };
}

/** Trials of independent draws, with the losses that `loss` gives them. */
function observed(space: SearchSpace, count: number, loss: (params: Params) => number | null, seed = 5): Observation[] {
  const sampler = randomSampler.create({ space: compileSpace(space), seed, choice: { type: 'random' }, resource: null });
  return Array.from({ length: count }, (_, number) => {
    const params = sampler.suggest(number, history([])) ?? {};
    const value = loss(params);
    return { number, params, loss: value, resource: null, state: value === null ? 'failed' : 'completed' };
  });
}

function suggestions(space: SearchSpace, given: History, count: number): Params[] {
  // Each with a seed of its own, as independent looks at the same densities.
  return Array.from({ length: count }, (_, seed) => create(space, seed).suggest(given.observations.length, given) ?? {});
}

const places = Float64Array.of(0, 0.1, 0.5, 1);
const axesOfEachKind: readonly (readonly [string, Axis, number])[] = [
  ['a number, well inside', { kind: 'continuous' }, 0.4],
  ['a number, cut off at its bound', { kind: 'continuous' }, 0],
  ['levels of unequal width', { kind: 'ordered', places, shares: Float64Array.of(0.05, 0.25, 0.45, 0.25) }, 1],
  ['a choice', { kind: 'choice', count: 5 }, 3],
  ['a number that the component does not have', { kind: 'continuous' }, NaN],
  ['levels that the component does not have', { kind: 'ordered', places, shares: Float64Array.of(0.05, 0.25, 0.45, 0.25) }, NaN],
  ['a choice that the component does not have', { kind: 'choice', count: 5 }, NaN],
];

describe.each(axesOfEachKind)('the kernel of %s', (_, axis, centre) => {
  const kernel = kernelOf(axis, Float64Array.of(centre), 0.3);
  /** Of the component, then of the prior. */
  const densities = (x: number): [number, number] => {
    const terms = new Float64Array(2);
    kernel.add(terms, x);
    return [Math.exp(terms[0] ?? NaN), Math.exp(terms[1] ?? NaN)];
  };
  const cells = axis.kind === 'continuous' ? 2000 : axis.kind === 'ordered' ? axis.places.length : axis.count;
  const points = Array.from({ length: cells }, (_point, i) => (axis.kind === 'continuous' ? (i + 0.5) / cells : i));
  const width = axis.kind === 'continuous' ? 1 / cells : 1;

  it('integrates to 1, and so does the prior', () => {
    for (const which of [0, 1] as const) {
      // 7.5e-8 of the normal distribution function over a mass of a half at least; the midpoint rule is finer.
      expect(points.reduce((sum, x) => sum + densities(x)[which] * width, 0)).toBeCloseTo(1, 6);
    }
  });

  it('is drawn from as dense as it is', () => {
    const random = randomStream(4, 'kernel');
    const count = 20_000;
    for (const component of [0, 1] as const) {
      const draws = Array.from({ length: count }, () => kernel.draw(component, random));
      // Kolmogorov's distance of the empirical distribution: beyond 1.95 / sqrt(n) with one sound generator in a thousand.
      let [below, distance] = [0, 0];
      const sorted = draws.sort((a, b) => a - b);
      let drawn = 0;
      for (const x of points) {
        below += densities(x)[component] * width;
        while ((sorted[drawn] ?? Infinity) <= x + (axis.kind === 'continuous' ? width / 2 : 0)) drawn++;
        distance = Math.max(distance, Math.abs(below - drawn / count));
      }
      expect(distance).toBeLessThan(1.95 / Math.sqrt(count));
    }
  });
});

describe('the Parzen estimator', () => {
  it('has the density that the formula gives', () => {
    const axes = new Axes(compileSpace(mixed));
    const points = drawPoints(axes, mixed, 7, 3);
    const weights = [3, 1, 2, 0.5, 1, 1, 4];
    const estimator = new ParzenEstimator(axes.all, points, weights);
    for (const x of drawPoints(axes, mixed, 50, 4)) {
      // 7.5e-8 is what the normal distribution function may be off, and 1e-6 is more than its effect where a third is inside.
      expect(estimator.logDensity(x)).toBeCloseTo(Math.log(direct(axes, points, weights, x)), 6);
    }
  });

  it('integrates to 1 over every branch together', () => {
    const axes = new Axes(compileSpace(mixed));
    const estimator = new ParzenEstimator(axes.all, drawPoints(axes, mixed, 12, 8), new Array<number>(12).fill(1));
    let sum = 0;
    const cells = 24;
    for (let n = 0; n < 40; n++) {
      for (let c = 0; c < 3; c++) {
        for (let i = 0; i < cells; i++) {
          const x = (i + 0.5) / cells;
          const ms = c === 1 ? Array.from({ length: cells }, (_, j) => (j + 0.5) / cells) : [NaN];
          for (const m of ms) sum += Math.exp(estimator.logDensity(Float64Array.of(x, n, c, m))) / cells / ms.length;
        }
      }
    }
    // The midpoint rule with 24 cells, on kernels some five cells wide or more, is exact to far more than three digits.
    expect(sum).toBeCloseTo(1, 3);
  });

  it('draws from its own density', () => {
    const axes = new Axes(compileSpace(mixed));
    const estimator = new ParzenEstimator(axes.all, drawPoints(axes, mixed, 5, 1), [1, 2, 3, 1, 1]);
    const random = randomStream(1, 'draws');
    const draws = Array.from({ length: 20_000 }, () => estimator.draw(random));
    for (const choice of [0, 1, 2]) {
      const share = draws.filter((point) => point[2] === choice).length / draws.length;
      const density = Math.exp(estimator.logDensity(Float64Array.of(NaN, NaN, choice, NaN)));
      // Four standard deviations of a share of 20,000 draws, sqrt(1/4 / 20,000) at most.
      expect(Math.abs(share - density)).toBeLessThan(0.0142);
    }
    const low = draws.filter(([x = NaN]) => x < 0.5).length / draws.length;
    const cells = 2000;
    const below = Array.from({ length: cells }, (_, i) =>
      Math.exp(estimator.logDensity(Float64Array.of((i + 0.5) / cells / 2, NaN, NaN, NaN))),
    );
    expect(Math.abs(low - below.reduce((sum, height) => sum + height, 0) / cells / 2)).toBeLessThan(0.0142);
  });

  it('knows the normal distribution', () => {
    // scipy.stats.norm.cdf
    const reference: readonly (readonly [number, number])[] = [
      [0, 0.5],
      [1.5, 0.9331927987311419],
      [-3, 0.0013498980316300933],
    ];
    for (const [z, probability] of reference) expect(Math.abs(normalCdf(z) - probability)).toBeLessThan(7.5e-8);
  });

  /** The mixture as its header writes it, without logarithms, from densities written down once more. */
  function direct(axes: Axes, points: readonly Float64Array[], weights: readonly number[], x: Float64Array): number {
    const sigmas = bandwidths(axes.all, points, weights);
    const kernel = (j: number, value: number, centre: number): number => {
      const axis = axes.all[j];
      const sigma = sigmas[j] ?? NaN;
      const bell = (z: number) => Math.exp((-z * z) / 2);
      if (axis?.kind === 'continuous') {
        if (Number.isNaN(centre)) return 1;
        const cells = 4000;
        const mass = Array.from({ length: cells }, (_, i) => bell(((i + 0.5) / cells - centre) / sigma));
        return bell((value - centre) / sigma) / (mass.reduce((sum, height) => sum + height, 0) / cells);
      }
      if (axis?.kind === 'ordered') {
        const { places, shares } = axis;
        const weight = (level: number) => (shares[level] ?? NaN) * bell(((places[level] ?? NaN) - (places[centre] ?? NaN)) / sigma);
        if (Number.isNaN(centre)) return shares[value] ?? NaN;
        return weight(value) / Array.from(places, (_, level) => weight(level)).reduce((sum, part) => sum + part, 0);
      }
      const count = axis?.count ?? NaN;
      if (Number.isNaN(centre)) return 1 / count;
      return value === centre ? 1 - sigma : sigma / (count - 1);
    };
    const product = (point: Float64Array | null) =>
      Array.from(x, (value, j) => (Number.isNaN(value) ? 1 : kernel(j, value, point?.[j] ?? NaN))).reduce((a, b) => a * b, 1);
    const total = weights.reduce((sum, weight) => sum + weight, 1);
    return points.reduce((sum, point, i) => sum + ((weights[i] ?? NaN) / total) * product(point), product(null) / total);
  }
});

describe('the split into good and bad trials', () => {
  const space: SearchSpace = { x: { type: 'float', min: 0, max: 1 }, c: { type: 'categorical', choices: ['a', 'b'] } };
  const axes = new Axes(compileSpace(space));
  const ranked = (count: number, choice: (rank: number) => string) =>
    Array.from({ length: count }, (_, rank) => ({ params: { x: rank / count, c: choice(rank) } }));

  it('weighs good trials by rank, with a mean of one', () => {
    const { good } = split(
      axes,
      ranked(100, () => 'a'),
    );
    expect(good.weights).toHaveLength(15);
    expect([...good.weights].sort((a, b) => b - a)).toEqual(good.weights);
    expect(good.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(15, 10);
  });

  it('keeps a seat for the best trial of a choice that no good trial has', () => {
    const { good } = split(
      axes,
      ranked(100, (rank) => (rank === 60 || rank === 80 ? 'b' : 'a')),
    );
    expect(good.points).toHaveLength(16);
    expect(good.points.at(-1)).toEqual(Float64Array.of(0.6, 1));
    expect(good.weights.at(-1)).toBeLessThan(good.weights[7] ?? NaN);
  });

  it('takes for good only what compares, and for bad also what lies beneath', () => {
    const compared = ranked(20, () => 'a');
    const beneath = Array.from({ length: 30 }, (_, place) => ({ params: { x: 0.9 + place / 1000, c: 'a' } }));
    const { good, bad } = split(axes, compared, beneath);
    expect(good.points).toHaveLength(3);
    expect(bad.points).toHaveLength(17 + 30);
    expect(bad.points.slice(17).every(([x = NaN]) => x >= 0.9)).toBe(true);
  });

  it('thins a long list of bad trials evenly and lets the weights make up for it', () => {
    const { bad } = split(
      axes,
      ranked(9025, () => 'a'),
    );
    expect(bad.points).toHaveLength(400);
    expect(bad.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(9000, 6);
    const mean = bad.points.reduce((sum, [x = NaN]) => sum + x, 0) / 400;
    // Ranks 25 … 9024 of 9025: the middle one lies at 4524.5 / 9025.
    expect(mean).toBeCloseTo(4524.5 / 9025, 3);
  });
});

describe('the tpe sampler', () => {
  const line: SearchSpace = { x: { type: 'float', min: 0, max: 1 } };

  it('begins with Sobol points', () => {
    const first = Array.from({ length: 8 }, (_, number) => Number(create(line, 3).suggest(number, history([]))?.x));
    expect(new Set(first.map((x) => Math.floor(8 * x))).size).toBe(8);
  });

  it('proposes where good trials are', () => {
    const given = history(observed(line, 60, ({ x }) => (Number(x) - 0.7) ** 2));
    const made = suggestions(line, given, 100).map(({ x }) => Number(x));
    // An independent draw is this near in a fifth of all cases.
    expect(made.filter((x) => Math.abs(x - 0.7) < 0.1).length).toBeGreaterThan(80);
  });

  it('does not follow the scale of the losses', () => {
    const loss = ({ x }: Params) => (Number(x) - 0.7) ** 2;
    const plain = history(observed(line, 40, loss));
    const stretched = history(observed(line, 40, (params) => Math.exp(200 * loss(params)) - 1e5));
    expect(suggestions(line, stretched, 20)).toEqual(suggestions(line, plain, 20));
  });

  it('goes to the other of two equal valleys where trials are pending in one', () => {
    const observations = observed(line, 60, ({ x }) => Math.min((Number(x) - 0.2) ** 2, (Number(x) - 0.8) ** 2));
    const inLowValley = (pendingAt: number) => {
      const pending = Array.from({ length: 8 }, (_, i) => ({ x: pendingAt + (i - 4) * 1e-3 }));
      return suggestions(line, history(observations, pending), 100).filter(({ x }) => Number(x) < 0.5).length;
    };
    expect(inLowValley(0.2)).toBeLessThan(20);
    expect(inLowValley(0.8)).toBeGreaterThan(80);
  });

  it('keeps away from where trials failed', () => {
    // Flat but for failures in the upper half.
    const given = history(observed(line, 60, ({ x }) => (Number(x) > 0.5 ? null : 1)));
    const made = suggestions(line, given, 100).map(({ x }) => Number(x));
    expect(made.filter((x) => x > 0.5).length).toBeLessThan(10);
  });

  it('learns in each branch of a conditional space on its own', () => {
    const tree: SearchSpace = {
      branch: { type: 'categorical', choices: ['left', 'right'] },
      a: { type: 'float', min: 0, max: 1, when: { branch: 'left' } },
      b: { type: 'float', min: 0, max: 1, when: { branch: 'right' } },
    };
    const loss = ({ branch, a, b }: Params) => (branch === 'left' ? 1 + (Number(a) - 0.2) ** 2 : (Number(b) - 0.8) ** 2);
    const made = suggestions(tree, history(observed(tree, 80, loss)), 100);
    const right = made.filter(({ branch }) => branch === 'right');
    expect(right.length).toBeGreaterThan(80);
    expect(right.filter(({ b }) => Math.abs(Number(b) - 0.8) < 0.15).length).toBeGreaterThan(0.8 * right.length);
    expect(right.every((params) => !('a' in params))).toBe(true);
  });

  it('finds a level and a choice among numbers with few values', () => {
    const space: SearchSpace = {
      n: { type: 'int', min: 1, max: 12 },
      o: { type: 'ordinal', choices: [16, 32, 64, 128] },
      c: { type: 'categorical', choices: ['a', 'b', 'c'] },
    };
    const loss = ({ n, o, c }: Params) => (Number(n) - 9) ** 2 + Math.abs(Math.log2(Number(o)) - 6) + (c === 'b' ? 0 : 2);
    // 144 configurations, so the best ones are soon taken: this counts where the sampler would go had none been tried.
    const given = { ...history(observed(space, 60, loss)), isBound: () => false };
    const made = suggestions(space, given, 100);
    expect(made.filter(({ n }) => Math.abs(Number(n) - 9) <= 1).length).toBeGreaterThan(80);
    expect(made.filter(({ c }) => c === 'b').length).toBeGreaterThan(60);
  });

  it('models the highest resource that has enough results', () => {
    // At the low resource small x look best, at the high one large x are.
    const rows = (resource: number, count: number, loss: (x: number) => number) =>
      observed(line, count, ({ x }) => loss(Number(x)), resource).map((row) => ({ ...row, resource, state: 'measured' as const }));
    const low = rows(1, 60, (x) => x);
    const few = history([...low, ...rows(9, 3, (x) => 1 - x)]);
    const many = history([...low, ...rows(9, 30, (x) => 1 - x)]);
    const mean = (given: History) => suggestions(line, given, 50).reduce((sum, { x }) => sum + Number(x), 0) / 50;
    expect(mean(few)).toBeLessThan(0.25);
    expect(mean(many)).toBeGreaterThan(0.75);
  });

  it('leaves a place whose trials never get beyond the first rung', () => {
    // At the high resource 0.3 looks best; whatever was tried there since was stopped at the low one.
    const reached = observed(line, 20, ({ x }) => (Number(x) - 0.3) ** 2).map((row) => ({ ...row, resource: 9 }));
    const stopped = Array.from({ length: 60 }, (_, i): Observation => {
      return { number: 20 + i, params: { x: 0.25 + i / 600 }, loss: 1, resource: 1, state: 'measured' };
    });
    const near = (given: History) => suggestions(line, given, 100).filter(({ x }) => Math.abs(Number(x) - 0.3) < 0.06).length;
    expect(near(history(reached))).toBeGreaterThan(60);
    expect(near(history([...reached, ...stopped]))).toBeLessThan(20);
  });

  it('looks everywhere with two thirds of its points under a scheduler with rungs, and with none elsewhere', () => {
    const given = history(observed(line, 60, ({ x }) => (Number(x) - 0.7) ** 2));
    const far = (resource: ResourceRange | null) =>
      Array.from({ length: 300 }, (_, seed) => Number(create(line, seed, resource).suggest(60, given)?.x)).filter((x) => x < 0.35).length;
    expect(far(null)).toBe(0);
    // Two of three with a reduction factor of 3, and 0.35 of those lie there: 70, with a standard deviation of 7.3.
    expect(Math.abs(far({ min: 1, max: 9, reductionFactor: 3 }) - 70)).toBeLessThan(22);
  });

  it('proposes the same whether it saw the history grow or all at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 40 }), (seed, count) => {
        const observations = observed(mixed, count, ({ x, n, c }) => Number(x) ** 2 + Number(n) / 40 + (c === 'a' ? 1 : 0), seed);
        const grown = create(mixed, seed);
        for (let known = 0; known <= count; known++) grown.suggest(known, history(observations.slice(0, known)));
        expect(grown.suggest(count, history(observations))).toEqual(create(mixed, seed).suggest(count, history(observations)));
      }),
      { numRuns: 20 },
    );
  });
});
