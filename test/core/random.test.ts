import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import './arbitraries.ts';
import { murmur3 } from '../../core/murmur3.ts';
import { deriveSeed, randomStream, RandomStream, type RandomState } from '../../core/random.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join('');

describe('murmur3', () => {
  it('gives the published hash of a sentence', () => {
    // README of the npm package murmurhash3js, x86.hash128.
    expect(hex(murmur3(bytesOf("I will not buy this tobacconist's, it is scratched."), 0))).toBe('9b5b7ba2ef3f7866889adeaf00f3f98e');
  });

  it("passes the reference's own verification over all lengths below 256", () => {
    // VerificationTest of smhasher's KeysetTest.cpp; 0xB3ECE62A is its entry for MurmurHash3_x86_128 in main.cpp.
    const keys = Uint8Array.from({ length: 256 }, (_, index) => index);
    const hashes = new DataView(new ArrayBuffer(256 * 16));
    for (let length = 0; length < 256; length++) {
      murmur3(keys.subarray(0, length), 256 - length).forEach((word, index) => hashes.setUint32(length * 16 + index * 4, word, true));
    }
    expect(murmur3(new Uint8Array(hashes.buffer), 0)[0]).toBe(0xb3ece62a);
  });
});

describe('a random stream', () => {
  it('draws what the reference implementation of xoroshiro128+ draws', () => {
    // xoroshiro128plus.c (a = 24, b = 16, c = 37; prng.di.unimi.it) in 64-bit integers. Two draws make one number here: the
    // upper 27 bits of one 32-bit half and the upper 26 of the next.
    const mask = (1n << 64n) - 1n;
    const rotate = (value: bigint, bits: bigint) => ((value << bits) | (value >> (64n - bits))) & mask;
    let [s0, s1] = [0x0123456789abcdefn, 0xfedcba9876543210n];
    const stream = new RandomStream([0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210]);
    const next = () => {
      const low = Number((s0 + s1) & 0xffffffffn);
      s1 ^= s0;
      s0 = rotate(s0, 24n) ^ s1 ^ ((s1 << 16n) & mask);
      s1 = rotate(s1, 37n);
      return low;
    };
    for (let draw = 0; draw < 100; draw++) {
      const expected = ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
      expect(stream.uniform()).toBe(expected);
    }
  });

  it('stays what it was: logs written by earlier versions replay', () => {
    const stream = randomStream(42, 'suggest', 7);
    expect(stream.state).toMatchInlineSnapshot(`
      [
        1292666587,
        -1768331238,
        488325905,
        -1752819062,
      ]
    `);
    expect([stream.uniform(), stream.integer(1, 6), stream.normal()]).toMatchInlineSnapshot(`
      [
        0.18016831148215895,
        5,
        1.5659393187379234,
      ]
    `);
    expect(stream.shuffle(['a', 'b', 'c', 'd', 'e'])).toMatchInlineSnapshot(`
      [
        "d",
        "c",
        "b",
        "e",
        "a",
      ]
    `);
    expect(deriveSeed(42, 'trial', 0)).toMatchInlineSnapshot(`857628538`);
  });

  it('depends on the seed and on every name, and not on how they are joined', () => {
    const parts: [number | string, ...(number | string)[]][] = [
      [1],
      ['1'],
      [1, 1],
      [11],
      [1, ''],
      ['', 1],
      [1, 'ab', 'c'],
      [1, 'a', 'bc'],
      [1, 'abc'],
      [1, '1:x'],
      ['n1:1'],
    ];
    const firsts = parts.map(([seed, ...names]) => randomStream(seed, ...names).uniform());
    expect(new Set(firsts).size).toBe(parts.length);
    expect(randomStream(1, 'ab', 'c').uniform()).toBe(randomStream(1, 'ab', 'c').uniform());
  });

  it('continues from a restored state', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 20 }), (seed, skipped) => {
        const stream = randomStream(seed);
        for (let draw = 0; draw < skipped; draw++) stream.normal();
        const { state } = stream;
        const ahead = [stream.uniform(), stream.normal(), stream.integer(0, 1e12)];
        const other = randomStream('other');
        other.restore(state);
        expect([other.uniform(), other.normal(), other.integer(0, 1e12)]).toEqual(ahead);
      }),
    );
  });

  it('refuses the one state that would draw zeros for ever', () => {
    expect(() => randomStream(1).restore([0, 0, 0, 0])).toThrow(/not all zero/);
    // 2^32 is the word 0 again.
    const hidden: RandomState = [0, 2 ** 32, 0, 0];
    expect(() => new RandomStream(hidden)).toThrow(/not all zero/);
  });

  it('draws integers within their bounds, both of which come up', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1e15, max: 1e15 }), fc.integer({ min: 0, max: 7e15 }), (seed, min, width) => {
        const drawn = randomStream(seed).integer(min, min + width);
        expect(Number.isSafeInteger(drawn) && drawn >= min && drawn <= min + width).toBe(true);
      }),
    );
    const stream = randomStream(3);
    expect(new Set(Array.from({ length: 100 }, () => stream.integer(-1, 1)))).toEqual(new Set([-1, 0, 1]));
    expect(() => stream.integer(2, 1)).toThrow();
    expect(() => stream.integer(0, 2 ** 53)).toThrow();
  });

  it('gives each of three integers a third, where the fractions of 2^53 alone would not', () => {
    // 30,000 draws: a share has a standard deviation of sqrt(1/3 * 2/3 / 30,000) = 0.0027; five of them are 0.0136.
    const stream = randomStream(4);
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 30_000; draw++) {
      const drawn = stream.integer(0, 2);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect(counts.size).toBe(3);
    for (const count of counts.values()) expect(Math.abs(count / 30_000 - 1 / 3)).toBeLessThan(0.0136);
  });

  it('rejects what lies beyond the last whole multiple', () => {
    // With 2^52 + 1 numbers nearly half of all draws are rejected; taken modulo, they would fall on the lower numbers and make
    // the mean 3/8 instead of 1/2. 10,000 draws: the mean has a standard deviation of 0.0029; five of them are 0.0145.
    const stream = randomStream(5);
    let sum = 0;
    for (let draw = 0; draw < 10_000; draw++) sum += stream.integer(0, 2 ** 52) / 2 ** 52;
    expect(Math.abs(sum / 10_000 - 0.5)).toBeLessThan(0.0145);
  });

  it('draws uniform and normal numbers with the moments they should have', () => {
    const stream = randomStream(6);
    const count = 20_000;
    const uniforms = Array.from({ length: count }, () => stream.uniform());
    const normals = Array.from({ length: count }, () => stream.normal());
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    // Five standard errors each: 0.2887, 1, sqrt(2) and sqrt(96) over sqrt(20,000).
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(0.0103);
    expect(uniforms.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(mean(normals))).toBeLessThan(0.0354);
    expect(Math.abs(mean(normals.map((value) => value ** 2)) - 1)).toBeLessThan(0.0501);
    expect(Math.abs(mean(normals.map((value) => value ** 4)) - 3)).toBeLessThan(0.347);
  });

  it('shuffles into every order alike and leaves the list as it was', () => {
    // 6,000 shuffles of 3: each of 6 orders has a share of 1/6 with a standard deviation of 0.0048; five of them are 0.0241.
    const stream = randomStream(7);
    const items = Object.freeze(['a', 'b', 'c']);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const order = stream.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of counts.values()) expect(Math.abs(count / 6000 - 1 / 6)).toBeLessThan(0.0241);
  });

  it('picks an item of the list and refuses an empty one', () => {
    const stream = randomStream(8);
    expect(new Set(Array.from({ length: 50 }, () => stream.pick(['x', 'y'])))).toEqual(new Set(['x', 'y']));
    expect(() => stream.pick([])).toThrow();
  });
});

describe('deriveSeed', () => {
  it('gives distinct integers from 1 to 2^31 - 1', () => {
    const seeds = Array.from({ length: 1000 }, (_, trial) => deriveSeed(0, 'trial', trial));
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 1 && seed < 2 ** 31)).toBe(true);
    // Birthday bound: a collision among 1,000 of 2^31 has a probability of 2e-4, and these are always the same thousand.
    expect(new Set(seeds).size).toBe(1000);
  });
});
