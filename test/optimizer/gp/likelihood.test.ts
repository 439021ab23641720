import { CholeskyDecomposition, Matrix, inverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../core/random.ts';
import type { Feature } from '../../../optimizer/gp/features.ts';
import { Prior } from '../../../optimizer/gp/hyperparameters.ts';
import { Columns } from '../../../optimizer/gp/kernel.ts';
import { negativeLogPosterior } from '../../../optimizer/gp/likelihood.ts';

const features: Feature[] = [
  { scale: 0, kind: 'number' },
  { scale: 1, kind: 'number' },
  { scale: 1, kind: 'number' },
  { scale: 2, kind: 'label' },
];
const SCALES = 3;
const ROWS = 17;
const theta = Float64Array.from([0.3, -3, -1.2, 0.4, -0.2]);

function data(): { columns: Columns; rows: Float64Array[]; y: Float64Array } {
  const random = randomStream(5, 'likelihood');
  const columns = new Columns(features);
  const rows = Array.from({ length: ROWS }, () =>
    Float64Array.from(features, ({ kind }) => (kind === 'label' ? random.integer(0, 2) : random.uniform())),
  );
  for (const row of rows) columns.push(row);
  return { columns, rows, y: Float64Array.from({ length: ROWS }, () => random.normal()) };
}

function valueAt(at: Float64Array, prior: Prior): number {
  const { columns, y } = data();
  return negativeLogPosterior(columns, SCALES, y, prior)(at, new Float64Array(at.length));
}

describe('the likelihood of hyperparameters', () => {
  it.each([false, true])('has the gradient that differences show (deterministic: %s)', (isDeterministic) => {
    const prior = new Prior(SCALES, isDeterministic);
    const { columns, y } = data();
    const gradient = new Float64Array(theta.length);
    negativeLogPosterior(columns, SCALES, y, prior)(theta, gradient);
    // Central differences err by h² times the third derivative, here of the order of 1 to 100.
    const h = 1e-4;
    theta.forEach((value, i) => {
      const difference = (valueAt(theta.with(i, value + h), prior) - valueAt(theta.with(i, value - h), prior)) / (2 * h);
      expect(gradient[i]).toBeCloseTo(difference, 5);
    });
  });

  it('is that of a normal distribution with the covariances that Matérn-5/2 gives, by ml-matrix', () => {
    const { rows, y } = data();
    const [logSignal = 0, logNoise = 0, ...logLengths] = theta;
    const covariance = new Matrix(
      rows.map((a, i) =>
        rows.map((b, j) => {
          const square = features.reduce((sum, { scale, kind }, f) => {
            const difference = (a[f] ?? 0) - (b[f] ?? 0);
            return sum + (kind === 'label' ? Number(difference !== 0) : difference ** 2) / Math.exp(logLengths[scale] ?? 0) ** 2;
          }, 0);
          const r = Math.sqrt(5 * square);
          return Math.exp(logSignal) * (1 + r + (r * r) / 3) * Math.exp(-r) + (i === j ? Math.exp(logNoise) : 0);
        }),
      ),
    );
    // With the mean drawn from a standard normal and integrated at its best, the exponent is that of K + 11ᵀ.
    const marginal = covariance.clone().add(1);
    const column = Matrix.columnVector([...y]);
    const fit = column.transpose().mmul(inverse(marginal)).mmul(column).get(0, 0);
    const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix;
    const logDeterminant = 2 * factor.diagonal().reduce((sum, element) => sum + Math.log(element), 0);
    const prior = new Prior(SCALES, false);
    const expected = 0.5 * (fit + logDeterminant) + prior.penalty(theta, new Float64Array(theta.length));
    expect(valueAt(theta, prior)).toBeCloseTo(expected, 9);
  });
});
