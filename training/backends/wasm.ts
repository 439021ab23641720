/**
 * WebAssembly with SIMD (XNNPACK underneath): the best back end that needs nothing but npm packages. It was made for inference; the gradient
 * kernels that training needs beyond its own are registered here. It has one thread: the package refuses threads under Node.
 */

import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { MaggyError } from '../../core/errors.ts';
import { tf } from '../tf.ts';
import type { Backend } from './backend.ts';
import { registerGradientKernels } from './gradients/register.ts';

const packageName = '@tensorflow/tfjs-backend-wasm';

export const wasm: Backend = {
  name: 'wasm',
  async load() {
    // Imported here, since a back end that is not chosen need not be read.
    const { setThreadsCount, setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(createRequire(import.meta.url).resolve(packageName)) + sep);
    setThreadsCount(1);
    await withoutNewProcessListeners(async () => {
      if (!(await tf.setBackend('wasm'))) throw new MaggyError('unavailable', `${packageName} did not initialise`);
    });
    const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    return {
      version: hasSimd ? `${version_wasm} with SIMD` : version_wasm,
      device: 'cpu',
      threads: 1,
      kernelsAdded: registerGradientKernels(),
    };
  },
};

/**
 * The compiled module's loader listens to the process's uncaught errors and throws each again from where it stands, so that a crash prints
 * the loader's whole source, a line of 50 kB, instead of the error. Those listeners are taken off again.
 */
async function withoutNewProcessListeners(load: () => Promise<void>): Promise<void> {
  const exceptionListeners = process.listeners('uncaughtException');
  const rejectionListeners = process.listeners('unhandledRejection');
  try {
    await load();
  } finally {
    for (const listener of process.listeners('uncaughtException')) {
      if (!exceptionListeners.includes(listener)) process.off('uncaughtException', listener);
    }
    for (const listener of process.listeners('unhandledRejection')) {
      if (!rejectionListeners.includes(listener)) process.off('unhandledRejection', listener);
    }
  }
}
