/**
 * Hyperparameters of the surrogate and what is believed of them before any data. Outputs are standardised and inputs lie in the
 * unit cube, so the same beliefs serve every experiment. All are positive; in the vector θ they are logarithms.
 *
 * | name | meaning                                   | place in θ | prior of its logarithm                          |
 * |------|-------------------------------------------|------------|-------------------------------------------------|
 * | σ²   | variance of the signal                    | 0          | normal                                          |
 * | ν    | variance of the noise                     | 1          | normal, wide: many losses have hardly any noise  |
 * | ℓ    | length scales, one a dimension            | 2 …        | normal, mean √2 - 3 + log(D)/2, deviation √3     |
 *
 * The prior of ℓ is that of Hvarfner et al. 2024, "Vanilla Bayesian optimization performs great in high dimensions": distances
 * grow with the root of the number of dimensions D, so length scales do. They take a log-normal density of ℓ with μ = √2 +
 * log(D)/2 and σ = √3 and look for its mode in ℓ; a density of log ℓ has the same mode where its mean is μ - σ².
 */
import type { Box } from './lbfgs.ts';

export interface Hyperparameters {
  readonly signalVariance: number;
  readonly noiseVariance: number;
  /** shape [scales] */
  readonly lengthScales: Float64Array;
}

export const LEADING = 2;

/** Below, covariance matrices of a few hundred near points are singular in double precision. */
const LEAST_NOISE = 1e-7;
const SIGNAL = { mean: 0, deviation: 1 };
const NOISE = { mean: -6, deviation: 3 };
const LENGTH = { mean: Math.SQRT2 - 3, deviation: Math.sqrt(3) };

export class Prior {
  readonly box: Box;
  readonly #scales: number;
  readonly #isDeterministic: boolean;
  readonly #lengthMean: number;

  /** @param isDeterministic the noise is held at the least there is */
  constructor(scales: number, isDeterministic: boolean) {
    this.#scales = scales;
    this.#isDeterministic = isDeterministic;
    this.#lengthMean = LENGTH.mean + 0.5 * Math.log(Math.max(1, scales));
    const lengths = <Value>(value: Value): Value[] => Array.from({ length: scales }, () => value);
    this.box = {
      lower: [Math.log(0.01), Math.log(LEAST_NOISE), ...lengths(Math.log(0.005))],
      upper: [Math.log(1000), isDeterministic ? Math.log(LEAST_NOISE) : 0, ...lengths(Math.log(1000))],
    };
  }

  /**
   * θ of the prior's mode, but with much noise: from there a search comes down where rows agree, while from little noise it takes
   * noise for a function of short length scales and stays.
   */
  start(): Float64Array {
    const noise = this.#isDeterministic ? Math.log(LEAST_NOISE) : -1;
    return Float64Array.from({ length: LEADING + this.#scales }, (_, i) => {
      if (i === 0) return SIGNAL.mean;
      return i === 1 ? noise : this.#lengthMean;
    });
  }

  /** Minus the logarithm of the density, up to a constant; adds its gradient to `gradient`. */
  penalty(theta: Float64Array, gradient: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < theta.length; i++) {
      if (i === 1 && this.#isDeterministic) continue;
      const { mean, deviation } = this.#beliefOf(i);
      const distance = ((theta[i] ?? 0) - mean) / deviation;
      sum += 0.5 * distance * distance;
      gradient[i] = (gradient[i] ?? 0) + distance / deviation;
    }
    return sum;
  }

  #beliefOf(i: number): { mean: number; deviation: number } {
    if (i === 0) return SIGNAL;
    return i === 1 ? NOISE : { mean: this.#lengthMean, deviation: LENGTH.deviation };
  }
}

export function fromTheta(theta: Float64Array): Hyperparameters {
  return {
    signalVariance: Math.exp(theta[0] ?? NaN),
    noiseVariance: Math.exp(theta[1] ?? NaN),
    lengthScales: theta.subarray(LEADING).map(Math.exp),
  };
}
