/**
 * Scrambled Sobol points: they fill the unit cube more evenly than independent draws do. Any 2^k points whose indices begin at
 * a multiple of 2^k put exactly one into each of 2^k equal slices of every dimension.
 *
 * Scrambling is Owen's (1995), by hash as in Burley 2020, "Practical Hash-based Owen Scrambling", with the hash of Vegdahl 2021,
 * "Building a Better LK Hash": a bit is flipped by what the higher bits and the seed say. So point i is a function of (seed, i).
 */
import { randomStream } from '../../core/random.ts';
import { joeKuo } from './direction-numbers.ts';

const BITS = 32;

export class SobolSequence {
  readonly #scrambles: readonly number[];
  readonly #shuffles: readonly number[];

  constructor(dimensions: number, seed: number) {
    const random = randomStream(seed, 'sobol');
    const word = () => random.integer(0, 2 ** BITS - 1);
    this.#scrambles = Array.from({ length: dimensions }, word);
    this.#shuffles = Array.from({ length: Math.ceil(dimensions / joeKuo.length) }, word);
  }

  /**
   * Dimensions beyond the table reuse it, with scrambles of their own and the points in another order (Burley 2020, section 3,
   * "padding"): each block of the table's length is a Sobol set, independent of the other blocks.
   * @param index from 0; below 2^32
   * @returns shape [dimensions], each in (0, 1)
   */
  point(index: number): Float64Array {
    return Float64Array.from(this.#scrambles, (scramble, dimension) => {
      const block = Math.floor(dimension / joeKuo.length);
      const place = block === 0 ? index : owenScramble(index, this.#shuffles[block] ?? 0);
      const bits = owenScramble(sobolBits(dimension % joeKuo.length, place), scramble);
      // The middle of its cell: never 0 or 1, where a logarithm or a normal quantile would be infinite.
      return (bits + 0.5) / 2 ** BITS;
    });
  }
}

/** Coordinate of the unscrambled sequence as 32 bits behind the point; `index` in binary order, not in Gray code. */
export function sobolBits(dimension: number, index: number): number {
  const directions = directionsOf(dimension);
  let bits = 0;
  for (let rest = index >>> 0, bit = 0; rest !== 0; rest >>>= 1, bit++) {
    if ((rest & 1) === 1) bits ^= directions[bit] ?? 0;
  }
  return bits >>> 0;
}

const known: Uint32Array[] = [];

/** What each bit of the index adds: Sobol's recurrence (Joe & Kuo 2008, equation 2) on numbers shifted to the left end of the word. */
function directionsOf(dimension: number): Uint32Array {
  const cached = known[dimension];
  if (cached !== undefined) return cached;
  const [polynomial = 1, ...initial] = joeKuo[dimension] ?? [];
  const degree = initial.length;
  const directions = new Uint32Array(BITS);
  const at = (bit: number) => directions[bit] ?? 0;
  for (let bit = 0; bit < BITS; bit++) {
    if (degree === 0) directions[bit] = 1 << (BITS - 1 - bit);
    else if (bit < degree) directions[bit] = (initial[bit] ?? 0) << (BITS - 1 - bit);
    else {
      let next = at(bit - degree) ^ (at(bit - degree) >>> degree);
      for (let term = 1; term < degree; term++) {
        if (((polynomial >>> (degree - term)) & 1) === 1) next ^= at(bit - term);
      }
      directions[bit] = next;
    }
  }
  known[dimension] = directions;
  return directions;
}

function owenScramble(bits: number, seed: number): number {
  let mixed = reverseBits(bits);
  mixed ^= Math.imul(mixed, 0x3d20adea);
  mixed = (mixed + seed) | 0;
  mixed = Math.imul(mixed, (seed >>> 16) | 1);
  mixed ^= Math.imul(mixed, 0x05526c56);
  mixed ^= Math.imul(mixed, 0x53a22864);
  return reverseBits(mixed);
}

function reverseBits(word: number): number {
  let bits = ((word >>> 1) & 0x55555555) | ((word & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return ((bits >>> 16) | (bits << 16)) >>> 0;
}
