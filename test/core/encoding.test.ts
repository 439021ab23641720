import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSpace } from '../../core/compiled-space.ts';
import { decodePoint, encodeParams } from '../../core/encoding.ts';
import { compileParameter } from '../../core/parameter.ts';
import { validateParams } from '../../core/params.ts';
import { randomStream } from '../../core/random.ts';
import type { Parameter, ParamValue } from '../../core/space.ts';
import { validateSpace } from '../../core/space-validation.ts';
import { anyParameter, anySpace, continuousParameter, discreteParameter } from './arbitraries.ts';

/** 0, 1 and their neighbours come up as often as all that lies between. */
const unit = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, Number.MIN_VALUE, 1 - 2 ** -53, 0.5));

describe('a parameter in the unit interval', () => {
  it('decodes every place to a legal value within its bounds', () => {
    fc.assert(
      fc.property(anyParameter, unit, (definition, place) => {
        const parameter = compileParameter(definition);
        const value = parameter.decode(place);
        expect(parameter.canonical(value)).toBe(value);
        if (definition.type === 'float' || definition.type === 'int') {
          expect(value).toBeGreaterThanOrEqual(definition.min);
          expect(value).toBeLessThanOrEqual(definition.max);
        }
      }),
    );
  });

  it('decodes what it encoded: exactly where values are discrete', () => {
    fc.assert(
      fc.property(discreteParameter, unit, (definition, place) => {
        const parameter = compileParameter(definition);
        const value = parameter.decode(place);
        const encoded = parameter.encode(value);
        expect(encoded > 0 && encoded < 1).toBe(true);
        expect(parameter.decode(encoded)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  it('decodes what it encoded: within the derived tolerance where they are continuous', () => {
    fc.assert(
      fc.property(continuousParameter, unit, (definition, place) => {
        if (definition.type !== 'float') throw new Error('continuous parameters are floats');
        const { min, max, scale } = definition;
        const parameter = compileParameter(definition);
        const value = Number(parameter.decode(place));
        const logExtent = Math.max(Math.abs(Math.log(Math.abs(min))), Math.abs(Math.log(Math.abs(max))));
        // The tolerances that parameter.ts derives.
        const tolerance =
          scale === 'log' ? 8 * Number.EPSILON * (1 + logExtent) * value : 4 * Number.EPSILON * (Math.abs(min) + Math.abs(max));
        expect(Math.abs(Number(parameter.decode(parameter.encode(value))) - value)).toBeLessThanOrEqual(tolerance);
      }),
      { numRuns: 1000 },
    );
  });

  it('has the bounds themselves at the ends', () => {
    fc.assert(
      fc.property(continuousParameter, (definition) => {
        if (definition.type !== 'float') throw new Error('continuous parameters are floats');
        const parameter = compileParameter(definition);
        expect([parameter.decode(0), parameter.decode(1)]).toEqual([definition.min + 0, definition.max + 0]);
        expect([parameter.encode(definition.min), parameter.encode(definition.max)]).toEqual([0, 1]);
      }),
    );
  });

  it('reaches its largest integers exactly', () => {
    const extent = 2 ** 40;
    for (const definition of [
      { type: 'int', min: -extent, max: extent },
      { type: 'int', min: 1, max: extent, scale: 'log' },
    ] satisfies Parameter[]) {
      const parameter = compileParameter(definition);
      for (const value of [definition.min, definition.min + 1, 12_345_678_901, extent - 1, extent]) {
        expect(parameter.decode(parameter.encode(value))).toBe(value);
      }
    }
  });

  it('gives every level of int, stepped float, categorical and ordinal a cell of the same width', () => {
    const parameters: Parameter[] = [
      { type: 'int', min: 3, max: 7 },
      { type: 'int', min: 0, max: 8, step: 2 },
      { type: 'float', min: 0, max: 1, step: 0.25 },
      { type: 'categorical', choices: ['a', 'b', 'c', 'd', 'e'] },
      { type: 'ordinal', choices: [1, 2, 4, 8, 16] },
    ];
    for (const definition of parameters) {
      const parameter = compileParameter(definition);
      const counts = new Map<ParamValue, number>();
      // 5,000 midpoints of equal parts: 1,000 in each fifth.
      for (let part = 0; part < 5000; part++) {
        const value = parameter.decode((part + 0.5) / 5000);
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      expect([...counts.values()]).toEqual([1000, 1000, 1000, 1000, 1000]);
      expect([...counts.keys()].map((value) => parameter.encode(value))).toEqual([0.1, 0.3, 0.5, 0.7, 0.9]);
    }
  });

  it('gives each integer of a log scale what rounds to it', () => {
    const parameter = compileParameter({ type: 'int', min: 1, max: 4, scale: 'log' });
    const place = (value: number) => (Math.log(value) - Math.log(0.5)) / (Math.log(4.5) - Math.log(0.5));
    // A millionth to either side of the edges between integers.
    for (const edge of [1.5, 2.5, 3.5]) {
      expect([parameter.decode(place(edge) - 1e-6), parameter.decode(place(edge) + 1e-6)]).toEqual([edge - 0.5, edge + 0.5]);
    }
    expect([parameter.decode(0), parameter.decode(1)]).toEqual([1, 4]);
    expect(parameter.encode(1)).toBe(place(1));
  });

  it('gives grid values as the decimals that a person would write', () => {
    const tenths = compileParameter({ type: 'float', min: 0, max: 1, step: 0.1 });
    expect(Array.from({ length: 11 }, (_, level) => tenths.at(level))).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    const small = compileParameter({ type: 'float', min: 1e-7, max: 1e-6, step: 1e-7 });
    expect([small.at(2), small.at(6), small.at(9)]).toEqual([3e-7, 7e-7, 1e-6]);
    const thirds = compileParameter({ type: 'float', min: 0, max: 1, step: 1 / 3 });
    expect([thirds.at(0), thirds.at(1), thirds.at(3)]).toEqual([0, 1 / 3, 1]);
  });

  it('counts places outside the interval as its ends and refuses a place that is none', () => {
    fc.assert(
      fc.property(anyParameter, (definition) => {
        const parameter = compileParameter(definition);
        expect([parameter.decode(-0.1), parameter.decode(1.1)]).toEqual([parameter.decode(0), parameter.decode(1)]);
        expect(() => parameter.decode(NaN)).toThrow(/no coordinate/);
      }),
    );
  });

  it('never yields a negative zero, which JSON would turn into another value', () => {
    const parameters: Parameter[] = [
      { type: 'float', min: -1, max: 1, step: 0.5 },
      { type: 'int', min: -1, max: 1 },
      { type: 'float', min: -0, max: 1 },
      { type: 'categorical', choices: [-0, 1] },
    ];
    for (const definition of parameters) {
      const parameter = compileParameter(definition);
      for (let part = 0; part <= 100; part++) expect(Object.is(parameter.decode(part / 100), -0)).toBe(false);
    }
  });
});

describe('a point of the unit cube', () => {
  const randomPoint = (seed: number, dimensions: number) => {
    const stream = randomStream(seed);
    return Float64Array.from({ length: dimensions }, () => stream.uniform());
  };

  it('decodes to a legal configuration in every space', () => {
    fc.assert(
      fc.property(anySpace, fc.nat(), (definition, seed) => {
        const space = compileSpace(definition);
        const params = decodePoint(space, randomPoint(seed, space.dimensions.length));
        expect(validateParams(space, params)).toEqual(params);
      }),
    );
  });

  it('comes back from its params as a point of the same configuration', () => {
    fc.assert(
      fc.property(anySpace, fc.nat(), (definition, seed) => {
        const space = compileSpace(definition);
        const params = decodePoint(space, randomPoint(seed, space.dimensions.length));
        const point = encodeParams(space, params);
        expect(point.length).toBe(Object.values(definition).filter(({ type }) => type !== 'constant').length);
        expect([...point].every((coordinate) => Number.isNaN(coordinate) || (coordinate >= 0 && coordinate <= 1))).toBe(true);
        const back = decodePoint(space, point);
        expect(Object.keys(back)).toEqual(Object.keys(params));
        for (const { name, parameter } of space.entries) {
          if (parameter.levels !== Infinity) expect(back[name]).toBe(params[name]);
        }
      }),
    );
  });

  it('has NaN where a parameter is inactive, and ignores what stands there', () => {
    const space = compileSpace(
      validateSpace({
        momentum: { type: 'float', min: 0, max: 1, when: { optimizer: 'sgd' } },
        k: { type: 'constant', value: 7 },
        optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
      }),
    );
    expect(space.dimensions.map(({ name }) => name)).toEqual(['optimizer', 'momentum']);
    expect(encodeParams(space, { optimizer: 'adam', k: 7 })).toEqual(Float64Array.of(0.25, NaN));
    expect(decodePoint(space, [0.25, 0.9])).toEqual({ optimizer: 'adam', k: 7 });
    expect(decodePoint(space, [0.75, 0.9])).toEqual({ optimizer: 'sgd', momentum: 0.9, k: 7 });
    expect(() => decodePoint(space, [0.75, NaN])).toThrow(/no coordinate/);
    expect(() => decodePoint(space, [0.75])).toThrow(/2 coordinates/);
  });
});
