import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxParameters, validateSpace } from '../../core/space-validation.ts';
import { anySpace } from './arbitraries.ts';
import { refusal } from './refusal.ts';

const refused = (space: unknown) => refusal(() => validateSpace(space));
const parsed = (json: string): unknown => JSON.parse(json);
const float = { type: 'float', min: 0, max: 1 };
const int = { type: 'int', min: 1, max: 8 };

describe('a search space', () => {
  it('is accepted in every form that the design shows, and returned as it is', () => {
    const space = {
      lr: { type: 'float', min: 1e-5, max: 1, scale: 'log', default: 1e-3 },
      dropout: { type: 'float', min: 0, max: 0.9, step: 0.1 },
      layers: { type: 'int', min: 1, max: 8 },
      units: { type: 'int', min: 16, max: 1024, scale: 'log' },
      width: { type: 'int', min: 3, max: 9, step: 2, default: 5 },
      optimizer: { type: 'categorical', choices: ['sgd', 'adam', 1, true] },
      batch: { type: 'ordinal', choices: [16, 32, 64] },
      k: { type: 'constant', value: 3 },
      momentum: { type: 'float', min: 0, max: 0.99, when: { optimizer: 'sgd', layers: [1, 2] } },
    };
    expect(validateSpace(space)).toBe(space);
    expect(validateSpace({})).toEqual({});
  });

  it('is accepted whatever valid parts it is made of', () => {
    fc.assert(
      fc.property(anySpace, (space) => {
        expect(validateSpace(space)).toBe(space);
      }),
    );
  });

  it('refuses what has the wrong shape', () => {
    expect(refused([])).toBe('space: must be an object');
    expect(refused({ lr: 3 })).toBe('space.lr: must be an object whose type is "float", "int", "categorical", "ordinal" or "constant"');
    expect(refused({ lr: { min: 0, max: 1 } })).toMatch(/^space\.lr\.type: must be "float", "int"/);
    expect(refused({ lr: { ...float, type: 'flaot' } })).toMatch(/^space\.lr\.type: .*did you mean "float"/);
    expect(refused({ lr: { type: 'float', min: 0 } })).toBe('space.lr.max: is required');
    expect(refused({ lr: { ...float, max: '5' } })).toBe('space.lr.max: must be a number');
    expect(refused({ lr: { ...float, scal: 'log' } })).toBe('space.lr.scal: is not a known field (did you mean "scale"?)');
    expect(refused({ lr: { ...float, scale: 'linear' } })).toBe('space.lr.scale: must be "log"');
    expect(refused({ n: { ...int, max: 1.5 } })).toBe('space.n.max: must be an integer');
    expect(refused({ n: { ...int, max: 2 ** 41 } })).toBe(`space.n.max: must be at most ${2 ** 40}`);
    expect(refused({ c: { type: 'categorical', choices: [] } })).toBe('space.c.choices: must have at least 1 item');
    expect(refused({ c: { type: 'categorical', choices: ['a', null] } })).toBe(
      'space.c.choices.1: must be a string, a number or a boolean',
    );
    expect(refused({ o: { type: 'ordinal', choices: [1, true] } })).toBe('space.o.choices.1: must be a number or a string');
  });

  it('refuses bounds that are no range', () => {
    expect(refused({ lr: { ...float, max: -1 } })).toBe('space.lr.max: must be greater than min (0)');
    expect(refused({ lr: { ...float, max: 0 } })).toBe(
      'space.lr.max: must be greater than min; for a fixed value use { type: "constant", value: 0 }',
    );
    expect(refused({ n: { ...int, max: 1 } })).toMatch(/^space\.n\.max: .*"constant"/);
    expect(refused({ lr: { ...float, max: Infinity } })).toBe('space.lr.max: must be finite');
    expect(refused({ lr: parsed('{ "type": "float", "min": 0, "max": 1e999 }') })).toBe('space.lr.max: must be finite');
    expect(refused({ lr: { ...float, min: -1e308, max: 1e308 } })).toMatch(/^space\.lr\.max: must lie within/);
  });

  it('refuses a log scale through zero, with a step, or without extent', () => {
    expect(refused({ lr: { ...float, scale: 'log' } })).toBe('space.lr.min: must be greater than 0 on a log scale');
    expect(refused({ n: { ...int, min: 0, scale: 'log' } })).toBe('space.n.min: must be greater than 0 on a log scale');
    expect(refused({ lr: { ...float, min: 0.1, step: 0.1, scale: 'log' } })).toBe('space.lr.step: must be absent on a log scale');
    expect(refused({ lr: { ...float, min: 1e300, max: 1.0000000000000002e300, scale: 'log' } })).toMatch(
      /^space\.lr\.max: must be further/,
    );
  });

  it('refuses steps that miss max, that are not positive or that numbers cannot hold', () => {
    expect(refused({ d: { ...float, step: 0.3 } })).toBe('space.d.max: must be min plus a whole number of steps (0.9 or 1.2, say)');
    expect(refused({ d: { ...float, step: 3 } })).toBe('space.d.max: must be min plus a whole number of steps (3, say)');
    expect(refused({ n: { ...int, step: 2 } })).toBe('space.n.max: must be min plus a whole number of steps (7 or 9, say)');
    expect(refused({ d: { ...float, step: 0 } })).toBe('space.d.step: must be greater than 0');
    expect(refused({ n: { ...int, step: 0 } })).toBe('space.n.step: must be at least 1');
    expect(refused({ d: { ...float, min: 1e15, max: 1e15 + 1, step: 0.125 } })).toMatch(/^space\.d\.step: must be larger/);
    expect(refused({ d: { ...float, step: 1e-13 } })).toMatch(/^space\.d\.step: must leave at most/);
  });

  it('sees through the rounding of decimals when it looks whether max is on the grid', () => {
    for (const [min, max, step] of [
      [0, 0.3, 0.1],
      [0.1, 0.7, 0.1],
      [-1, 1, 0.01],
      [0, 1, 1 / 3],
      [1e-7, 1e-3, 1e-7],
      [0.1, 0.1 + 3 * 0.2, 0.2],
    ]) {
      expect(() => validateSpace({ d: { type: 'float', min, max, step } })).not.toThrow();
    }
    expect(refused({ d: { ...float, max: 1 + 1e-12, step: 0.1 } })).toMatch(/^space\.d\.max/);
  });

  it('refuses repeated choices and defaults that the parameter cannot take', () => {
    expect(refused({ c: { type: 'categorical', choices: ['a', 1, 'a'] } })).toBe('space.c.choices.2: must not repeat a choice');
    expect(() => validateSpace({ c: { type: 'categorical', choices: [1, '1', true, 'true'] } })).not.toThrow();
    expect(refused({ lr: { ...float, default: 2 } })).toBe('space.lr.default: must be a number from 0 to 1');
    expect(refused({ d: { ...float, step: 0.1, default: 0.15 } })).toBe('space.d.default: must be a number from 0 to 1 in steps of 0.1');
    expect(refused({ n: { ...int, max: 7, step: 2, default: 4 } })).toBe('space.n.default: must be an integer from 1 to 7 in steps of 2');
    expect(refused({ c: { type: 'categorical', choices: ['sgd', 'adam'], default: 'adm' } })).toBe(
      'space.c.default: must be "sgd" or "adam" (did you mean "adam"?)',
    );
  });

  it('refuses names that are no identifiers or that JavaScript keeps for itself', () => {
    for (const name of ['', '1st', 'a.b', 'a-b', 'a b', 'ü', 'a\n', 'x'.repeat(65)])
      expect(refused({ [name]: float })).toMatch(/a parameter is named with/);
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      expect(refused(parsed(`{ "${name}": ${JSON.stringify(float)} }`))).toBe(`space.${name}: this name belongs to JavaScript itself`);
    }
  });

  it('refuses more parameters than it promises to handle, and handles as many', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, float]));
    expect(refused(many(maxParameters + 1))).toBe(`space: must have at most ${maxParameters} parameters`);
    expect(() => validateSpace(many(maxParameters))).not.toThrow();
  });
});

