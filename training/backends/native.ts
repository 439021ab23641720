/**
 * TensorFlow itself through `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`. Both are optional peer dependencies that nobody downloads
 * unasked; `maggy native` puts one in. The package may be there without its native library, which is a failure to load like any other.
 */

import util from 'node:util';
import { MaggyError } from '../../core/errors.ts';
import { tf } from '../tf.ts';
import type { Backend, BackendName } from './backend.ts';
import { multinomial } from './gradients/multinomial.ts';
import { replaceKernel } from './gradients/registry.ts';
import { importOptional, packageVersion, property, resolveOurs, resolveThrough, textProperty } from './packages.ts';

/** The name under which both packages register. */
const engineName = 'tensorflow';

export const nativeGpu: Backend = native('native-gpu', '@tensorflow/tfjs-node-gpu');
export const nativeCpu: Backend = native('native', '@tensorflow/tfjs-node');

function native(name: BackendName, packageName: string): Backend {
  return {
    name,
    async load({ threads }) {
      requireSharedCore(packageName);
      restoreRemovedUtilities();
      configureTensorFlow(threads);
      await importOptional(packageName);
      await tf.setBackend(engineName);
      replaceKernel(tf.Multinomial, engineName, () => multinomial);
      const backend = tf.backend();
      return {
        version: `${packageVersion(packageName)} on TensorFlow ${textProperty(property(backend, 'binding'), 'TF_Version')}`,
        device: property(backend, 'isUsingGpuDevice') === true ? 'gpu' : 'cpu',
        threads,
        kernelsAdded: [tf.Multinomial],
      };
    },
  };
}

/**
 * The package brings the union package `@tensorflow/tfjs`, which requires tfjs-core. With equal versions npm hoists all of them and there is
 * one core; with another version it nests a second one, whose tensors ours would not know.
 *
 * @throws MaggyError `conflict` where there are two, `unavailable` where the package is not installed
 */
function requireSharedCore(packageName: string): void {
  const itsCore = resolveThrough([packageName, '@tensorflow/tfjs'], '@tensorflow/tfjs-core');
  if (itsCore === resolveOurs('@tensorflow/tfjs-core')) return;
  throw new MaggyError(
    'conflict',
    `${packageName} has a tfjs-core of its own (${itsCore}): install version ${tf.version_core}, which shares ours`,
  );
}

/**
 * Two functions that Node 23 removed and that the packages still call: `isNullOrUndefined` in every operation that takes optional tensors,
 * `isArray` in the summary writer. They are put back on the module object, the only place where those packages look.
 */
function restoreRemovedUtilities(): void {
  const removed = { isNullOrUndefined: (value: unknown) => value === undefined || value === null, isArray: Array.isArray };
  for (const [name, utility] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: utility, configurable: true });
  }
}

/**
 * TensorFlow reads its settings from the environment when its library is loaded. Threads are always set, since its own choice is all cores
 * of the machine; the others only where the person has not chosen.
 */
function configureTensorFlow(threads: number): void {
  // eslint-disable-next-line no-restricted-syntax -- nothing is decided by the environment: it is the only way to speak to the library
  const { env } = process;
  env.TF_NUM_INTRAOP_THREADS = String(threads);
  env.TF_NUM_INTEROP_THREADS = '1';
  // Same seed, same curve: without this, sums on a GPU are taken in whatever order its threads finish.
  env.TF_DETERMINISTIC_OPS ??= '1';
  // Otherwise each process reserves the whole memory of its GPU, and slots that share one cannot start.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Leaves out the notes on instruction sets; warnings and errors stay.
  env.TF_CPP_MIN_LOG_LEVEL ??= '1';
}
