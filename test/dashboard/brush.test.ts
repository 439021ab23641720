import { describe, expect, it } from 'vitest';
import { brushedFilter, rebrushed } from '../../dashboard/plots/brush.ts';

const axes = [
  { name: 'lr', type: 'float' as const, scale: 'log' as const, min: 1e-4, max: 1, choices: null },
  { name: 'optimizer', type: 'categorical' as const, scale: 'linear' as const, min: 0, max: 2, choices: ['sgd', 'adam', 'rms prop'] },
];

describe('what is brushed on parallel axes becomes a filter', () => {
  it('of a number the bounds, cut to those of the parameter', () => {
    expect(brushedFilter(axes, [{ dim: 0, intervals: [[0.00123456, 3]] }])).toBe('lr>=0.001235 lr<=1');
  });

  it('of a list the choices that lie inside, quoted where they have spaces', () => {
    expect(brushedFilter(axes, [{ dim: 1, intervals: [[0.6, 2.2]] }])).toBe('optimizer>=adam optimizer<="rms prop"');
    expect(brushedFilter(axes, [{ dim: 1, intervals: [[0.6, 1.4]] }])).toBe('optimizer=adam');
  });

  it('of the last axis the metric', () => {
    expect(brushedFilter(axes, [{ dim: 2, intervals: [[0.1, 0.25]] }])).toBe('value>=0.1 value<=0.25');
  });

  it('and is taken off an axis that is no longer brushed', () => {
    const brushed = rebrushed([], { parallelAxisId: 'axis-1', intervals: [[0, 1]] });
    expect(brushed).toEqual([{ dim: 1, intervals: [[0, 1]] }]);
    expect(rebrushed(brushed, { parallelAxisId: 'axis-1', intervals: [] })).toEqual([]);
  });
});
