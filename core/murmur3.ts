/**
 * MurmurHash3_x86_128 by Austin Appleby (public domain; `MurmurHash3.cpp` of github.com/aappleby/smhasher): 128 well-mixed
 * bits from any bytes within a microsecond, in 32-bit arithmetic only. Not cryptographic: it spreads seeds, it keeps no secret.
 */

type Words = [number, number, number, number];

const c1 = 0x239b961b;
const c2 = 0xab0e9789;
const c3 = 0x38b34ae5;
const c4 = 0xa1e38b93;

/** Four unsigned 32-bit words, in the order in which the reference writes them. */
export function murmur3(bytes: Uint8Array, seed: number): Words {
  let [h1, h2, h3, h4]: Words = [seed, seed, seed, seed];
  const tail = bytes.length & ~15;
  for (let at = 0; at < tail; at += 16) {
    h1 ^= scramble(word(bytes, at), c1, 15, c2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= scramble(word(bytes, at + 4), c2, 16, c3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= scramble(word(bytes, at + 8), c3, 17, c4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= scramble(word(bytes, at + 12), c4, 18, c1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  // The last, incomplete block counts as filled up with zeros, and a word of zeros changes nothing.
  h4 ^= scramble(word(bytes, tail + 12), c4, 18, c1);
  h3 ^= scramble(word(bytes, tail + 8), c3, 17, c4);
  h2 ^= scramble(word(bytes, tail + 4), c2, 16, c3);
  h1 ^= scramble(word(bytes, tail), c1, 15, c2);
  return finish(h1 ^ bytes.length, h2 ^ bytes.length, h3 ^ bytes.length, h4 ^ bytes.length);
}

function finish(...words: Words): Words {
  const mixed = spread(spread(words).map(avalanche));
  const [h1, h2, h3, h4] = mixed;
  return [h1 >>> 0, h2 >>> 0, h3 >>> 0, h4 >>> 0];
}

/** Each word takes part in all: the first becomes the sum, which the others add. */
function spread([h1 = 0, h2 = 0, h3 = 0, h4 = 0]: readonly number[]): Words {
  const sum = (h1 + h2 + h3 + h4) | 0;
  return [sum, (h2 + sum) | 0, (h3 + sum) | 0, (h4 + sum) | 0];
}

/** Little-endian word; bytes beyond the end are zero. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function scramble(value: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(value, before), bits), after);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function avalanche(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
