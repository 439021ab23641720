/**
 * What the surrogate believes after the data (Rasmussen & Williams 2006, algorithm 2.1). Rows are appended in the order of the
 * log; a posterior grown row by row equals one built anew bit for bit. Pending trials follow as rows whose outputs are drawn:
 * fantasies (Snoek et al. 2012, section 3.2), jointly normal given the data.
 *
 * | name | meaning                                                | shape      |
 * |------|--------------------------------------------------------|------------|
 * | n    | rows with an output                                    |            |
 * | q    | pending rows behind them                               |            |
 * | L    | Cholesky factor of covariances plus noise              | [n+q, n+q] |
 * | m    | constant mean, as in the likelihood                    |            |
 * | w    | whitened outputs, L⁻¹(y - m)                           | [n+q]      |
 * | v    | L⁻¹k(x, X)                                             | [n+q]      |
 * |      | mean at x is m + vᵀw, variance σ² - vᵀv                |            |
 *
 * A draw of pending outputs is m + vᵀw + the new rows of L times standard normals: whitened, they are those normals.
 */
import { Cholesky } from './cholesky.ts';
import type { Feature } from './features.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import { Columns, covariances, kernelOf, type Kernel } from './kernel.ts';

/** Where rounding makes the covariances singular after all, noise grows by this until they are not. */
const NOISE_GROWTH = 10;
/** Rows whose covariances are worked out before they are appended; a block of them stays in the cache. */
const BLOCK = 32;

export class Posterior {
  readonly kernel: Kernel;
  readonly columns: Columns;
  readonly factor = new Cholesky();
  #noiseVariance: number;

  constructor(features: readonly Feature[], { signalVariance, noiseVariance, lengthScales }: Hyperparameters) {
    this.kernel = kernelOf(features, signalVariance, lengthScales);
    this.columns = new Columns(features);
    this.#noiseVariance = noiseVariance;
  }

  get size(): number {
    return this.factor.size;
  }

  get noiseVariance(): number {
    return this.#noiseVariance;
  }

  truncate(size: number): void {
    this.columns.truncate(size);
    this.factor.truncate(size);
  }

  /** @param rows shape [count, features] */
  append(rows: Float64Array, count: number): void {
    const width = this.columns.features.length;
    for (let row = 0; row < count; row++) this.columns.push(rows, row * width);
    while (!this.#factorise()) {
      this.#noiseVariance *= NOISE_GROWTH;
      this.factor.truncate(0);
    }
  }

  /** Appends a row that has no output yet; false where rounding cannot tell it from the rows before, and it is left out. */
  tryAppendPending(row: Float64Array): boolean {
    this.columns.push(row);
    if (this.#factorise()) return true;
    this.columns.truncate(this.factor.size);
    return false;
  }

  /** k(x, X) of `count` queries, whitened: v, shape [count, size]. */
  whitenedCovariances(queries: Float64Array, count: number): Float64Array {
    const n = this.size;
    const width = this.columns.features.length;
    const whitened = new Float64Array(count * n);
    for (let query = 0; query < count; query++) {
      covariances(this.kernel, this.columns, n, queries, query * width, whitened, query * n);
    }
    this.factor.solveLower(whitened, count, n);
    return whitened;
  }

  /**
   * The mean m and the whitened outputs w, while nothing is pending yet.
   * @param y shape [n]
   */
  whiten(y: Float64Array): { mean: number; whitened: Float64Array } {
    const n = y.length;
    const sides = new Float64Array(2 * n).fill(1, n);
    sides.set(y);
    this.factor.solveLower(sides, 2, n);
    const ones = sides.subarray(n);
    let [product, square] = [0, 0];
    for (let i = 0; i < n; i++) {
      product += (ones[i] ?? 0) * (sides[i] ?? 0);
      square += (ones[i] ?? 0) ** 2;
    }
    const mean = product / (square + 1);
    return { mean, whitened: sides.slice(0, n).map((value, i) => value - mean * (ones[i] ?? 0)) };
  }

  /**
   * Means at the rows themselves, y - να, α = K⁻¹(y - m): what is left of the outputs without their noise.
   * @param whitened shape [n]
   * @returns shape [n]
   */
  means(y: Float64Array, whitened: Float64Array): Float64Array {
    const alpha = Float64Array.from(whitened);
    this.factor.solveUpper(alpha);
    return y.map((output, i) => output - this.#noiseVariance * (alpha[i] ?? 0));
  }

  /** Means of `count` queries, while nothing is pending yet. @param queries shape [count, features] @returns shape [count] */
  predict(queries: Float64Array, count: number, mean: number, whitened: Float64Array): Float64Array {
    const n = this.size;
    const v = this.whitenedCovariances(queries, count);
    return Float64Array.from({ length: count }, (_, query) => {
      return whitened.reduce((sum, value, i) => sum + (v[query * n + i] ?? 0) * value, mean);
    });
  }

  /** Brings the factor up to the columns. */
  #factorise(): boolean {
    const diagonal = this.kernel.signalVariance + this.#noiseVariance;
    while (this.factor.size < this.columns.size) {
      const first = this.factor.size;
      const count = Math.min(BLOCK, this.columns.size - first);
      const stride = first + count;
      const rows = new Float64Array(count * stride);
      for (let row = 0; row < count; row++) {
        covariances(this.kernel, this.columns, first + row, this.columns.read(first + row), 0, rows, row * stride);
        rows[row * stride + first + row] = diagonal;
      }
      if (!this.factor.tryAppend(rows, count, stride)) return false;
    }
    return true;
  }
}
