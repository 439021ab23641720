/**
 * Which rows of a batch are this rank's. All ranks go through the same batches in the same order; of each, a rank takes a contiguous
 * part. Whoever cuts a batch asks here, so that a batch is cut once.
 */

/** A rank's part of one batch. */
export interface Part {
  /** Of the whole batch. */
  readonly rows: number;
  /** First row of the part. */
  readonly begin: number;
  /** Behind its last row: there is always one. */
  readonly end: number;
  /**
   * Share of the batch: what the part measures as a mean counts so much in the mean of all. 0 where the batch has fewer rows than the
   * group has ranks and none is left: such a rank computes on the first row, so that it does what the others do.
   */
  readonly weight: number;
}

interface Place {
  readonly rank: number;
  readonly worldSize: number;
}

let place: Place = { rank: 0, worldSize: 1 };
let handedOut: Part | undefined;

/** Until the function that it returns is called, batches are divided. */
export function divideBatches({ rank, worldSize }: Place): () => void {
  place = { rank, worldSize };
  return () => {
    place = { rank: 0, worldSize: 1 };
    handedOut = undefined;
  };
}

/** This rank's part of a batch of so many rows. */
export function partOf(rows: number): Part {
  const { rank, worldSize } = place;
  const begin = Math.floor((rows * rank) / worldSize);
  const end = Math.floor((rows * (rank + 1)) / worldSize);
  return end > begin ? { rows, begin, end, weight: (end - begin) / rows } : { rows, begin: 0, end: 1, weight: 0 };
}

/** The whole of what every rank computes alike, such as a batch that no one has divided. */
export function undivided(rows: number): Part {
  return { rows, begin: 0, end: rows, weight: 1 / place.worldSize };
}

/** Tells that a training loop works on this part, until the function that it returns is called. */
export function handOut(part: Part): () => void {
  handedOut = part;
  return () => (handedOut = undefined);
}

/** The part that a training loop works on; nothing outside such a loop. */
export function partInHand(): Part | undefined {
  return handedOut;
}
