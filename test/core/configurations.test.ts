import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardinality } from '../../core/cardinality.ts';
import { configurations } from '../../core/configurations.ts';
import { configurationKey, validateParams } from '../../core/params.ts';
import { validateSpace } from '../../core/space-validation.ts';
import { anySpace, smallSpace } from './arbitraries.ts';
import { refusal } from './refusal.ts';

const flag = { type: 'categorical', choices: [false, true] };

describe('configurations', () => {
  it('turn like an odometer, the last parameter fastest', () => {
    const space = validateSpace({
      n: { type: 'int', min: 1, max: 2 },
      c: { type: 'ordinal', choices: ['x', 'y', 'z'] },
      k: { type: 'constant', value: 0 },
    });
    expect([...configurations(space)].map(({ n, c, k }) => `${n}${c}${k}`)).toEqual(['1x0', '1y0', '1z0', '2x0', '2y0', '2z0']);
  });

  it('leave out what is inactive', () => {
    const space = validateSpace({
      m: { type: 'ordinal', choices: [1, 2], when: { on: true } },
      on: flag,
      n: { type: 'ordinal', choices: [5, 6] },
    });
    expect([...configurations(space)]).toEqual([
      { on: false, n: 5 },
      { on: false, n: 6 },
      { on: true, m: 1, n: 5 },
      { on: true, m: 1, n: 6 },
      { on: true, m: 2, n: 5 },
      { on: true, m: 2, n: 6 },
    ]);
  });

  it('are one, without params, in an empty space', () => {
    expect([...configurations({})]).toEqual([{}]);
    expect(cardinality({})).toBe(1);
  });

  it('lay a grid over continuous parameters, both ends included', () => {
    const space = validateSpace({ lr: { type: 'float', min: 0.001, max: 1, scale: 'log' }, d: { type: 'float', min: 0, max: 1 } });
    const grid = [...configurations(space, { resolution: 3 })];
    expect(grid.map(({ d }) => d)).toEqual([0, 0.5, 1, 0, 0.5, 1, 0, 0.5, 1]);
    expect(grid[0]).toEqual({ lr: 0.001, d: 0 });
    expect(grid[8]).toEqual({ lr: 1, d: 1 });
    // exp of a logarithm: 8 * 2^-52 * (1 + 6.9) of the value.
    expect(Math.abs(Number(grid[4]?.lr) - Math.sqrt(0.001))).toBeLessThan(1e-15);
  });

  it('count a value of a grid once, however fine the grid', () => {
    const space = validateSpace({ tiny: { type: 'float', min: 1, max: 1 + 2 * Number.EPSILON } });
    expect([...configurations(space, { resolution: 100 })].map(({ tiny }) => tiny)).toEqual([
      1,
      1 + Number.EPSILON,
      1 + 2 * Number.EPSILON,
    ]);
    expect(cardinality(space, { resolution: 100 })).toBe(3);
  });

  it('need a resolution where a parameter is continuous, and a sensible one', () => {
    const space = validateSpace({ n: { type: 'int', min: 1, max: 2 }, lr: { type: 'float', min: 0, max: 1 } });
    expect(refusal(() => configurations(space).next())).toBe('resolution: is required, because lr is continuous');
    for (const resolution of [1, 2.5, NaN, 1e9])
      expect(refusal(() => configurations(space, { resolution }).next())).toMatch(/^resolution: must be an integer/);
  });

  it('come lazily', () => {
    const huge = validateSpace(
      Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, { type: 'int', min: 1, max: 1e9 }])),
    );
    const all = configurations(huge);
    expect(all.next().value).toMatchObject({ p0: 1, p49: 1 });
    expect(all.next().value).toMatchObject({ p0: 1, p49: 2 });
  });

  it('are all legal, all different, and as many as cardinality says', () => {
    fc.assert(
      fc.property(smallSpace, (space) => {
        const all = [...configurations(space)];
        expect(new Set(all.map(configurationKey)).size).toBe(all.length);
        expect(cardinality(space)).toBe(all.length);
        for (const params of all.slice(0, 50)) expect(validateParams(space, params)).toEqual(params);
      }),
      { numRuns: 200 },
    );
  });

  it('are as many as cardinality says on a grid, too', () => {
    fc.assert(
      fc.property(anySpace, fc.integer({ min: 2, max: 4 }), (space, resolution) => {
        const size = cardinality(space, { resolution });
        fc.pre(size <= 2000);
        expect([...configurations(space, { resolution })].length).toBe(size);
      }),
      { numRuns: 200 },
    );
  });
});

describe('cardinality', () => {
  it('multiplies independent parameters without listing them', () => {
    const wide = validateSpace(
      Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, { type: 'int', min: 1, max: 8 }])),
    );
    expect(cardinality(wide)).toBe(2 ** 90);
  });

  it('is infinite where a continuous parameter can be active', () => {
    const space = { on: flag, lr: { type: 'float', min: 0, max: 1, when: { on: true } } };
    expect(cardinality(validateSpace(space))).toBe(Infinity);
    expect(cardinality(validateSpace(space), { resolution: 5 })).toBe(6);
  });

  it('stays finite where no combination makes the continuous parameter active', () => {
    const space = { a: flag, b: { ...flag, when: { a: false } }, lr: { type: 'float', min: 0, max: 1, when: { a: true, b: true } } };
    expect(cardinality(validateSpace(space))).toBe(3);
  });

  it('adds the cases of a condition', () => {
    const int = (max: number, when = {}) => ({ type: 'int', min: 1, max, ...(Object.keys(when).length > 0 ? { when } : {}) });
    // a = 1: 5 * 7; a = 2: 5; a = 3 … 1,000,000: 1 each; all times the 11 of d.
    const space = validateSpace({ a: int(1e6), b: int(5, { a: [1, 2] }), c: int(7, { a: 1 }), d: int(11) });
    expect(cardinality(space)).toBe((35 + 5 + 999_998) * 11);
  });
});
