import { Matrix, inverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../core/random.ts';
import { type Acquisition, fantasise } from '../../../optimizer/gp/acquisition.ts';
import type { Feature } from '../../../optimizer/gp/features.ts';
import { logImprovement, logProbability } from '../../../optimizer/gp/log-ei.ts';
import { Posterior } from '../../../optimizer/gp/posterior.ts';
import { RungAcquisition } from '../../../optimizer/gp/rung-acquisition.ts';

const WIDTH = 3;
const features: Feature[] = Array.from({ length: WIDTH }, (_, scale) => ({ scale, kind: 'number' }));
const hyperparameters = { signalVariance: 1.3, noiseVariance: 0.01, lengthScales: Float64Array.from([0.3, 0.8, 2]) };
const ROWS = 40;

const random = randomStream(9, 'posterior');
const draws = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.uniform());
const rows = draws(ROWS * WIDTH);
const y = Float64Array.from({ length: ROWS }, () => random.normal());
const query = draws(WIDTH);

function grown(block: number): Posterior {
  const posterior = new Posterior(features, hyperparameters);
  for (let first = 0; first < ROWS; first += block) {
    const count = Math.min(block, ROWS - first);
    posterior.append(rows.slice(first * WIDTH, (first + count) * WIDTH), count);
  }
  return posterior;
}

function covariance(a: Float64Array, b: Float64Array): number {
  const r = Math.sqrt(5 * a.reduce((sum, value, i) => sum + ((value - (b[i] ?? 0)) / (hyperparameters.lengthScales[i] ?? 1)) ** 2, 0));
  return hyperparameters.signalVariance * (1 + r + (r * r) / 3) * Math.exp(-r);
}

/** Mean and deviation at a point, by the inverse of ml-matrix. */
function byInverse(at: Float64Array, mean: number): { mean: number; deviation: number } {
  const row = (i: number): Float64Array => rows.subarray(i * WIDTH, (i + 1) * WIDTH);
  const indexes = [...y.keys()];
  const inverted = inverse(
    new Matrix(indexes.map((i) => indexes.map((j) => covariance(row(i), row(j)) + (i === j ? hyperparameters.noiseVariance : 0)))),
  );
  const k = Matrix.columnVector(indexes.map((i) => covariance(at, row(i))));
  const left = k.transpose().mmul(inverted);
  const residuals = Matrix.columnVector([...y].map((output) => output - mean));
  return {
    mean: mean + left.mmul(residuals).get(0, 0),
    deviation: Math.sqrt(hyperparameters.signalVariance - left.mmul(k).get(0, 0)),
  };
}

describe('the posterior', () => {
  it('has the means and deviations that ml-matrix works out', () => {
    const posterior = grown(ROWS);
    const { mean, whitened } = posterior.whiten(y);
    const expected = byInverse(query, mean);
    expect(posterior.predict(query, 1, mean, whitened)[0]).toBeCloseTo(expected.mean, 9);
    const v = posterior.whitenedCovariances(query, 1);
    const variance = hyperparameters.signalVariance - v.reduce((sum, element) => sum + element * element, 0);
    expect(Math.sqrt(variance)).toBeCloseTo(expected.deviation, 9);
  });

  it('has the same means at its own rows, whichever way they are worked out', () => {
    const posterior = grown(ROWS);
    const { mean, whitened } = posterior.whiten(y);
    const predicted = posterior.predict(rows, ROWS, mean, whitened);
    posterior.means(y, whitened).forEach((value, i) => expect(value).toBeCloseTo(predicted[i] ?? NaN, 9));
  });

  it('is the same, bit for bit, whether it grew row by row, in blocks, or was built at once, and after pending rows came and went', () => {
    const answers = [1, 7, ROWS].map((block) => [...grown(block).whitenedCovariances(query, 1)]);
    const visited = grown(3);
    expect(visited.tryAppendPending(draws(WIDTH))).toBe(true);
    visited.truncate(ROWS);
    answers.push([...visited.whitenedCovariances(query, 1)]);
    for (const other of answers) expect(other).toEqual(answers[0]);
  });

  it('takes rows that say the same again and again, at hardly any noise', () => {
    const posterior = new Posterior(features, { ...hyperparameters, noiseVariance: 1e-20 });
    posterior.append(
      Float64Array.from({ length: 30 * WIDTH }, (_, at) => query[at % WIDTH] ?? 0),
      30,
    );
    const { mean, whitened } = posterior.whiten(new Float64Array(30).fill(1));
    expect(posterior.predict(query, 1, mean, whitened)[0]).toBeCloseTo(1, 3);
  });
});

