/**
 * Makes seeds real. TensorFlow.js draws initialisers, dropout, `fit` shuffles and unseeded `tf.random*` from `Math.random`, and shuffles `tf.data` by the
 * clock; a seed of 0 means none to it. `installSeededRandom` puts a stream in the place of both, and from `reseed` on everything drawn is a function of
 * the seed: the same in a fresh process as in one that has run other trials.
 *
 * Processes that run trials install it before they load TensorFlow.js or any training function. A person who calls their function as a plain function
 * keeps JavaScript's own randomness.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { invalid } from '../core/errors.ts';
import { randomStream, type RandomStream } from '../core/random.ts';

/** One run of a seed. Shuffles remember which run they belong to: a dataset that outlives a trial must not carry its position into the next. */
interface SeededRun {
  readonly stream: RandomStream;
}

interface Installation {
  readonly original: () => number;
  run: SeededRun;
}

let installation: Installation | undefined;
const nested = new AsyncLocalStorage<SeededRun>();

/**
 * Puts a seeded stream in the place of `Math.random`. Until the first `reseed` it runs from a fixed seed.
 *
 * @returns puts everything back as it was
 */
export function installSeededRandom(): () => void {
  if (installation) throw invalid('installSeededRandom', 'is called once until what it returned is called', 'a second call');
  const original = Math.random;
  installation = { original, run: startRun(1) };
  Math.random = () => currentRun()?.stream.uniform() ?? original();
  return () => {
    Math.random = original;
    installation = undefined;
  };
}

/**
 * Starts the stream of that seed: at the start of a trial, before anything of it runs.
 *
 * @param seed a positive 32-bit integer
 */
export function reseed(seed: number): void {
  if (!installation) throw invalid('reseed', 'needs installSeededRandom to have been called before', 'no installation');
  installation.run = startRun(seed);
}

/**
 * Runs `work`, and whatever it starts, on a stream of its own, without moving the stream outside. For what a warm process does not repeat: a dataset that
 * is loaded once must draw the same whether the trial around it loads it or finds it.
 *
 * @param seed a positive 32-bit integer
 */
export function withSeed<Result>(seed: number, work: () => Result): Result {
  return installation ? nested.run(startRun(seed), work) : work();
}

/** The run that draws now; undefined where seeds are not installed. */
export function currentRun(): SeededRun | undefined {
  return installation && (nested.getStore() ?? installation.run);
}

function startRun(seed: number): SeededRun {
  if (!Number.isInteger(seed) || seed < 1 || seed >= 2 ** 32) throw invalid('seed', 'must be a positive 32-bit integer', seed);
  return { stream: randomStream(seed, 'Math.random') };
}
