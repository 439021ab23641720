/**
 * Fills one target after another from a byte stream, each exactly. Sockets that can read into given memory (Node's `onread`) write into
 * `room` and call `advance`, so that nothing is copied; the others call `feed`. Between two targets the stream is held.
 */
export class ExactReader {
  #target: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #full: (() => void) | undefined;

  /** The next target, and what to do when it is full. An empty one is full at once. */
  expect(target: Uint8Array, full: () => void): void {
    this.#target = target;
    this.#filled = 0;
    this.#full = full;
    this.advance(0);
  }

  /** Nothing may be taken from the stream now. */
  get isHeld(): boolean {
    return this.#full === undefined;
  }

  get room(): Uint8Array {
    return this.#target.subarray(this.#filled);
  }

  /** So many bytes have been written to `room`. */
  advance(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled < this.#target.length) return;
    const full = this.#full;
    this.#full = undefined;
    full?.();
  }

  /** @returns how many of the bytes were taken: fewer than given when held in between */
  feed(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length && !this.isHeld) {
      const { room } = this;
      const part = bytes.subarray(taken, taken + room.length);
      room.set(part);
      taken += part.length;
      this.advance(part.length);
    }
    return taken;
  }
}
