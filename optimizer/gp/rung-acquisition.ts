/**
 * What a suggestion maximises where a scheduler stops trials at rungs: log EI after a whole training, plus the logarithm of the
 * chance to beat the bar of every rung on the way (Gardner et al. 2014, "Bayesian optimization with inequality constraints"). A trial
 * that is stopped improves on nothing: without the bars the same spot would promise most again and again, and be stopped again and
 * again. The resource is the last feature of a query, whatever it holds.
 */
import type { Acquires, Acquisition } from './acquisition.ts';
import { covariances, gradient as kernelGradient } from './kernel.ts';
import { logProbability } from './log-ei.ts';
import type { Posterior } from './posterior.ts';

/** In the units of the model: the feature of its resource and an output. */
export interface BarAt {
  readonly at: number;
  readonly output: number;
}

export class RungAcquisition implements Acquires {
  readonly #improvement: Acquisition;
  readonly #posterior: Posterior;
  readonly #mean: number;
  readonly #whitened: Float64Array;
  readonly #whole: number;
  readonly #bars: readonly BarAt[];

  /**
   * @param improvement over the same posterior, pending rows included
   * @param whitened outputs of its first rows
   * @param whole the feature of a whole training's resource
   */
  constructor(improvement: Acquisition, posterior: Posterior, mean: number, whitened: Float64Array, whole: number, bars: readonly BarAt[]) {
    this.#improvement = improvement;
    this.#posterior = posterior;
    this.#mean = mean;
    this.#whitened = whitened;
    this.#whole = whole;
    this.#bars = bars;
  }

  values(queries: Float64Array, count: number): Float64Array {
    const n = this.#posterior.size;
    const moved = Float64Array.from(queries);
    const values = this.#improvement.values(this.#moveTo(this.#whole, moved), count);
    for (const { at, output } of this.#bars) {
      const v = this.#posterior.whitenedCovariances(this.#moveTo(at, moved), count);
      for (let query = 0; query < count; query++) {
        values[query] = (values[query] ?? NaN) + this.#chance(v.subarray(query * n, (query + 1) * n), output).value;
      }
    }
    return values;
  }

  valueAndGradient(query: Float64Array, gradient: Float64Array): number {
    const { kernel, columns, factor, size } = this.#posterior;
    const moved = Float64Array.from(query);
    let sum = this.#improvement.valueAndGradient(this.#moveTo(this.#whole, moved), gradient);
    for (const { at, output } of this.#bars) {
      const v = new Float64Array(size);
      const slopes = new Float64Array(size);
      covariances(kernel, columns, size, this.#moveTo(at, moved), 0, v, 0, slopes);
      factor.solveLower(v, 1, size);
      const { value, byMean, byDeviation, deviation } = this.#chance(v, output);
      const coefficients = v.map((element, i) => byMean * (this.#whitened[i] ?? 0) - (byDeviation / deviation) * element);
      factor.solveUpper(coefficients);
      const added = kernelGradient(kernel, columns, moved, coefficients, slopes);
      for (let i = 0; i < added.length; i++) gradient[i] = (gradient[i] ?? 0) + (added[i] ?? 0);
      sum += value;
    }
    return sum;
  }

  /** Of an output, noise included, at most as large as the bar. What is pending is taken at its mean. */
  #chance(v: Float64Array, bar: number): { value: number; byMean: number; byDeviation: number; deviation: number } {
    const { kernel, noiseVariance } = this.#posterior;
    let [square, mean] = [0, this.#mean];
    for (let i = 0; i < v.length; i++) {
      square += (v[i] ?? 0) ** 2;
      mean += (v[i] ?? 0) * (this.#whitened[i] ?? 0);
    }
    const deviation = Math.sqrt(Math.max(0, kernel.signalVariance - square) + noiseVariance);
    const u = (bar - mean) / deviation;
    const { value, slope } = logProbability(u);
    return { value, byMean: -slope / deviation, byDeviation: (-slope * u) / deviation, deviation };
  }

  /** @param queries shape [count, features]; changed and returned */
  #moveTo(at: number, queries: Float64Array): Float64Array {
    const width = this.#posterior.columns.features.length;
    for (let last = width - 1; last < queries.length; last += width) queries[last] = at;
    return queries;
  }
}
