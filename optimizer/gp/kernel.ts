/**
 * Matérn-5/2 covariance with a length scale for each dimension (Rasmussen & Williams 2006, equation 4.17), on features.
 *
 * | name  | meaning                                                        | shape            |
 * |-------|----------------------------------------------------------------|------------------|
 * | X     | features of the rows, one column a feature                     | [features] of [n] |
 * | x     | features of a query                                            | [features]       |
 * | ℓ     | length scales                                                  | [scales]         |
 * | r²    | Σ over features of (difference / ℓ)²; a label differs by 0 or 1 |                  |
 * | k(r)  | σ² (1 + √5 r + 5/3 r²) exp(-√5 r)                              | [n]              |
 * | slope | σ² 5/3 (1 + √5 r) exp(-√5 r) = -2 dk / d(r²)                   | [n]              |
 */
import type { Feature } from './features.ts';

const ROOT_FIVE = Math.sqrt(5);

export interface Kernel {
  readonly signalVariance: number;
  /** 1 / ℓ² of each feature, shape [features] */
  readonly weights: Float64Array;
}

export function kernelOf(features: readonly Feature[], signalVariance: number, lengthScales: ArrayLike<number>): Kernel {
  return { signalVariance, weights: Float64Array.from(features, ({ scale }) => (lengthScales[scale] ?? NaN) ** -2) };
}

/** Features of rows, by column: distances to all rows are worked out one feature at a time. Grows at its end. */
export class Columns {
  readonly features: readonly Feature[];
  #size = 0;
  #columns: Float64Array[];

  constructor(features: readonly Feature[]) {
    this.features = features;
    this.#columns = features.map(() => new Float64Array(16));
  }

  get size(): number {
    return this.#size;
  }

  /** Values of a feature; those from `size` on mean nothing. */
  column(feature: number): Float64Array {
    return this.#columns[feature] ?? new Float64Array(0);
  }

  truncate(size: number): void {
    if (size < this.#size) this.#size = size;
  }

  /** @param values shape [features], from `start` */
  push(values: Float64Array, start = 0): void {
    const row = this.#size++;
    if (row >= (this.#columns[0]?.length ?? Infinity)) {
      this.#columns = this.#columns.map((column) => {
        const grown = new Float64Array(2 * column.length);
        grown.set(column);
        return grown;
      });
    }
    this.#columns.forEach((column, feature) => (column[row] = values[start + feature] ?? NaN));
  }

  read(row: number): Float64Array {
    return Float64Array.from(this.#columns, (column) => column[row] ?? NaN);
  }
}

/**
 * k(x, X) over the first `count` rows.
 * @param query x, from `start`
 * @param into k, from `at`
 * @param slopes where given, the slopes, shape [count]
 */
export function covariances(
  kernel: Kernel,
  columns: Columns,
  count: number,
  query: Float64Array,
  start: number,
  into: Float64Array,
  at: number,
  slopes?: Float64Array,
): void {
  for (let row = 0; row < count; row++) into[at + row] = 0;
  for (let feature = 0; feature < columns.features.length; feature++) {
    const weight = kernel.weights[feature] ?? 0;
    const column = columns.column(feature);
    const value = query[start + feature] ?? NaN;
    if (columns.features[feature]?.kind === 'label') {
      for (let row = 0; row < count; row++) if (column[row] !== value) into[at + row] = (into[at + row] ?? 0) + weight;
    } else {
      for (let row = 0; row < count; row++) {
        const difference = value - (column[row] ?? 0);
        into[at + row] = (into[at + row] ?? 0) + weight * difference * difference;
      }
    }
  }
  for (let row = 0; row < count; row++) {
    const scaled = ROOT_FIVE * Math.sqrt(into[at + row] ?? 0);
    const decay = kernel.signalVariance * Math.exp(-scaled);
    into[at + row] = decay * (1 + scaled + (scaled * scaled) / 3);
    if (slopes !== undefined) slopes[row] = decay * (5 / 3) * (1 + scaled);
  }
}

/**
 * Gradient by x of Σ cᵢ k(x, Xᵢ) = -Σ cᵢ slopeᵢ (x - Xᵢ) / ℓ²; 0 for labels.
 * @param coefficients c, shape [columns.size]
 * @param slopes as `covariances` wrote them
 * @returns shape [features]
 */
export function gradient(
  kernel: Kernel,
  columns: Columns,
  query: Float64Array,
  coefficients: Float64Array,
  slopes: Float64Array,
): Float64Array {
  const pulls = new Float64Array(columns.size);
  for (let row = 0; row < pulls.length; row++) pulls[row] = (coefficients[row] ?? 0) * (slopes[row] ?? 0);
  return Float64Array.from(columns.features, ({ kind }, feature) => {
    if (kind === 'label') return 0;
    const column = columns.column(feature);
    const value = query[feature] ?? NaN;
    let sum = 0;
    for (let row = 0; row < pulls.length; row++) sum += (pulls[row] ?? 0) * (value - (column[row] ?? 0));
    return -(kernel.weights[feature] ?? 0) * sum;
  });
}