describe('the acquisition', () => {
  it('is expected improvement where nothing is pending', () => {
    const posterior = grown(ROWS);
    const { mean, whitened } = posterior.whiten(y);
    const expected = byInverse(query, mean);
    const value = fantasise(posterior, mean, whitened, -1, randomStream(1, 'fantasies')).values(query, 1)[0];
    expect(value).toBeCloseTo(Math.log(expected.deviation) + logImprovement((-1 - expected.mean) / expected.deviation).value, 8);
  });

  it.each([0, 3])('has the gradient that differences show, with %i pending', (pending) => {
    const posterior = grown(ROWS);
    const { mean, whitened } = posterior.whiten(y);
    for (let i = 0; i < pending; i++) posterior.tryAppendPending(draws(WIDTH));
    const acquisition: Acquisition = fantasise(posterior, mean, whitened, -1, randomStream(1, 'fantasies'));
    const gradient = new Float64Array(WIDTH);
    const value = acquisition.valueAndGradient(query, gradient);
    expect(value).toBe(acquisition.values(query, 1)[0]);
    const h = 1e-5;
    gradient.forEach((slope, i) => {
      const moved = (by: number): number => acquisition.values(query.with(i, (query[i] ?? 0) + by), 1)[0] ?? NaN;
      expect(slope).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 4);
    });
  });

  it('sees less to gain beside a pending trial', () => {
    const posterior = grown(ROWS);
    const { mean, whitened } = posterior.whiten(y);
    const alone = fantasise(posterior, mean, whitened, -1, randomStream(1, 'fantasies')).values(query, 1)[0];
    posterior.tryAppendPending(query);
    const beside = fantasise(posterior, mean, whitened, -1, randomStream(1, 'fantasies')).values(query, 1)[0];
    expect(beside).toBeLessThan(alone ?? NaN);
  });
});

/** The last feature is the resource. */
describe('the acquisition under rungs', () => {
  const bars = [
    { at: 0, output: 0.3 },
    { at: 0.5, output: -0.4 },
  ];

  function underRungs(pending: number): {
    rungs: RungAcquisition;
    improvement: Acquisition;
    posterior: Posterior;
    mean: number;
    whitened: Float64Array;
  } {
    const posterior = grown(ROWS);
    const { mean, whitened } = posterior.whiten(y);
    for (let i = 0; i < pending; i++) posterior.tryAppendPending(draws(WIDTH));
    const improvement = fantasise(posterior, mean, whitened, -1, randomStream(1, 'fantasies'));
    return { rungs: new RungAcquisition(improvement, posterior, mean, whitened, 1, bars), improvement, posterior, mean, whitened };
  }

  it('is log EI at the end and the chance to beat every bar, whatever resource the query names', () => {
    const { rungs, improvement, mean } = underRungs(0);
    const chances = bars.map(({ at, output }) => {
      const there = byInverse(query.with(2, at), mean);
      return logProbability((output - there.mean) / Math.hypot(there.deviation, Math.sqrt(hyperparameters.noiseVariance))).value;
    });
    const expected = chances.reduce((sum, chance) => sum + chance, improvement.values(query.with(2, 1), 1)[0] ?? NaN);
    expect(rungs.values(query, 1)[0]).toBeCloseTo(expected, 8);
    expect(rungs.values(query.with(2, 0.7), 1)[0]).toBe(rungs.values(query, 1)[0]);
  });

  it.each([0, 3])('has the gradient that differences show, with %i pending', (pending) => {
    const { rungs } = underRungs(pending);
    const gradient = new Float64Array(WIDTH);
    expect(rungs.valueAndGradient(query, gradient)).toBeCloseTo(rungs.values(query, 1)[0] ?? NaN, 10);
    const h = 1e-5;
    // The resource is no coordinate that a search may move along.
    for (const i of [0, 1]) {
      const moved = (by: number): number => rungs.values(query.with(i, (query[i] ?? 0) + by), 1)[0] ?? NaN;
      expect(gradient[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 4);
    }
  });
});
