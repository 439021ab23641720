/**
 * Frames on a link: a header of eight unsigned 32-bit words, little endian, then `bytes` bytes. Data frames carry one chunk of a
 * collective; news and signs of life go the other way round the ring as JSON or empty.
 */

export const HEADER_BYTES = 32;

export const DATA = 1;
export const BEAT = 2;
export const NEWS = 3;

export interface Header {
  readonly kind: number;
  readonly generation: number;
  /** Number of the collective, from 1; 0 in frames without one. */
  readonly sequence: number;
  /** How many ranks the chunk has come through. */
  readonly hop: number;
  readonly chunk: number;
  /** Values of the whole collective. */
  readonly length: number;
  /** What tells this collective from others; the same on all ranks. */
  readonly mark: number;
  readonly bytes: number;
}

export function encodeHeader(header: Header): Uint8Array {
  const words = new DataView(new ArrayBuffer(HEADER_BYTES));
  const { kind, generation, sequence, hop, chunk, length, mark, bytes } = header;
  [kind, generation, sequence, hop, chunk, length, mark, bytes].forEach((word, at) => words.setUint32(4 * at, word, true));
  return new Uint8Array(words.buffer);
}

export function decodeHeader(bytes: Uint8Array): Header {
  const words = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const word = (at: number): number => words.getUint32(4 * at, true);
  return {
    kind: word(0),
    generation: word(1),
    sequence: word(2),
    hop: word(3),
    chunk: word(4),
    length: word(5),
    mark: word(6),
    bytes: word(7),
  };
}
