/**
 * The one import of TensorFlow.js. Everything of ours, and every training function, takes `tf` from here, so there is one engine, one
 * kernel registry and one place that decides which back end computes (backends/).
 *
 * `tf` has what the union package `@tensorflow/tfjs` has for training: core operations with their gradients, chained methods such as
 * `x.add(y)`, layers, optimizers and `tf.data`. The union package itself is left out on purpose: its WebGL back end and model converter are
 * 160 MB that no worker uses. `@tensorflow/tfjs-node` brings it along as its own dependency; it then resolves to the same tfjs-core as
 * ours, as long as the versions are equal and npm can hoist them (backends/native.ts refuses to run otherwise).
 */

// The back end that needs nothing: `tf` computes from the first line on, also where nobody has called `selectBackend`.
import './backends/quiet-cpu.ts';
import './backends/chained-ops.ts';
import './backends/seeded-shuffle.ts';

export * as tf from './backends/tensorflow.ts';
