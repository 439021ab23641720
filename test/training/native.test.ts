/** Native TensorFlow is optional: these run where `maggy native` has put it in. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { installNative, verifyNative } from '../../cli/native.ts';
import { selectBackend } from '../../training/backends/select.ts';
import { tf } from '../../training/tf.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageName = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].find((name) => {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`) !== '';
  } catch {
    return false;
  }
});

describe.skipIf(packageName === undefined)('native TensorFlow', () => {
  it('trains a step in a process of its own', async () => {
    const installation = await verifyNative(packageName ?? '', root);
    expect(installation.tensorFlow).toMatch(/^\d+\.\d+/);
  });

  it('is chosen before all others, with the threads it was given', async () => {
    const info = await selectBackend({ threads: 2 });
    expect(info.name).toMatch(/^native/);
    expect(info.threads).toBe(2);
    expect(info.version).toMatch(/TensorFlow \d+\.\d+/);
  });

  it('draws the same classes for the same seed', () => {
    const draw = () => Array.from(tf.multinomial(tf.tensor2d([[0, 1, 2]]), 20, 7).dataSync());
    expect(draw()).toEqual(draw());
    expect(new Set(draw()).size).toBeGreaterThan(1);
  });
});

describe('installNative', () => {
  it('says which tool failed, and what it printed', async () => {
    const request = installNative({ wheel: false, gpu: false, folder: '/nonexistent', log: () => undefined });
    await expect(request).rejects.toThrow(/^npm install failed: /);
  });
});
