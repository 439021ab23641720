/**
 * Gradients as float16, and behind them, from `exactFrom` on, float32. In one all-reduce each rank rounds each value once: its own, or a
 * sum that it passes on. What rounding takes away there it adds to the same value the next time, so that errors do not pile up
 * (Karimireddy et al. 2019, "Error feedback fixes SignSGD and other gradient compression schemes", algorithm 2).
 */
import type { Encoding } from './encoding.ts';
import { fromFloat16, toFloat16 } from './float16.ts';
import type { Range } from './segments.ts';

type Bytes = Uint8Array;

const HALF_BYTES = 2;
const EXACT_BYTES = 4;

/** What a rank still owes: by number of rounded values, since a training of several models has several. */
export class Residuals {
  readonly #ofLength = new Map<number, Float32Array>();

  of(length: number): Float32Array {
    const known = this.#ofLength.get(length);
    if (known !== undefined) return known;
    const fresh = new Float32Array(length);
    this.#ofLength.set(length, fresh);
    return fresh;
  }
}

/** Bytes of that many values, counted from the first of the collective. */
export function encodedBytes(values: number, exactFrom: number): number {
  return HALF_BYTES * Math.min(values, exactFrom) + EXACT_BYTES * Math.max(0, values - exactFrom);
}

export class Float16Encoding implements Encoding {
  readonly #values: Float32Array;
  readonly #exactFrom: number;
  readonly #residual: Float32Array;
  /** The whole collective as it goes over the wire. What is passed on for a range was sent by this rank before, so it may lie in its place. */
  readonly #wire: Bytes;

  constructor(values: Float32Array, exactFrom: number, residuals: Residuals) {
    this.#values = values;
    this.#exactFrom = exactFrom;
    this.#residual = residuals.of(exactFrom);
    this.#wire = new Uint8Array(encodedBytes(values.length, exactFrom));
  }

  bytesOf(range: Range): number {
    return this.place(range).length;
  }

  encode(range: Range): Bytes {
    const bytes = this.place(range);
    const { rounded, exact } = this.#split(range, bytes);
    for (let at = 0; at < rounded.length; at++) {
      const index = range.offset + at;
      const wanted = (this.#values[index] ?? 0) + (this.#residual[index] ?? 0);
      const half = toFloat16(wanted);
      const sent = fromFloat16(half);
      rounded[at] = half;
      this.#residual[index] = Number.isFinite(sent) ? wanted - sent : 0;
    }
    exact.bytes.set(exact.place);
    return bytes;
  }

  settle(range: Range): Bytes {
    return this.keep(range, this.encode(range));
  }

  add(range: Range, bytes: Bytes): void {
    const { rounded, exact } = this.#split(range, bytes);
    let index = range.offset;
    for (const half of rounded) {
      this.#values[index] = (this.#values[index] ?? 0) + fromFloat16(half);
      index += 1;
    }
    // A copy, since what follows an odd number of halves is not aligned.
    for (const addend of new Float32Array(exact.bytes.slice().buffer)) {
      this.#values[index] = (this.#values[index] ?? 0) + addend;
      index += 1;
    }
  }

  place({ offset, length }: Range): Bytes {
    return this.#wire.subarray(encodedBytes(offset, this.#exactFrom), encodedBytes(offset + length, this.#exactFrom));
  }

  keep(range: Range, bytes: Bytes): Bytes {
    const place = this.place(range);
    if (bytes.buffer !== place.buffer) place.set(bytes);
    const { rounded, exact } = this.#split(range, place);
    rounded.forEach((half, at) => (this.#values[range.offset + at] = fromFloat16(half)));
    exact.place.set(exact.bytes);
    return place;
  }

  /** The two kinds of values in the bytes of a range, and where the exact ones stand in memory. */
  #split({ offset, length }: Range, bytes: Bytes): { rounded: Uint16Array; exact: { bytes: Bytes; place: Bytes } } {
    const count = Math.max(0, Math.min(length, this.#exactFrom - offset));
    const { buffer, byteOffset } = this.#values;
    return {
      rounded: new Uint16Array(bytes.buffer, bytes.byteOffset, count),
      exact: {
        bytes: bytes.subarray(HALF_BYTES * count),
        place: new Uint8Array(buffer, byteOffset + EXACT_BYTES * (offset + count), EXACT_BYTES * (length - count)),
      },
    };
  }
}
