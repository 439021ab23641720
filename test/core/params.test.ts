import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSpace } from '../../core/compiled-space.ts';
import { activeParameters, completeParams, configurationKey, defaultParams, validateParams } from '../../core/params.ts';
import { validateSpace } from '../../core/space-validation.ts';
import { anySpace } from './arbitraries.ts';
import { refusal } from './refusal.ts';

const space = validateSpace({
  momentum: { type: 'float', min: 0, max: 0.99, when: { optimizer: 'sgd' } },
  nesterov: { type: 'categorical', choices: [true, false], when: { optimizer: 'sgd', layers: [2, 3] } },
  lr: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
  dropout: { type: 'float', min: 0, max: 0.5, step: 0.1, default: 0.2 },
  layers: { type: 'int', min: 1, max: 8 },
  width: { type: 'int', min: 16, max: 64, step: 16 },
  optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
  batch: { type: 'ordinal', choices: [16, 32, 64] },
  k: { type: 'constant', value: 3 },
});
const adam = { lr: 0.01, dropout: 0.3, layers: 2, width: 32, optimizer: 'adam', batch: 32, k: 3 };
const refused = (params: unknown) => refusal(() => validateParams(space, params));

describe('validateParams', () => {
  it('accepts every active parameter in its range and nothing else', () => {
    expect(validateParams(space, adam)).toEqual(adam);
    const sgd = { ...adam, optimizer: 'sgd', momentum: 0.9, nesterov: true };
    expect(validateParams(compileSpace(space), sgd)).toEqual(sgd);
    expect(validateParams(space, { ...adam, lr: 1e-4, layers: 8, momentum: undefined })).toEqual({ ...adam, lr: 1e-4, layers: 8 });
  });

  it('names what is wrong', () => {
    expect(refused(null)).toBe('hparams: must be an object');
    expect(refused({ ...adam, learningRate: 1 })).toBe('hparams.learningRate: is not a parameter of the search space');
    expect(refused({ ...adam, droput: 1 })).toBe('hparams.droput: is not a parameter of the search space (did you mean "dropout"?)');
    expect(refused(JSON.parse('{ "__proto__": 1 }'))).toBe('hparams.__proto__: is not a parameter of the search space');
    expect(refused({ ...adam, batch: undefined })).toBe('hparams.batch: is required');
    expect(refused({ ...adam, lr: 2 })).toBe('hparams.lr: must be a number from 0.0001 to 1');
    expect(refused({ ...adam, lr: NaN })).toBe('hparams.lr: must be a number from 0.0001 to 1');
    expect(refused({ ...adam, lr: '0.01' })).toBe('hparams.lr: must be a number from 0.0001 to 1');
    expect(refused({ ...adam, dropout: 0.25 })).toBe('hparams.dropout: must be a number from 0 to 0.5 in steps of 0.1');
    expect(refused({ ...adam, layers: 2.5 })).toBe('hparams.layers: must be an integer from 1 to 8');
    expect(refused({ ...adam, layers: 9 })).toBe('hparams.layers: must be an integer from 1 to 8');
    expect(refused({ ...adam, width: 40 })).toBe('hparams.width: must be an integer from 16 to 64 in steps of 16');
    expect(refused({ ...adam, optimizer: 'Adam' })).toBe('hparams.optimizer: must be "adam" or "sgd" (did you mean "adam"?)');
    expect(refused({ ...adam, batch: '32' })).toBe('hparams.batch: must be 16, 32 or 64');
    expect(refused({ ...adam, k: 4 })).toBe('hparams.k: must be 3');
  });

  it('refuses inactive parameters and says what would make them active', () => {
    expect(refused({ ...adam, momentum: 0.9 })).toBe('hparams.momentum: must be absent unless optimizer is "sgd"');
    expect(refused({ ...adam, nesterov: true })).toBe('hparams.nesterov: must be absent unless optimizer is "sgd" and layers is 2 or 3');
    expect(refused({ ...adam, optimizer: 'sgd' })).toBe('hparams.momentum: is required');
  });

  it('takes a grid value for what was meant, so that equal configurations are equal', () => {
    expect(validateParams(space, { ...adam, dropout: 0.1 * 3 })).toEqual({ ...adam, dropout: 0.3 });
    expect(validateParams(space, { ...adam, dropout: -0 }).dropout).toBe(0);
    expect(refused({ ...adam, dropout: 0.3 + 1e-12 })).toMatch(/^hparams\.dropout/);
  });

  it('does not change the params it is given', () => {
    const given = Object.freeze({ ...adam });
    expect(validateParams(space, given)).not.toBe(given);
  });
});

