/**
 * The kernels of one axis for all components of a mixture: a normal distribution cut off at the bounds, its discrete relative for
 * values with an order, and Aitchison & Aitken's for choices. Watanabe 2023 (arXiv 2304.11127) compares them.
 *
 * | symbol | meaning                                                              | shape  |
 * |--------|----------------------------------------------------------------------|--------|
 * | c      | value of each component on this axis, NaN where it has none          | [n]    |
 * | sigma  | bandwidth: of numbers in units of the cube, of choices a probability |        |
 *
 * A component without a value says nothing about the axis: there its kernel is the uniform distribution, as is the prior's.
 */
import type { RandomStream } from '../../core/random.ts';
import type { Axis } from './axes.ts';
import { normalCdf } from './normal.ts';

export interface Kernel {
  /**
   * Adds log k(x | c[i]) to terms[i], and the logarithm of the prior to the last.
   * @param terms shape [n + 1]
   */
  add(terms: Float64Array, x: number): void;
  /** A value drawn from the kernel of a component; component n is the prior. */
  draw(component: number, random: RandomStream): number;
}

/** @param centres shape [n] */
export function kernelOf(axis: Axis, centres: Float64Array, sigma: number): Kernel {
  switch (axis.kind) {
    case 'continuous':
      return new TruncatedNormal(centres, sigma);
    case 'ordered':
      return new DiscretisedNormal(centres, sigma, axis.places, axis.shares);
    case 'choice':
      return new AitchisonAitken(centres, sigma, axis.count);
  }
}

class TruncatedNormal implements Kernel {
  readonly #centres: Float64Array;
  readonly #sigma: number;
  /** Logarithm of the height at the centre. */
  readonly #logHeights: Float64Array;

  constructor(centres: Float64Array, sigma: number) {
    this.#centres = centres;
    this.#sigma = sigma;
    this.#logHeights = centres.map((centre) => {
      const inside = normalCdf((1 - centre) / sigma) - normalCdf(-centre / sigma);
      return -Math.log(sigma * Math.sqrt(2 * Math.PI) * inside);
    });
  }

  /** The uniform density is 1, its logarithm 0: nothing to add. */
  add(terms: Float64Array, x: number): void {
    const precision = 1 / this.#sigma;
    for (let i = 0; i < this.#centres.length; i++) {
      const distance = (x - (this.#centres[i] ?? NaN)) * precision;
      const term = (this.#logHeights[i] ?? NaN) - 0.5 * distance * distance;
      if (!Number.isNaN(term)) terms[i] = (terms[i] ?? NaN) + term;
    }
  }

  /** By rejection: the centre is inside and sigma at most 1, so a third of the draws or more are inside too. */
  draw(component: number, random: RandomStream): number {
    const centre = this.#centres[component] ?? NaN;
    if (Number.isNaN(centre)) return random.uniform();
    for (;;) {
      const x = centre + this.#sigma * random.normal();
      if (x >= 0 && x <= 1) return x;
    }
  }
}

class DiscretisedNormal implements Kernel {
  readonly #centres: Float64Array;
  readonly #shares: Float64Array;
  /** Probability of level x given level c at [c * levels + x], and its logarithm. */
  readonly #table: Float64Array;
  readonly #logTable: Float64Array;

  constructor(centres: Float64Array, sigma: number, places: Float64Array, shares: Float64Array) {
    this.#centres = centres;
    this.#shares = shares;
    const levels = shares.length;
    this.#table = new Float64Array(levels * levels);
    places.forEach((centre, c) => {
      // Each level has the density at its place times its width; divided by their sum, since nothing lies outside.
      const weights = places.map((place, x) => (shares[x] ?? NaN) * Math.exp(-0.5 * ((place - centre) / sigma) ** 2));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      this.#table.set(
        weights.map((weight) => weight / total),
        c * levels,
      );
    });
    this.#logTable = this.#table.map(Math.log);
  }

  add(terms: Float64Array, x: number): void {
    const uniform = Math.log(this.#shares[x] ?? NaN);
    for (let i = 0; i < this.#centres.length; i++) {
      const centre = this.#centres[i] ?? NaN;
      terms[i] = (terms[i] ?? NaN) + (Number.isNaN(centre) ? uniform : (this.#logTable[centre * this.#shares.length + x] ?? NaN));
    }
    const prior = this.#centres.length;
    terms[prior] = (terms[prior] ?? NaN) + uniform;
  }

  draw(component: number, random: RandomStream): number {
    const centre = this.#centres[component] ?? NaN;
    const levels = this.#shares.length;
    const shares = Number.isNaN(centre) ? this.#shares : this.#table.subarray(centre * levels, (centre + 1) * levels);
    let left = random.uniform();
    for (let level = 0; level < levels; level++) {
      left -= shares[level] ?? 0;
      if (left < 0) return level;
    }
    return levels - 1;
  }
}

/** The component's own choice with probability 1 - sigma, each other one with the same share of sigma (Aitchison & Aitken 1976). */
class AitchisonAitken implements Kernel {
  readonly #centres: Float64Array;
  readonly #sigma: number;
  readonly #count: number;

  constructor(centres: Float64Array, sigma: number, count: number) {
    this.#centres = centres;
    this.#sigma = sigma;
    this.#count = count;
  }

  add(terms: Float64Array, x: number): void {
    const same = Math.log(1 - this.#sigma);
    const other = Math.log(this.#sigma / (this.#count - 1));
    const uniform = -Math.log(this.#count);
    for (let i = 0; i < this.#centres.length; i++) {
      const centre = this.#centres[i] ?? NaN;
      terms[i] = (terms[i] ?? NaN) + (Number.isNaN(centre) ? uniform : centre === x ? same : other);
    }
    const prior = this.#centres.length;
    terms[prior] = (terms[prior] ?? NaN) + uniform;
  }

  draw(component: number, random: RandomStream): number {
    const centre = this.#centres[component] ?? NaN;
    if (Number.isNaN(centre)) return random.integer(0, this.#count - 1);
    if (random.uniform() >= this.#sigma) return centre;
    const other = random.integer(0, this.#count - 2);
    return other < centre ? other : other + 1;
  }
}
