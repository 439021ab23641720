/**
 * How badly hyperparameters explain the data: minus the logarithm of marginal likelihood and prior, with its gradient
 * (Rasmussen & Williams 2006, equations 5.8 and 5.9). The constant mean has a standard normal prior and is set to its best
 * value for each θ, so θ's gradient may treat it as fixed.
 *
 * | name   | meaning                                             | shape           |
 * |--------|-----------------------------------------------------|-----------------|
 * | n      | rows                                                |                 |
 * | D²     | squared differences, one array a length scale       | [scales] of [n(n-1)/2] |
 * | y      | outputs, about standard normal                      | [n]             |
 * | K      | covariances plus noise                              | [n, n]          |
 * | m      | mean: 1ᵀK⁻¹y / (1ᵀK⁻¹1 + 1)                         |                 |
 * | α      | K⁻¹(y - m)                                          | [n]             |
 * | A      | ααᵀ - K⁻¹; dL/dθ = ½ tr(A dK/dθ)                    | [n, n]          |
 */
import { Cholesky } from './cholesky.ts';
import { fromTheta, LEADING, type Prior } from './hyperparameters.ts';
import type { Columns } from './kernel.ts';
import type { Objective } from './lbfgs.ts';

const ROOT_FIVE = Math.sqrt(5);

/** @param y shape [columns.size] */
export function negativeLogPosterior(columns: Columns, scales: number, y: Float64Array, prior: Prior): Objective {
  const n = columns.size;
  const squares = squaredDifferences(columns, scales);
  const pairs = (n * (n - 1)) / 2;
  const slopes = new Float64Array(pairs);
  const covariance = new Float64Array(n * n);
  const factor = new Cholesky();
  return (theta, gradient) => {
    gradient.fill(0);
    const { signalVariance, noiseVariance, lengthScales } = fromTheta(theta);
    fillCovariance(covariance, slopes, squares, n, signalVariance, lengthScales);
    for (let i = 0; i < n; i++) covariance[i * n + i] = signalVariance + noiseVariance;
    factor.truncate(0);
    if (!factor.tryAppend(covariance, n, n)) return Infinity;
    const inverse = factor.inverse();
    const { alpha, mean, fit } = explain(inverse, y);
    // A above the diagonal meets dK/dθ twice, which takes the ½ away.
    let signal = 0;
    let noise = 0;
    for (let i = 0, pair = 0; i < n; i++) {
      const diagonal = (alpha[i] ?? 0) ** 2 - (inverse[i * n + i] ?? 0);
      noise += diagonal;
      for (let j = 0; j < i; j++, pair++) {
        slopes[pair] = (slopes[pair] ?? 0) * ((alpha[i] ?? 0) * (alpha[j] ?? 0) - (inverse[i * n + j] ?? 0));
      }
    }
    // tr(A K) = yᵀα-like minus n, and K = σ² M + ν I.
    for (let i = 0; i < n; i++) signal += (alpha[i] ?? 0) * ((y[i] ?? 0) - mean) - 1;
    gradient[0] = -0.5 * (signal - noiseVariance * noise);
    gradient[1] = -0.5 * noiseVariance * noise;
    squares.forEach((square, scale) => {
      let sum = 0;
      for (let pair = 0; pair < pairs; pair++) sum += (slopes[pair] ?? 0) * (square[pair] ?? 0);
      gradient[LEADING + scale] = -sum / (lengthScales[scale] ?? NaN) ** 2;
    });
    return 0.5 * (fit + mean * mean + factor.logDeterminant()) + prior.penalty(theta, gradient);
  };
}

function explain(inverse: Float64Array, y: Float64Array): { alpha: Float64Array; mean: number; fit: number } {
  const n = y.length;
  const alpha = new Float64Array(n);
  const ones = new Float64Array(n);
  let [sumY, sumOnes] = [0, 0];
  for (let i = 0; i < n; i++) {
    let [ofY, ofOnes] = [0, 0];
    for (let j = 0; j < n; j++) {
      const element = inverse[i * n + j] ?? 0;
      ofY += element * (y[j] ?? 0);
      ofOnes += element;
    }
    alpha[i] = ofY;
    ones[i] = ofOnes;
    sumY += ofY;
    sumOnes += ofOnes;
  }
  const mean = sumY / (sumOnes + 1);
  let fit = 0;
  for (let i = 0; i < n; i++) {
    alpha[i] = (alpha[i] ?? 0) - mean * (ones[i] ?? 0);
    fit += (alpha[i] ?? 0) * ((y[i] ?? 0) - mean);
  }
  return { alpha, mean, fit };
}

/** K's lower triangle without its diagonal, and the slopes -2 dk / d(r²) of its pairs. */
function fillCovariance(
  covariance: Float64Array,
  slopes: Float64Array,
  squares: readonly Float64Array[],
  n: number,
  signalVariance: number,
  lengthScales: Float64Array,
): void {
  slopes.fill(0);
  squares.forEach((square, scale) => {
    const weight = (lengthScales[scale] ?? NaN) ** -2;
    for (let pair = 0; pair < slopes.length; pair++) slopes[pair] = (slopes[pair] ?? 0) + weight * (square[pair] ?? 0);
  });
  for (let i = 0, pair = 0; i < n; i++) {
    for (let j = 0; j < i; j++, pair++) {
      const scaled = ROOT_FIVE * Math.sqrt(slopes[pair] ?? 0);
      const decay = signalVariance * Math.exp(-scaled);
      covariance[i * n + j] = decay * (1 + scaled + (scaled * scaled) / 3);
      slopes[pair] = decay * (5 / 3) * (1 + scaled);
    }
  }
}

/** Of each pair i > j, at i(i-1)/2 + j; features of one scale together. */
function squaredDifferences(columns: Columns, scales: number): Float64Array[] {
  const n = columns.size;
  const squares = Array.from({ length: scales }, () => new Float64Array((n * (n - 1)) / 2));
  columns.features.forEach(({ scale, kind }, feature) => {
    const column = columns.column(feature);
    const square = squares[scale] ?? new Float64Array(0);
    for (let i = 0, pair = 0; i < n; i++) {
      for (let j = 0; j < i; j++, pair++) {
        const difference = (column[i] ?? 0) - (column[j] ?? 0);
        square[pair] = (square[pair] ?? 0) + (kind === 'label' ? Number(difference !== 0) : difference * difference);
      }
    }
  });
  return squares;
}
