/** The ring on paper: chunks of any size, values of any number, delivered in any order that the links allow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Collective, type Operation } from '../../worker/lockstep/wire/collective.ts';
import { Float32Encoding } from '../../worker/lockstep/wire/encoding.ts';
import { segment } from '../../worker/lockstep/wire/segments.ts';

interface Sent {
  readonly hop: number;
  readonly chunk: number;
  readonly bytes: Uint8Array;
}

/** Runs one collective among ranks joined by queues; `pick` says whose next chunk arrives. */
function carryOut(operation: Operation, ranks: readonly Float32Array[], chunkValues: number, pick: (ready: number) => number): void {
  const worldSize = ranks.length;
  const inboxes: Sent[][] = ranks.map(() => []);
  const collectives = ranks.map((values, rank) => {
    const send = (hop: number, chunk: number, bytes: Uint8Array): void => {
      inboxes[(rank + 1) % worldSize]?.push({ hop, chunk, bytes: bytes.slice() });
    };
    const encoding = new Float32Encoding(values);
    return new Collective({ operation, rank, worldSize, length: values.length, encoding, send, chunkValues });
  });
  collectives.forEach((collective) => collective.start());
  const scratch = new Uint8Array(4 * chunkValues);
  for (;;) {
    const ready = inboxes.flatMap((inbox, rank) => (inbox.length > 0 ? [rank] : []));
    if (ready.length === 0) break;
    const rank = ready[pick(ready.length)] ?? 0;
    const sent = inboxes[rank]?.shift();
    const collective = collectives[rank];
    if (sent === undefined || collective === undefined) break;
    const place = collective.landing(sent.hop, sent.chunk, sent.bytes.length, scratch);
    place.set(sent.bytes);
    collective.landed(sent.hop, sent.chunk, place);
  }
  expect(collectives.every(({ isComplete }) => isComplete)).toBe(true);
}

const shape = fc.record({
  worldSize: fc.integer({ min: 2, max: 6 }),
  length: fc.integer({ min: 1, max: 60 }),
  chunkValues: fc.integer({ min: 1, max: 20 }),
  order: fc.infiniteStream(fc.nat()),
  seed: fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 7, maxLength: 7 }),
});

describe('a collective', () => {
  it('adds up on all ranks to the same bits, in whatever order chunks arrive', () => {
    fc.assert(
      fc.property(shape, ({ worldSize, length, chunkValues, order, seed }) => {
        const make = (): Float32Array[] =>
          Array.from({ length: worldSize }, (_, rank) =>
            Float32Array.from({ length }, (_, at) => (seed[(3 * rank + at) % 7] ?? 0) / (rank + 1)),
          );
        const ranks = make();
        carryOut('allReduce', ranks, chunkValues, (ready) => order.next().value % ready);
        const again = make();
        carryOut('allReduce', again, 7, () => 0);
        for (const values of [...ranks, ...again]) expect(values).toEqual(ranks[0]);
        const addends = make();
        ranks[0]?.forEach((sum, at) =>
          expect(sum).toBeCloseTo(
            addends.reduce((total, values) => total + (values[at] ?? 0), 0),
            2,
          ),
        );
      }),
    );
  });

  it('brings the values of rank 0 to all', () => {
    fc.assert(
      fc.property(shape, ({ worldSize, length, chunkValues, order }) => {
        const ranks = Array.from({ length: worldSize }, (_, rank) => new Float32Array(length).fill(rank + 1));
        carryOut('broadcast', ranks, chunkValues, (ready) => order.next().value % ready);
        for (const values of ranks) expect(values).toEqual(new Float32Array(length).fill(1));
      }),
    );
  });

  it('cuts values into segments without gap or overlap', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 64 }), (length, count) => {
        let end = 0;
        for (let index = 0; index < count; index++) {
          const part = segment(length, count, index);
          expect(part.offset).toBe(end);
          end += part.length;
        }
        expect(end).toBe(length);
      }),
    );
  });
});
