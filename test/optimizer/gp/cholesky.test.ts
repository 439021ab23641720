import { CholeskyDecomposition, Matrix, inverse as invert } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../core/random.ts';
import { Cholesky } from '../../../optimizer/gp/cholesky.ts';

/** A random covariance, well conditioned by its diagonal. */
function covariance(n: number): Matrix {
  const random = randomStream(3, 'covariance', n);
  const factor = new Matrix(Array.from({ length: n }, () => Array.from({ length: n }, () => random.normal())));
  return factor.mmul(factor.transpose()).div(n).add(Matrix.eye(n).mul(0.1));
}

/** Appends K in blocks of so many rows. */
function grown(matrix: Matrix, block: number): Cholesky {
  const n = matrix.rows;
  const cholesky = new Cholesky();
  for (let first = 0; first < n; first += block) {
    const count = Math.min(block, n - first);
    const rows = Float64Array.from({ length: count * n }, (_, at) => matrix.get(first + Math.floor(at / n), at % n));
    expect(cholesky.tryAppend(rows, count, n)).toBe(true);
  }
  return cholesky;
}

// Backward error of a factorisation is a small multiple of n times the rounding unit; 1e-10 leaves room for the condition number.
const TOLERANCE = 10;

describe('the Cholesky factor', () => {
  it.each([1, 2, 5, 30])('of %i rows is that of ml-matrix, and so are determinant and inverse', (n) => {
    const matrix = covariance(n);
    const reference = new CholeskyDecomposition(matrix).lowerTriangularMatrix;
    const cholesky = grown(matrix, n);
    const inverse = invert(matrix);
    let logDeterminant = 0;
    for (let i = 0; i < n; i++) {
      expect(cholesky.diagonal(i)).toBeCloseTo(reference.get(i, i), TOLERANCE);
      logDeterminant += 2 * Math.log(reference.get(i, i));
    }
    expect(cholesky.logDeterminant()).toBeCloseTo(logDeterminant, TOLERANCE);
    cholesky.inverse().forEach((element, at) => expect(element).toBeCloseTo(inverse.get(Math.floor(at / n), at % n), 8));
  });

  it('is the same, bit for bit, whether rows come one by one, in blocks or at once', () => {
    const matrix = covariance(23);
    const inverses = [1, 3, 4, 23].map((block) => [...grown(matrix, block).inverse()]);
    for (const other of inverses) expect(other).toEqual(inverses[0]);
  });

  it('refuses a row that makes the matrix indefinite, and stays as it was', () => {
    const cholesky = grown(covariance(4), 4);
    const before = [...cholesky.inverse()];
    expect(cholesky.tryAppend(Float64Array.from([9, 9, 9, 9, 1]), 1, 5)).toBe(false);
    expect(cholesky.size).toBe(4);
    expect([...cholesky.inverse()]).toEqual(before);
  });
});
