/** Exchanging kernels in the registry of TensorFlow.js. */

import { tf } from '../../tf.ts';

/**
 * Puts a kernel in the place of the one of that name, if there is one, which `make` is handed. What else was registered with it, such as the function
 * that binds compiled code, stays.
 */
export function replaceKernel(kernelName: string, backendName: string, make: (original: tf.KernelFunc | undefined) => tf.KernelFunc): void {
  // The registry's type leaves out that a kernel may be missing.
  const original: tf.KernelConfig | undefined = tf.getKernelsForBackend(backendName).find((kernel) => kernel.kernelName === kernelName);
  if (original) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...original, kernelName, backendName, kernelFunc: make(original?.kernelFunc) });
}

/** Wraps a kernel that is there, once: doing it again changes nothing, since a repair must not be repaired. */
export function repairKernel(kernelName: string, backendName: string, repair: (original: tf.KernelFunc) => tf.KernelFunc): void {
  replaceKernel(kernelName, backendName, (original) => {
    if (original === undefined) throw new TypeError(`${backendName} has no kernel ${kernelName}`);
    const kernel = repaired.has(original) ? original : repair(original);
    repaired.add(kernel);
    return kernel;
  });
}

const repaired = new WeakSet<tf.KernelFunc>();
