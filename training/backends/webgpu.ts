/**
 * WebGPU through Dawn: the npm packages `webgpu` (Dawn for Node) and `@tensorflow/tfjs-backend-webgpu`, both optional peer dependencies. For
 * GPUs that TensorFlow does not serve, such as Apple's and AMD's. Needs a Vulkan, Metal or D3D12 driver.
 */

import { MaggyError } from '../../core/errors.ts';
import { tf } from '../tf.ts';
import type { Backend } from './backend.ts';
import { onInputsSeen } from './gradients/average-pool.ts';
import { repairKernel } from './gradients/registry.ts';
import { importOptional, packageVersion, property, textProperty } from './packages.ts';

const dawnPackage = 'webgpu';
const backendPackage = '@tensorflow/tfjs-backend-webgpu';

export const webgpu: Backend = {
  name: 'webgpu',
  async load({ isPreferred }) {
    const gpu = await openDawn();
    const adapter = property(await requestAdapter(gpu), 'info');
    if (adapter === undefined) throw new MaggyError('unavailable', 'Dawn finds no GPU with a Vulkan, Metal or D3D12 driver');
    const device = textProperty(adapter, 'description') || textProperty(adapter, 'device');
    if (property(adapter, 'isFallbackAdapter') === true && !isPreferred) {
      throw new MaggyError('unavailable', `Dawn finds only a GPU in software (${device}), which is slower than WASM`);
    }
    // The TensorFlow package registers its back end while it is loaded, if it then finds a GPU where browsers have it.
    offerGpu(gpu);
    await importOptional(backendPackage);
    if (!(await tf.setBackend('webgpu'))) throw new MaggyError('unavailable', `${backendPackage} did not initialise`);
    repairKernel(tf.AvgPoolGrad, 'webgpu', onInputsSeen);
    const version = `${packageVersion(backendPackage)} with Dawn ${packageVersion(dawnPackage)} on ${device}`;
    return { version, device: 'gpu', kernelsAdded: [tf.AvgPoolGrad] };
  },
};

/** Dawn's entry, the object that browsers call `navigator.gpu`. */
async function openDawn(): Promise<object> {
  const dawn = await importOptional(dawnPackage);
  const create = property(dawn, 'create');
  if (typeof create !== 'function')
    throw new MaggyError('unavailable', `${dawnPackage} ${packageVersion(dawnPackage)} exports no create()`);
  // Constants such as GPUBufferUsage, which are globals in a browser.
  Object.assign(globalThis, property(dawn, 'globals'));
  const gpu: unknown = Reflect.apply(create, undefined, [[]]);
  if (typeof gpu !== 'object' || gpu === null) throw new MaggyError('unavailable', `${dawnPackage} gives no GPU object`);
  return gpu;
}

async function requestAdapter(gpu: object): Promise<unknown> {
  const request = property(gpu, 'requestAdapter');
  return typeof request === 'function' ? Reflect.apply(request, gpu, []) : undefined;
}

/** Node has had a `navigator` since version 21, without `gpu`. */
function offerGpu(gpu: object): void {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  if (typeof navigator === 'object' && navigator !== null) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}
