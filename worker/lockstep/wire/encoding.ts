/** How the values of a collective go over the wire: as the float32 they are, or rounded to float16 (float16-encoding.ts). */
import type { Range } from './segments.ts';

type Bytes = Uint8Array;

export interface Encoding {
  /** Length of a range on the wire. */
  bytesOf(range: Range): number;
  /** What stands in the range, made here: this rank's own values, or a sum that is to grow further. */
  encode(range: Range): Bytes;
  /** The finished sum of the range. All ranks keep what these bytes say, this one too. */
  settle(range: Range): Bytes;
  /** Adds what came for the range. */
  add(range: Range, bytes: Bytes): void;
  /** Where what is kept as it comes may be written at once. */
  place(range: Range): Bytes;
  /** Takes over what came for the range, in its `place` or elsewhere, and returns it for the next rank. */
  keep(range: Range, bytes: Bytes): Bytes;
}

const BYTES_PER_VALUE = 4;

/** Adds to each value of `sum` that of `addend`, as long. */
export type Add = (sum: Float32Array, addend: Float32Array) => void;

export class Float32Encoding implements Encoding {
  readonly #values: Float32Array;
  readonly #add: Add;

  constructor(values: Float32Array, add: Add) {
    this.#values = values;
    this.#add = add;
  }

  bytesOf({ length }: Range): number {
    return BYTES_PER_VALUE * length;
  }

  encode(range: Range): Bytes {
    return this.place(range);
  }

  settle(range: Range): Bytes {
    return this.place(range);
  }

  add({ offset, length }: Range, bytes: Bytes): void {
    this.#add(this.#values.subarray(offset, offset + length), new Float32Array(bytes.buffer, bytes.byteOffset, length));
  }

  place({ offset, length }: Range): Bytes {
    const values = this.#values;
    return new Uint8Array(values.buffer, values.byteOffset + offset * BYTES_PER_VALUE, length * BYTES_PER_VALUE);
  }

  keep(range: Range, bytes: Bytes): Bytes {
    const place = this.place(range);
    if (bytes.buffer !== place.buffer) place.set(bytes);
    return place;
  }
}
