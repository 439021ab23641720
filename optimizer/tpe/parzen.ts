/**
 * A Parzen estimator over configurations: a weighted mixture of product kernels, one for each point observed, and the uniform
 * prior (Bergstra et al. 2011; the product over dimensions: Falkner et al. 2018).
 *
 * | symbol | meaning                                                  | shape  |
 * |--------|----------------------------------------------------------|--------|
 * | w      | weights of the components, the prior's last; they sum to 1 | [n + 1] |
 * | k_j    | kernel of dimension j                                    |        |
 *
 * log p(x) = log sum_i w_i prod_j k_j(x_j | c_ij), the product over the dimensions that are active in x. So one density covers
 * all branches of a conditional space, and what is active together is modelled together.
 */
import type { RandomStream } from '../../core/random.ts';
import type { Axis } from './axes.ts';
import { bandwidths } from './bandwidths.ts';
import { kernelOf, type Kernel } from './kernels.ts';

/** The prior weighs as much as this many points. */
const PRIOR_WEIGHT = 1;

export class ParzenEstimator {
  readonly #kernels: readonly Kernel[];
  readonly #logWeights: Float64Array;
  readonly #cumulative: Float64Array;
  readonly #terms: Float64Array;

  /**
   * @param points shape [n, dimensions], in axes
   * @param weights shape [n], in points
   */
  constructor(axes: readonly Axis[], points: readonly Float64Array[], weights: readonly number[]) {
    const sigmas = bandwidths(axes, points, weights);
    this.#kernels = axes.map((axis, j) => {
      const centres = Float64Array.from(points, (point) => point[j] ?? NaN);
      return kernelOf(axis, centres, sigmas[j] ?? NaN);
    });
    const all = [...weights, PRIOR_WEIGHT];
    const total = all.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.#cumulative = Float64Array.from(all, (weight) => (sum += weight / total));
    this.#logWeights = Float64Array.from(all, (weight) => Math.log(weight / total));
    this.#terms = new Float64Array(all.length);
  }

  /** @param x shape [dimensions], in axes */
  logDensity(x: Float64Array): number {
    const terms = this.#terms;
    terms.set(this.#logWeights);
    this.#kernels.forEach((kernel, j) => {
      const value = x[j] ?? NaN;
      if (!Number.isNaN(value)) kernel.add(terms, value);
    });
    return logSumExp(terms);
  }

  /** A point in axes with a value in every dimension, inactive ones included. */
  draw(random: RandomStream): Float64Array {
    const u = random.uniform();
    const at = this.#cumulative.findIndex((sum) => u < sum);
    const component = at === -1 ? this.#cumulative.length - 1 : at;
    return Float64Array.from(this.#kernels, (kernel) => kernel.draw(component, random));
  }
}

function logSumExp(terms: Float64Array): number {
  let largest = -Infinity;
  for (const term of terms) if (term > largest) largest = term;
  let sum = 0;
  for (const term of terms) sum += Math.exp(term - largest);
  return largest + Math.log(sum);
}
