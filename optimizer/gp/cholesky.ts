/**
 * Cholesky factor of a covariance matrix that grows by rows: K = L Lᵀ. Every element of L is worked out by the same operations
 * in the same order whether rows come one by one or all at once, so a factor built anew equals a grown one bit for bit; and
 * dropping the last rows leaves the factor of the smaller matrix. Solving is the same operation as appending.
 *
 * | name | meaning                                                            | shape           |
 * |------|--------------------------------------------------------------------|-----------------|
 * | n    | rows of the factor, `size`                                         |                 |
 * | L    | lower triangle, rows packed one after another: (i, j) at i(i+1)/2+j | [n(n+1)/2]      |
 * | V    | m right-hand sides, one a row                                      | [m, stride]     |
 */
import { MaggyError } from '../../core/errors.ts';

/** Right-hand sides solved side by side: each row of L is read once for all of them, and their sums do not wait for each other. */
const LANES = 4;

export class Cholesky {
  #size = 0;
  #lower = new Float64Array(64);

  get size(): number {
    return this.#size;
  }

  /** Forgets all rows from `size` on. */
  truncate(size: number): void {
    if (size < this.#size) this.#size = size;
  }

  /**
   * Appends `count` rows of K, row i of them holding K's elements left of the diagonal and the diagonal itself. O(n²) a row.
   * @param rows shape [count, stride]; overwritten
   * @returns false where K is not positive definite; the factor is then as it was
   */
  tryAppend(rows: Float64Array, count: number, stride: number): boolean {
    const before = this.#size;
    this.#reserve(before + count);
    for (let first = 0; first < count; first += LANES) {
      const lanes = Math.min(LANES, count - first);
      const block = rows.subarray(first * stride, (first + lanes) * stride);
      const known = this.#size;
      // What earlier blocks decide, for these rows together; then the triangle among them, row by row.
      this.solveLower(block, lanes, stride);
      for (let lane = 0; lane < lanes; lane++) {
        this.#solveLane(block, lane * stride, known, this.#size);
        if (this.#close(block, lane * stride)) continue;
        this.#size = before;
        return false;
      }
    }
    return true;
  }

  /** Like `tryAppend`. @throws MaggyError `internal` where K is not positive definite */
  append(rows: Float64Array, count: number, stride: number): void {
    if (this.tryAppend(rows, count, stride)) return;
    throw new MaggyError('internal', `a covariance matrix of ${this.#size + count} rows is not positive definite`);
  }

  /**
   * V ← L⁻¹ V, for each of `count` right-hand sides.
   * @param from the elements of V before it are 0, and stay so
   */
  solveLower(sides: Float64Array, count: number, stride: number, from = 0): void {
    let side = 0;
    for (; side + LANES <= count; side += LANES) this.#solveLanes(sides, side * stride, stride, from);
    for (; side < count; side++) this.#solveLane(sides, side * stride, from, this.#size, from);
  }

  /** v ← L⁻ᵀ v. */
  solveUpper(side: Float64Array): void {
    const lower = this.#lower;
    for (let i = this.#size - 1; i >= 0; i--) {
      const row = (i * (i + 1)) / 2;
      const value = (side[i] ?? 0) / (lower[row + i] ?? 0);
      side[i] = value;
      for (let j = 0; j < i; j++) side[j] = (side[j] ?? 0) - (lower[row + j] ?? 0) * value;
    }
  }

  /** log |K| */
  logDeterminant(): number {
    let sum = 0;
    for (let i = 0; i < this.#size; i++) sum += Math.log(this.diagonal(i));
    return 2 * sum;
  }

  /** L's element (i, i). */
  diagonal(i: number): number {
    return this.#lower[(i * (i + 1)) / 2 + i] ?? 0;
  }

  /** Row i of L times v. */
  rowTimes(i: number, v: Float64Array): number {
    return dot(this.#lower, (i * (i + 1)) / 2, v, 0, 0, i + 1);
  }

  /** K⁻¹, both triangles. @returns shape [n, n] */
  inverse(): Float64Array {
    const n = this.#size;
    // Row i holds L⁻¹ eᵢ, which is 0 before i.
    const inverted = new Float64Array(n * n);
    for (let i = 0; i < n; i++) inverted[i * n + i] = 1;
    for (let i = 0; i < n; i += LANES) {
      const count = Math.min(LANES, n - i);
      this.solveLower(inverted.subarray(i * n, (i + count) * n), count, n, i);
    }
    const inverse = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) inverse[i * n + j] = inverse[j * n + i] = dot(inverted, i * n, inverted, j * n, i, n);
    }
    return inverse;
  }

  #solveLanes(sides: Float64Array, start: number, stride: number, from: number): void {
    const lower = this.#lower;
    const a = start;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    for (let i = from; i < this.#size; i++) {
      const row = (i * (i + 1)) / 2;
      let sumA = 0;
      let sumB = 0;
      let sumC = 0;
      let sumD = 0;
      for (let j = from; j < i; j++) {
        const element = lower[row + j] ?? 0;
        sumA += element * (sides[a + j] ?? 0);
        sumB += element * (sides[b + j] ?? 0);
        sumC += element * (sides[c + j] ?? 0);
        sumD += element * (sides[d + j] ?? 0);
      }
      const pivot = lower[row + i] ?? 0;
      sides[a + i] = ((sides[a + i] ?? 0) - sumA) / pivot;
      sides[b + i] = ((sides[b + i] ?? 0) - sumB) / pivot;
      sides[c + i] = ((sides[c + i] ?? 0) - sumC) / pivot;
      sides[d + i] = ((sides[d + i] ?? 0) - sumD) / pivot;
    }
  }

  /** Elements `from` to `to` of one right-hand side whose earlier ones, back to `first`, are solved. */
  #solveLane(sides: Float64Array, start: number, from: number, to: number, first = 0): void {
    for (let i = from; i < to; i++) {
      const row = (i * (i + 1)) / 2;
      const sum = dot(this.#lower, row, sides, start, first, i);
      sides[start + i] = ((sides[start + i] ?? 0) - sum) / (this.#lower[row + i] ?? 0);
    }
  }

  /** Takes a solved row in, with its place on the diagonal; false where nothing positive is left for it. */
  #close(rows: Float64Array, start: number): boolean {
    const n = this.#size;
    const pivot = (rows[start + n] ?? 0) - dot(rows, start, rows, start, 0, n);
    if (!(pivot > 0)) return false;
    const row = (n * (n + 1)) / 2;
    this.#lower.set(rows.subarray(start, start + n), row);
    this.#lower[row + n] = Math.sqrt(pivot);
    this.#size = n + 1;
    return true;
  }

  #reserve(size: number): void {
    const length = (size * (size + 1)) / 2;
    if (length <= this.#lower.length) return;
    const grown = new Float64Array(2 * length);
    grown.set(this.#lower);
    this.#lower = grown;
  }
}

/** Σ a[i] b[i] for i in [from, to), one sum in ascending order: what makes all ways to L agree. */
function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (a[aStart + i] ?? 0) * (b[bStart + i] ?? 0);
  return sum;
}