describe('a condition', () => {
  const optimizer = { type: 'categorical', choices: ['sgd', 'adam'] };
  const given = (when: unknown) => refused({ optimizer, lr: { ...float, when } });

  it('names a parameter that exists', () => {
    expect(given({ optimiser: 'sgd' })).toBe('space.lr.when.optimiser: is not a parameter of the search space (did you mean "optimizer"?)');
    expect(given({ toString: 'sgd' })).toMatch(/^space\.lr\.when\.toString: is not a parameter/);
    expect(given(parsed('{ "__proto__": "sgd" }'))).toMatch(/^space\.lr\.when\.__proto__: is not a parameter/);
    expect(given({})).toBe('space.lr.when: must have at least 1 field');
  });

  it('waits for values that the parameter can take', () => {
    expect(given({ optimizer: 'sdg' })).toBe('space.lr.when.optimizer: must be "sgd" or "adam" (did you mean "sgd"?)');
    expect(given({ optimizer: ['sgd', 'rms'] })).toBe('space.lr.when.optimizer.1: must be "sgd" or "adam"');
    expect(given({ optimizer: [] })).toBe('space.lr.when.optimizer: must have at least 1 item');
    expect(given({ optimizer: null })).toBe('space.lr.when.optimizer: must be a string, a number, a boolean or a list');
    expect(refused({ n: int, lr: { ...float, when: { n: 9 } } })).toBe('space.lr.when.n: must be an integer from 1 to 8');
  });

  it('does not wait for one value of a continuous parameter', () => {
    expect(refused({ a: float, lr: { ...float, when: { a: 0.5 } } })).toMatch(/^space\.lr\.when\.a: a has no step/);
    expect(() => validateSpace({ a: { ...float, step: 0.1 }, lr: { ...float, when: { a: 0.1 * 3 } } })).not.toThrow();
  });

  it('does not lead back to its own parameter', () => {
    expect(refused({ a: { ...int, when: { a: 1 } } })).toBe('space.a.when: must not lead back to its own parameter (a → a)');
    const circle = {
      x: { ...int, when: { a: 1 } },
      a: { ...int, when: { b: 1 } },
      b: { ...int, when: { c: [1, 2] } },
      c: { ...int, when: { a: 2 } },
    };
    expect(refused(circle)).toBe('space.a.when: must not lead back to its own parameter (a → b → c → a)');
  });

  it('may stand at the end of a chain as long as the space', () => {
    const chain = Object.fromEntries(
      Array.from({ length: maxParameters }, (_, index) => [
        `p${index}`,
        index === maxParameters - 1 ? int : { ...int, when: { [`p${index + 1}`]: 1 } },
      ]),
    );
    expect(() => validateSpace(chain)).not.toThrow();
  });

  it('is refused where nobody could count what it leaves', () => {
    // Each child waits for three of 80 parents, crossing all the others.
    const parents = Array.from({ length: 80 }, (_, index) => [`p${index}`, { type: 'categorical', choices: [0, 1] }]);
    const children = Array.from({ length: 160 }, (_, index) => {
      const waits: [string, number][] = [index, index * 7 + 3, index * 11 + 5].map((number) => [`p${number % 80}`, index % 2]);
      return [`c${index}`, { type: 'categorical', choices: [0, 1], when: Object.fromEntries(waits) }];
    });
    expect(refused(Object.fromEntries([...parents, ...children]))).toMatch(/^space: has conditions too entangled/);
  });
});
