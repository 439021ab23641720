/**
 * Seeded random streams. A stream is derived from a seed and names ("suggest", 17), never from another stream's position,
 * so that each decision has randomness of its own whatever was drawn before it. Generator: xoroshiro128+ of pure-rand
 * (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators"). Not for secrets.
 */
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { MaggyError } from './errors.ts';
import { murmur3 } from './murmur3.ts';

/** Changes whenever a stream would draw other numbers than before, because logs are replayed. */
const version = 'maggy-random-1';

export type RandomState = readonly [number, number, number, number];

/** Anything but undefined, which a list also gives where it has nothing. */
type Pickable = string | number | boolean | bigint | symbol | object | null;

const twoTo53 = 2 ** 53;

export class RandomStream {
  private generator = xoroshiro128plus(0);

  /** @param state four 32-bit words, not all zero */
  constructor(state: RandomState) {
    this.restore(state);
  }

  /** Where the stream stands; `restore` continues from there. Four signed 32-bit words. */
  get state(): RandomState {
    const [a = 0, b = 0, c = 0, d = 0] = this.generator.getState();
    return [a, b, c, d];
  }

  /** @throws MaggyError `corrupt` for a state that no stream has: one of zeros would draw zeros for ever */
  restore(state: RandomState): void {
    const words = state.map((word) => word | 0);
    if (words.length !== 4 || words.every((word) => word === 0)) {
      throw new MaggyError('corrupt', 'a random state has four words that are not all zero', { value: state });
    }
    this.generator = xoroshiro128plusFromState(words);
  }

  /** In [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return this.bits53() / twoTo53;
  }

  /** Each integer from `min` to `max`, both included, with the same probability. Their distance must be below 2^53. */
  integer(min: number, max: number): number {
    const count = max - min + 1;
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || !(count >= 1 && count <= twoTo53)) {
      throw new MaggyError('internal', `no integers can be drawn from ${min} to ${max}`);
    }
    // Beyond the last whole multiple of the count, some remainders would come up once more than others.
    const end = twoTo53 - (twoTo53 % count);
    let bits = this.bits53();
    while (bits >= end) bits = this.bits53();
    return min + (bits % count);
  }

  /** Standard normal (Box & Muller 1958). The second value of each pair is not kept, so that `state` says everything. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** @throws MaggyError `internal` for an empty list */
  pick<Item extends Pickable>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new MaggyError('internal', 'a list with a hole has nothing to pick there');
    return item;
  }

  /** A new array with the items in random order (Fisher & Yates, inside out); every order has the same probability. */
  shuffle<Item extends Pickable>(items: readonly Item[]): Item[] {
    const shuffled: Item[] = [];
    for (const item of items) {
      const at = this.integer(0, shuffled.length);
      const moved = shuffled[at];
      if (moved === undefined) {
        shuffled.push(item);
      } else {
        shuffled.push(moved);
        shuffled[at] = item;
      }
    }
    return shuffled;
  }

  /**
   * 53 random bits as an integer, from two draws. A draw is the lower half of a 64-bit number whose lowest bits are its
   * weakest, so the upper bits are taken.
   */
  private bits53(): number {
    return (this.generator.next() >>> 5) * 0x400_0000 + (this.generator.next() >>> 6);
  }
}

/** The stream of a seed and names. Numbers and strings differ as names: 1 is not "1". */
export function randomStream(seed: number | string, ...names: (number | string)[]): RandomStream {
  const words = hashParts([seed, ...names]);
  return new RandomStream(words.some((word) => word !== 0) ? words : [1, 0, 0, 0]);
}

/** A seed for what the names say: from 1 to 2^31 - 1, so that it fits a signed word and is never 0, "no seed" to TensorFlow.js. */
export function deriveSeed(seed: number | string, ...names: (number | string)[]): number {
  const [word] = hashParts([seed, ...names]);
  return word >>> 1 || 1;
}

const encoder = new TextEncoder();

/** Each part is preceded by its kind and length, so that no two lists of parts read the same. */
function hashParts(parts: readonly (number | string)[]): RandomState {
  let text = version;
  for (const part of parts) {
    const printed = String(part);
    text += `${typeof part === 'number' ? 'n' : 's'}${printed.length}:${printed}`;
  }
  return murmur3(encoder.encode(text), 0);
}
