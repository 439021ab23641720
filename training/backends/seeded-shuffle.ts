/**
 * Takes the seed of `tf.data`'s shuffles from the trial's seed. TensorFlow.js takes it from the clock where none is given, and lets a dataset count its
 * passes: one that stays in memory for a second trial would go on where the first one ended. Here each run of a seed starts anew.
 *
 * Where no seeds are installed (seeding.ts) shuffles stay as they are.
 */

import { Dataset } from '@tensorflow/tfjs-data';
import type { TensorContainer } from '@tensorflow/tfjs-core';
import { currentRun } from '../seeding.ts';

const original: (this: Dataset<TensorContainer>, ...options: Parameters<typeof shuffle>) => Dataset<TensorContainer> =
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the dataset below
  Dataset.prototype.shuffle;

function shuffle(
  this: Dataset<TensorContainer>,
  bufferSize: number,
  seed?: string,
  reshuffleEachIteration?: boolean,
): Dataset<TensorContainer> {
  const shuffleWith = (chosen: string | undefined): Dataset<TensorContainer> =>
    original.call(this, bufferSize, chosen, reshuffleEachIteration);
  const shuffled: Dataset<TensorContainer> = shuffleWith(seed);
  const unseededIterator = shuffled.iterator.bind(shuffled);
  let run: ReturnType<typeof currentRun>;
  let ofRun = shuffled;
  shuffled.iterator = async () => {
    const now = currentRun();
    if (now === undefined) return unseededIterator();
    // Drawn for each pass, so that where the stream stands says how the next one goes: an attempt that goes on from a checkpoint shuffles on.
    if (seed === undefined && reshuffleEachIteration !== false) return shuffleWith(String(now.stream.uniform())).iterator();
    if (now !== run) {
      run = now;
      ofRun = shuffleWith(seed ?? String(now.stream.uniform()));
    }
    return ofRun.iterator();
  };
  return shuffled;
}

Dataset.prototype.shuffle = shuffle;
