/**
 * What a suggestion maximises: the logarithm of expected improvement on the incumbent, averaged over fantasies of what is
 * pending. Each fantasy has outputs for the pending trials and so a mean and an incumbent of its own; the variance does not
 * depend on outputs. Averaging the improvement, not the fantasies, is the joint improvement of the batch beyond what pending
 * trials will bring (Snoek et al. 2012, section 3.2; Wilson et al. 2018).
 *
 * | name | meaning                                                  | shape    |
 * |------|----------------------------------------------------------|----------|
 * | S    | fantasies; 1 where nothing is pending                    |          |
 * | w_s  | whitened outputs under fantasy s                         | [n+q]    |
 * | b_s  | incumbent under fantasy s                                |          |
 * | v    | whitened covariances of x                                | [n+q]    |
 * | c    | coefficients: the gradient is Σ cᵢ ∇k(x, Xᵢ)             | [n+q]    |
 */
import type { RandomStream } from '../../core/random.ts';
import { covariances, gradient as kernelGradient } from './kernel.ts';
import { logImprovement } from './log-ei.ts';
import type { Posterior } from './posterior.ts';

interface Fantasy {
  readonly whitened: Float64Array;
  readonly incumbent: number;
}

/** An even number: normals are drawn in pairs of opposite sign, whose mean is exact. */
const FANTASIES = 16;
/** Share of the signal's variance below which a point counts as known: rounding leaves that much. */
const LEAST_VARIANCE = 1e-12;

/** What the maximiser climbs. */
export interface Acquires {
  /** @param queries shape [count, features] @returns shape [count] */
  values(queries: Float64Array, count: number): Float64Array;
  /** @param query shape [features] @param gradient by features, written */
  valueAndGradient(query: Float64Array, gradient: Float64Array): number;
}

export class Acquisition implements Acquires {
  readonly #posterior: Posterior;
  readonly #mean: number;
  readonly #fantasies: readonly Fantasy[];

  constructor(posterior: Posterior, mean: number, fantasies: readonly Fantasy[]) {
    this.#posterior = posterior;
    this.#mean = mean;
    this.#fantasies = fantasies;
  }

  /** log EI */
  values(queries: Float64Array, count: number): Float64Array {
    const n = this.#posterior.size;
    const whitened = this.#posterior.whitenedCovariances(queries, count);
    return Float64Array.from({ length: count }, (_, query) => this.#at(whitened.subarray(query * n, (query + 1) * n)).value);
  }

  valueAndGradient(query: Float64Array, gradient: Float64Array): number {
    const { kernel, columns, factor } = this.#posterior;
    const n = this.#posterior.size;
    const v = new Float64Array(n);
    const slopes = new Float64Array(n);
    covariances(kernel, columns, n, query, 0, v, 0, slopes);
    factor.solveLower(v, 1, n);
    const { value, byMeans, byDeviation, deviation } = this.#at(v);
    // Mean is m + vᵀw_s, deviation √(σ² - vᵀv): both are functions of v, and v = L⁻¹k.
    const coefficients = v.map((element) => (-byDeviation / deviation) * element);
    this.#fantasies.forEach(({ whitened }, s) => {
      const byMean = byMeans[s] ?? 0;
      for (let i = 0; i < n; i++) coefficients[i] = (coefficients[i] ?? 0) + byMean * (whitened[i] ?? 0);
    });
    factor.solveUpper(coefficients);
    gradient.set(kernelGradient(kernel, columns, query, coefficients, slopes));
    return value;
  }

  #at(v: Float64Array): { value: number; byMeans: readonly number[]; byDeviation: number; deviation: number } {
    const { signalVariance } = this.#posterior.kernel;
    let square = 0;
    for (const element of v) square += element * element;
    const deviation = Math.sqrt(Math.max(signalVariance - square, LEAST_VARIANCE * signalVariance));
    const improvements = this.#fantasies.map(({ whitened, incumbent }) => {
      let mean = this.#mean;
      for (let i = 0; i < v.length; i++) mean += (v[i] ?? 0) * (whitened[i] ?? 0);
      return logImprovement((incumbent - mean) / deviation);
    });
    const most = improvements.reduce((best, { value }) => Math.max(best, value), -Infinity);
    const sum = improvements.reduce((total, { value }) => total + Math.exp(value - most), 0);
    const shares = improvements.map(({ value }) => Math.exp(value - most) / sum);
    return {
      value: Math.log(deviation) + most + Math.log(sum / improvements.length),
      byMeans: improvements.map(({ slope }, s) => (-(shares[s] ?? 0) * slope) / deviation),
      byDeviation: improvements.reduce((total, { density }, s) => total + (shares[s] ?? 0) * density, 0) / deviation,
      deviation,
    };
  }
}

/**
 * Fantasies of the pending rows that were appended to the posterior behind the outputs.
 * @param whitened of the rows with outputs, shape [n]
 * @param incumbent best mean among them
 */
export function fantasise(
  posterior: Posterior,
  mean: number,
  whitened: Float64Array,
  incumbent: number,
  random: RandomStream,
): Acquisition {
  const n = whitened.length;
  const pending = posterior.size - n;
  if (pending === 0) return new Acquisition(posterior, mean, [{ whitened, incumbent }]);
  const fantasies: Fantasy[] = [];
  while (fantasies.length < FANTASIES) {
    const normals = Float64Array.from({ length: pending }, () => random.normal());
    for (const sign of [1, -1]) {
      const drawn = new Float64Array(posterior.size);
      drawn.set(whitened);
      normals.forEach((normal, i) => (drawn[n + i] = sign * normal));
      fantasies.push({ whitened: drawn, incumbent: Math.min(incumbent, bestPending(posterior, mean, drawn, n)) });
    }
  }
  return new Acquisition(posterior, mean, fantasies);
}

/** The lowest mean of a pending row under its fantasy: its output less the noise that the mean does not follow. */
function bestPending({ factor, noiseVariance }: Posterior, mean: number, drawn: Float64Array, n: number): number {
  const alpha = Float64Array.from(drawn);
  factor.solveUpper(alpha);
  let best = Infinity;
  for (let i = n; i < drawn.length; i++) {
    const output = mean + factor.rowTimes(i, drawn);
    best = Math.min(best, output - noiseVariance * (alpha[i] ?? 0));
  }
  return best;
}
