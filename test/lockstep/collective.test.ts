/** The ring on paper: chunks of any size, values of any number, delivered in any order that the links allow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Collective, type Operation } from '../../worker/lockstep/wire/collective.ts';
import { Float32Encoding, type Add, type Encoding } from '../../worker/lockstep/wire/encoding.ts';
import { Float16Encoding, Residuals } from '../../worker/lockstep/wire/float16-encoding.ts';
import { fromFloat16, toFloat16 } from '../../worker/lockstep/wire/float16.ts';
import { segment } from '../../worker/lockstep/wire/segments.ts';

interface Sent {
  readonly hop: number;
  readonly chunk: number;
  readonly bytes: Uint8Array;
}

const add: Add = (sum, addend) => addend.forEach((value, at) => (sum[at] = (sum[at] ?? 0) + value));

/** Runs one collective among ranks joined by queues; `pick` says whose next chunk arrives. */
function carryOut(
  operation: Operation,
  ranks: readonly Float32Array[],
  chunkValues: number,
  pick: (ready: number) => number,
  encode: (values: Float32Array, rank: number) => Encoding = (values) => new Float32Encoding(values, add),
): void {
  const worldSize = ranks.length;
  const inboxes: Sent[][] = ranks.map(() => []);
  const collectives = ranks.map((values, rank) => {
    const send = (hop: number, chunk: number, bytes: Uint8Array): void => {
      inboxes[(rank + 1) % worldSize]?.push({ hop, chunk, bytes: bytes.slice() });
    };
    return new Collective({ operation, rank, worldSize, length: values.length, encoding: encode(values, rank), send, chunkValues });
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

describe('a collective in float16', () => {
  it('has the same bits on all ranks, near the sum, and exactly the sum from where nothing may be rounded', () => {
    fc.assert(
      fc.property(shape, fc.nat(60), ({ worldSize, length, chunkValues, order, seed }, rounded) => {
        const make = (): Float32Array[] =>
          Array.from({ length: worldSize }, (_, rank) =>
            Float32Array.from({ length }, (_, at) => (seed[(3 * rank + at) % 7] ?? 0) / (rank + 1)),
          );
        const [ranks, exact] = [make(), make()];
        const exactFrom = Math.min(rounded, length);
        const pick = (ready: number): number => order.next().value % ready;
        carryOut('allReduce', ranks, chunkValues, pick, (values) => new Float16Encoding(values, exactFrom, new Residuals()));
        carryOut('allReduce', exact, chunkValues, pick);
        const [first = new Float32Array(0)] = ranks;
        const [sum = new Float32Array(0)] = exact;
        for (const values of ranks) expect(values).toEqual(first);
        expect(first.subarray(exactFrom)).toEqual(sum.subarray(exactFrom));
        // Each of the ranks rounds once, by 2^-11 of at most the sum of all magnitudes.
        first.forEach((value, at) => expect(Math.abs(value - (sum[at] ?? 0))).toBeLessThanOrEqual(worldSize * 2 ** -11 * 100 * worldSize));
      }),
    );
  });

  it('brings in the end what is too small for float16 at every step', () => {
    const [steps, tiny] = [500, 1e-9];
    const residuals = [new Residuals(), new Residuals(), new Residuals()];
    let total = 0;
    for (let step = 0; step < steps; step++) {
      const ranks = residuals.map(() => new Float32Array(5).fill(tiny));
      carryOut(
        'allReduce',
        ranks,
        2,
        () => 0,
        (values, rank) => new Float16Encoding(values, 5, residuals[rank] ?? new Residuals()),
      );
      total += ranks[0]?.[0] ?? 0;
    }
    // What is still owed: at most half of the smallest float16, 2^-24, on each rank.
    expect(Math.abs(total - 3 * steps * tiny)).toBeLessThanOrEqual(3 * 2 ** -25);
  });

  it('rounds to the nearest float16, ties to even, and never makes a number infinite', () => {
    const halves = Array.from({ length: 0x1_0000 }, (_, half) => half);
    const numbers = halves.filter((half) => !Number.isNaN(fromFloat16(half)));
    expect(numbers.filter((half) => toFloat16(fromFloat16(half)) !== half)).toEqual([]);
    // Between each positive number and the next.
    const between = (half: number, share: number): number => fromFloat16(half) + share * (fromFloat16(half + 1) - fromFloat16(half));
    const positive = halves.slice(0, 0x7bff);
    expect(positive.filter((half) => toFloat16(between(half, 0.49)) !== half)).toEqual([]);
    expect(positive.filter((half) => toFloat16(between(half, 0.51)) !== half + 1)).toEqual([]);
    expect(positive.filter((half) => toFloat16(between(half, 0.5)) !== half + (half % 2))).toEqual([]);
    expect([1e6, -1e6, Infinity].map((value) => fromFloat16(toFloat16(value)))).toEqual([65_504, -65_504, Infinity]);
    expect(fromFloat16(toFloat16(Number.NaN))).toBeNaN();
  });
});
