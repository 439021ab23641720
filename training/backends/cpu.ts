/**
 * Plain JavaScript: always there, and some 20 times slower than WASM in convolutions. tf.ts has registered it already; two gradients of its
 * own that are wrong (4.22.0) are repaired here.
 */

import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { MaggyError } from '../../core/errors.ts';
import { tf } from '../tf.ts';
import type { Backend } from './backend.ts';
import { onInputsSeen } from './gradients/average-pool.ts';
import { inputTensor } from './gradients/convolution.ts';
import { repairKernel } from './gradients/registry.ts';

export const cpu: Backend = {
  name: 'cpu',
  async load() {
    await tf.setBackend('cpu');
    repairKernel(tf.ResizeNearestNeighborGrad, 'cpu', onSingleImages);
    repairKernel(tf.AvgPoolGrad, 'cpu', onInputsSeen);
    return { version: version_cpu, device: 'cpu', threads: 1, kernelsAdded: [tf.ResizeNearestNeighborGrad, tf.AvgPoolGrad] };
  },
};

/** The gradient of nearest-neighbour upsampling, one image at a time: the kernel mixes up the images of a batch. */
function onSingleImages(original: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const batch = inputTensor(inputs, 'images');
    return tf.tidy(() => {
      const images = tf.split(batch, batch.shape[0]);
      const gradients = tf.split(inputTensor(inputs, 'dy'), images.length).map((dy, index) => {
        const output = original({ inputs: { images: images[index] ?? dy, dy }, ...(attrs && { attrs }), backend });
        if (Array.isArray(output)) throw new MaggyError('internal', 'the gradient of upsampling is one tensor');
        return tf.engine().makeTensorFromTensorInfo(output);
      });
      return tf.concat(gradients);
    });
  };
}
