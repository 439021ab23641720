/**
 * How a ring cuts values up: one segment a rank, each in chunks, so that a chunk is passed on while the next one is still coming.
 * All ranks compute the same from length and world size.
 *
 * At hop s rank r sends segment r − s and receives segment r − s − 1 (mod N). An all-reduce has 2(N − 1) hops: in the first N − 1 what
 * arrives is added, so that rank r then holds the sum of segment r + 1; in the others sums are passed on. Each segment is summed in the
 * order of ranks that begins with its own number.
 * (Patarasuk & Yuan 2009, "Bandwidth optimal all-reduce algorithms for clusters of workstations".)
 */

/** Values a chunk: 512 KiB of float32. Smaller ones cost more calls than they gain in overlap (`npm run bench -- allreduce`). */
export const CHUNK_VALUES = 131_072;

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Segment `index` of `count`: as even as whole numbers can be, none missing, none twice. */
export function segment(length: number, count: number, index: number): Range {
  const offset = Math.floor((length * index) / count);
  return { offset, length: Math.floor((length * (index + 1)) / count) - offset };
}

export function chunkCount({ length }: Range, chunkValues: number): number {
  return Math.ceil(length / chunkValues);
}

export function chunkOf(range: Range, chunk: number, chunkValues: number): Range {
  const offset = chunk * chunkValues;
  return { offset: range.offset + offset, length: Math.min(chunkValues, range.length - offset) };
}
