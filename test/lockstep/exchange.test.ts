/** Sums in memory that both threads of a rank share: by vectors and by JavaScript, to the same bits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Exchange } from '../../worker/lockstep/wire/exchange.ts';

const anyValue = fc.float();
const sums = fc.record({
  pairs: fc.array(fc.tuple(anyValue, anyValue), { minLength: 1, maxLength: 70 }),
  /** So that neither range need begin at the beginning of a vector. */
  sumAt: fc.nat(5),
  gap: fc.nat(5),
});

describe('an exchange', () => {
  it('adds with vectors to the bits that JavaScript adds to, and leaves what is around as it was', () => {
    expect(Exchange.allocate(1).memory).not.toBeInstanceOf(SharedArrayBuffer);
    fc.assert(
      fc.property(sums, ({ pairs, sumAt, gap }) => {
        const results = [true, false].map((isVectorized) => {
          const exchange = Exchange.allocate(160, isVectorized);
          const addendAt = sumAt + pairs.length + gap;
          exchange.values.fill(0.5);
          pairs.forEach(([sum, addend], at) => {
            exchange.values[sumAt + at] = sum;
            exchange.values[addendAt + at] = addend;
          });
          const range = (begin: number): Float32Array => exchange.values.subarray(begin, begin + pairs.length);
          exchange.add(range(sumAt), range(addendAt));
          return { sum: range(sumAt), addend: range(addendAt), whole: exchange.values.subarray(0, 160) };
        });
        const [vectorized, plain] = results;
        expect(vectorized).toEqual(plain);
        // toEqual tells −0 from 0 and takes any NaN for any other: IEEE 754 leaves their bits open.
        pairs.forEach(([sum, addend], at) => expect(vectorized?.sum[at]).toBe(Math.fround(sum + addend)));
        pairs.forEach(([, addend], at) => expect(vectorized?.addend[at]).toBe(addend));
      }),
    );
  });

  it('adds a chunk from the room for what comes', () => {
    for (const isVectorized of [true, false]) {
      const exchange = Exchange.allocate(10, isVectorized);
      exchange.values.fill(1);
      const addend = new Float32Array(exchange.scratch.buffer, exchange.scratch.byteOffset, 7).fill(2);
      exchange.add(exchange.values.subarray(1, 8), addend);
      expect(Array.from(exchange.values.subarray(0, 10))).toEqual([1, 3, 3, 3, 3, 3, 3, 3, 1, 1]);
    }
  });
});
