/**
 * The names that stand under `tf`: those of core and layers side by side, and the readers and datasets under `tf.data`.
 * Core and layers share no name; a test holds that, because `export *` drops a name that both have without a word.
 * Loading layers registers the gradient of every operation.
 */

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
export * as data from '@tensorflow/tfjs-data';
