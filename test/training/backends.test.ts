import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TensorLedger } from '../../training/backends/memory.ts';
import { selectBackend } from '../../training/backends/select.ts';
import { tf } from '../../training/tf.ts';

const { resolve } = createRequire(import.meta.url);

describe('tf', () => {
  it('computes without a back end having been selected', () => {
    expect(Array.from(tf.add([1, 2], 1).dataSync())).toEqual([2, 3]);
  });

  it('has every name of core and layers', async () => {
    const [core, layers] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-layers')]);
    const names = [...Object.keys(core), ...Object.keys(layers)].filter((name) => name !== 'default' && name !== 'module.exports');
    expect(names.filter((name) => !(name in tf))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every chained method that the union package has', () => {
    const folder = join(dirname(resolve('@tensorflow/tfjs-core/package.json')), 'dist/public/chained_ops');
    const files = readdirSync(folder).filter((name) => name.endsWith('.js') && !/^register|_test/.test(name));
    const methods = files.flatMap((name) => /prototype\.(\w+)/.exec(readFileSync(join(folder, name), 'utf8'))?.slice(1) ?? []);
    expect(methods.length).toBeGreaterThan(100);
    expect(methods.filter((method) => !(method in tf.Tensor.prototype))).toEqual([]);
  });

  it('chains operations', () => {
    const x = tf.tensor2d([[1, 2], [3, 4]]); // prettier-ignore
    expect(Array.from(x.add(1).matMul(x).flatten().dataSync())).toEqual([11, 16, 19, 28]);
    expect(x.concat(x, 1).shape).toEqual([2, 4]);
  });
});

describe('selectBackend', () => {
  it('takes the preferred back end first', async () => {
    const info = await selectBackend({ prefer: 'cpu' });
    expect(info).toMatchObject({ name: 'cpu', device: 'cpu', skipped: [] });
    expect(tf.getBackend()).toBe('cpu');
  });

  it('says why it skipped the ones before', async () => {
    const info = await selectBackend({ prefer: 'wasm' });
    expect(info).toMatchObject({ name: 'wasm', device: 'cpu', threads: 1 });
    expect(info.kernelsAdded).toContain('Conv2DBackpropFilter');
    const best = await selectBackend();
    for (const { reason } of best.skipped) expect(reason).not.toBe('');
  });

  it.each([0, 1.5, -1])('refuses %s threads', async (threads) => {
    await expect(selectBackend({ threads })).rejects.toThrow('threads: must be an integer of at least 1');
  });

  it('leaves no listener of the WASM loader on the process', async () => {
    await selectBackend({ prefer: 'wasm' });
    expect(process.listeners('uncaughtException').filter((listener) => String(listener).includes('ExitStatus'))).toEqual([]);
  });
});

describe('a tensor ledger', () => {
  it('counts what a trial leaves behind, and not what is kept for the next one', async () => {
    const ledger = new TensorLedger();
    const kept = await ledger.keeping(() => tf.ones([10]));
    expect(ledger.left()).toEqual({ tensors: 0, bytes: 0 });
    const forgotten = tf.ones([3]);
    expect(ledger.left()).toEqual({ tensors: 1, bytes: 12 });
    tf.dispose([kept, forgotten]);
  });
});
