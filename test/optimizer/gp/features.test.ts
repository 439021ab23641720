import { describe, expect, it } from 'vitest';
import { compileSpace } from '../../../core/compiled-space.ts';
import { encodeParams } from '../../../core/encoding.ts';
import type { Params, SearchSpace } from '../../../core/space.ts';
import { Domain } from '../../../optimizer/gp/domain.ts';
import { FeatureMap } from '../../../optimizer/gp/features.ts';
import { Columns, covariances, kernelOf } from '../../../optimizer/gp/kernel.ts';

const space: SearchSpace = {
  solver: { type: 'categorical', choices: ['a', 'b'] },
  x: { type: 'float', min: 0, max: 1, when: { solver: 'a' } },
  kind: { type: 'categorical', choices: ['p', 'q'], when: { solver: 'a' } },
  n: { type: 'int', min: 1, max: 4 },
};
const compiled = compileSpace(space);
const map = new FeatureMap(compiled);

function featuresOf(point: Float64Array): Float64Array {
  const features = new Float64Array(map.features.length);
  map.write(point, features);
  return features;
}

/** With length scales of 1, but for those given. */
function correlation(a: Params, b: Params, lengthScales: Readonly<Record<number, number>> = {}): number {
  const lengths = Float64Array.from({ length: map.scales }, (_, scale) => lengthScales[scale] ?? 1);
  const columns = new Columns(map.features);
  columns.push(featuresOf(encodeParams(compiled, a)));
  const into = new Float64Array(1);
  covariances(kernelOf(map.features, 1, lengths), columns, 1, featuresOf(encodeParams(compiled, b)), 0, into, 0);
  return into[0] ?? NaN;
}

describe('the kernel on parameters', () => {
  it('sees no difference in parameters that are inactive, whatever coordinates a search keeps for them', () => {
    const domain = new Domain(compiled);
    const inactive = (x: number, kind: number): Float64Array => featuresOf(domain.settle(Float64Array.from([0.75, x, kind, 0.4])));
    expect(inactive(0.9, 0.25)).toEqual(inactive(0.1, 0.75));
    expect(domain.settle(Float64Array.from([0.75, 0.9, 0.25, 0.4])).slice(1, 3)).toEqual(Float64Array.from([NaN, NaN]));
    // Nor does the length scale of an inactive parameter matter between two trials that lack it.
    expect(correlation({ solver: 'b', n: 1 }, { solver: 'b', n: 3 }, { 1: 0.01, 2: 0.01 })).toBe(
      correlation({ solver: 'b', n: 1 }, { solver: 'b', n: 3 }),
    );
  });

  it('has an inactive number at the same distance from each of its values', () => {
    const from = (x: number): number => correlation({ solver: 'b', n: 1 }, { solver: 'a', x, kind: 'p', n: 1 });
    expect(from(0.2)).toBeCloseTo(from(0), 12);
    expect(from(1)).toBeCloseTo(from(0), 12);
  });

  it('has all choices equally far from each other and steps of an integer further with each step', () => {
    const base = { solver: 'b', n: 1 };
    expect(correlation(base, base)).toBe(1);
    expect(correlation(base, { ...base, n: 2 })).toBeGreaterThan(correlation(base, { ...base, n: 3 }));
  });
});
