/**
 * One rank's part in one collective, without sockets: what it sends at once, where what comes is to be written, and what follows from
 * each chunk that has come. `segments.ts` says who sends what to whom.
 */
import { MaggyError } from '../../../core/errors.ts';
import type { Encoding } from './encoding.ts';
import { CHUNK_VALUES, chunkCount, chunkOf, segment, type Range } from './segments.ts';

type Bytes = Uint8Array;

export type Operation = 'allReduce' | 'broadcast';

export interface CollectiveOrder {
  readonly operation: Operation;
  readonly rank: number;
  readonly worldSize: number;
  /** Number of values. */
  readonly length: number;
  readonly encoding: Encoding;
  /** Passes bytes to the next rank. They stay as they are until they have left. */
  readonly send: (hop: number, chunk: number, bytes: Bytes) => void;
  /** Smaller ones let tests take the long path with few values. */
  readonly chunkValues?: number;
}

/** From the first to the last; none where the last is before the first. */
interface Hops {
  readonly first: number;
  readonly last: number;
}

export class Collective {
  readonly #order: CollectiveOrder;
  readonly #chunkValues: number;
  readonly #incomingHops: Hops;
  #remaining: number;

  constructor(order: CollectiveOrder) {
    this.#order = order;
    this.#chunkValues = order.chunkValues ?? CHUNK_VALUES;
    this.#incomingHops = incomingHops(order);
    this.#remaining = 0;
    for (let hop = this.#incomingHops.first; hop <= this.#incomingHops.last; hop++) {
      this.#remaining += chunkCount(this.#incoming(hop), this.#chunkValues);
    }
  }

  /** Whether everything has come. What was sent may still be on its way. */
  get isComplete(): boolean {
    return this.#remaining === 0;
  }

  /** Sends what waits for nobody. */
  start(): void {
    const { operation, rank, worldSize, length, encoding, send } = this.#order;
    if (worldSize === 1 || (operation === 'broadcast' && rank !== 0)) return;
    const own = operation === 'broadcast' ? { offset: 0, length } : segment(length, worldSize, rank);
    for (let chunk = 0; chunk < chunkCount(own, this.#chunkValues); chunk++) {
      const range = chunkOf(own, chunk, this.#chunkValues);
      send(0, chunk, operation === 'broadcast' ? encoding.settle(range) : encoding.encode(range));
    }
  }

  /**
   * Where to write a chunk that is about to come: its place, or `scratch` where it is to be added.
   *
   * @throws {MaggyError} `corrupt` for a chunk that is none of this collective
   */
  landing(hop: number, chunk: number, bytes: number, scratch: Bytes): Bytes {
    const range = this.#range(hop, chunk);
    if (bytes !== this.#order.encoding.bytesOf(range)) {
      throw new MaggyError('corrupt', `chunk ${chunk} of hop ${hop} has ${bytes} bytes for ${range.length} values`);
    }
    return this.#isAdded(hop) ? scratch.subarray(0, bytes) : this.#order.encoding.place(range);
  }

  /** A chunk has come whole. */
  landed(hop: number, chunk: number, bytes: Bytes): void {
    const { encoding, worldSize, send } = this.#order;
    const range = this.#range(hop, chunk);
    this.#remaining -= 1;
    if (this.#isAdded(hop)) {
      encoding.add(range, bytes);
      send(hop + 1, chunk, hop === worldSize - 2 ? encoding.settle(range) : encoding.encode(range));
    } else {
      const kept = encoding.keep(range, bytes);
      if (this.#isPassedOn(hop)) send(hop + 1, chunk, kept);
    }
  }

  #incoming(hop: number): Range {
    const { operation, rank, worldSize, length } = this.#order;
    if (operation === 'broadcast') return { offset: 0, length };
    return segment(length, worldSize, (rank - hop - 1 + 2 * worldSize) % worldSize);
  }

  #range(hop: number, chunk: number): Range {
    const incoming = this.#incoming(hop);
    const { first, last } = this.#incomingHops;
    if (hop < first || hop > last || chunk >= chunkCount(incoming, this.#chunkValues)) {
      throw new MaggyError('corrupt', `hop ${hop} has no chunk ${chunk} for this rank`);
    }
    return chunkOf(incoming, chunk, this.#chunkValues);
  }

  #isAdded(hop: number): boolean {
    return this.#order.operation === 'allReduce' && hop < this.#order.worldSize - 1;
  }

  #isPassedOn(hop: number): boolean {
    const { operation, worldSize } = this.#order;
    return hop + 1 < (operation === 'broadcast' ? worldSize - 1 : 2 * (worldSize - 1));
  }
}

function incomingHops({ operation, rank, worldSize }: CollectiveOrder): Hops {
  if (operation === 'allReduce') return { first: 0, last: 2 * (worldSize - 1) - 1 };
  return rank === 0 ? { first: 0, last: -1 } : { first: rank - 1, last: rank - 1 };
}