describe('completeParams', () => {
  it('fills what is absent and active, and nothing that the given values make inactive', () => {
    expect(completeParams(space, { layers: 3 })).toEqual({ ...defaultParams(space), layers: 3 });
    expect(Object.keys(completeParams(space, {}))).not.toContain('momentum');
    expect(completeParams(space, { optimizer: 'sgd', layers: 3 })).toMatchObject({ momentum: 0.495, nesterov: true });
    expect(refusal(() => completeParams(space, { momentum: 0.5 }, 'params'))).toBe(
      'params.momentum: must be absent unless optimizer is "sgd"',
    );
    expect(refusal(() => completeParams(space, { lr: -1 }))).toMatch(/^hparams\.lr/);
  });
});

describe('defaultParams', () => {
  it('are the given defaults, else the middle of the unit cube, else the first choice', () => {
    // The middle of [1e-4, 1] on a log scale is 1e-2; 2^-50 is some ulps of it.
    const { lr, ...others } = defaultParams(space);
    expect(Math.abs(Number(lr) - 0.01)).toBeLessThan(2 ** -50);
    expect(others).toEqual({ dropout: 0.2, layers: 5, width: 48, optimizer: 'adam', batch: 16, k: 3 });
  });

  it('are legal in every space', () => {
    fc.assert(
      fc.property(anySpace, (any) => {
        const params = defaultParams(any);
        expect(validateParams(any, params)).toEqual(params);
      }),
    );
  });
});

describe('activeParameters', () => {
  it('puts parents before those that wait for them', () => {
    expect(activeParameters(space, { ...adam, optimizer: 'sgd', momentum: 0.9, nesterov: true })).toEqual([
      'optimizer',
      'momentum',
      'layers',
      'nesterov',
      'lr',
      'dropout',
      'width',
      'batch',
      'k',
    ]);
    expect(activeParameters(space, adam)).toEqual(['optimizer', 'layers', 'lr', 'dropout', 'width', 'batch', 'k']);
  });

  it('ends a chain of conditions at the first that fails', () => {
    const flag = { type: 'categorical', choices: [true, false] };
    const chain = validateSpace({ c: { ...flag, when: { b: true } }, b: { ...flag, when: { a: true } }, a: flag });
    expect(activeParameters(chain, { a: false })).toEqual(['a']);
    expect(refusal(() => validateParams(chain, { a: false, c: true }))).toBe('hparams.c: must be absent unless b is true');
    expect(validateParams(chain, { c: false, b: true, a: true })).toEqual({ a: true, b: true, c: false });
  });
});

describe('configurationKey', () => {
  it('ignores the order of names and tells everything else apart', () => {
    expect(configurationKey({ a: 1, b: 'x' })).toBe(configurationKey({ b: 'x', a: 1 }));
    const different = [
      {},
      { a: 1 },
      { a: '1' },
      { a: true },
      { a: 'true' },
      { b: 1 },
      { a: 1, b: 1 },
      { a: 0.1 },
      { a: 0.1 + 2 ** -56 },
      { a: '1","b":"1' },
    ];
    expect(new Set(different.map(configurationKey)).size).toBe(different.length);
  });
});
