/** What a person sees of an experiment that goes on. */
import { describe, expect, it } from 'vitest';
import { BestSoFar } from '../../lagom/progress/best-so-far.ts';
import { Pace } from '../../lagom/progress/pace.ts';
import { sparkline } from '../../lagom/progress/sparkline.ts';

describe('the best value so far', () => {
  it('is read at evenly spaced trials, the last of them the best of all', () => {
    const best = new BestSoFar('minimize');
    for (const value of [5, 7, 3, 4, 1, 2]) best.add(value);
    expect(best.series(3)).toEqual([5, 3, 1]);
    expect(best.series(24)).toEqual([5, 5, 3, 3, 1, 1]);
    expect(new BestSoFar('maximize').series(24)).toEqual([]);
  });

  it('is drawn in eight heights', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([2, 2])).toBe('▁▁');
  });
});

describe('the pace', () => {
  it('is that of the last two minutes', () => {
    const pace = new Pace();
    pace.note(0, 0);
    expect(pace.perMinute).toBeUndefined();
    pace.note(60_000, 10);
    expect(pace.perMinute).toBe(10);
    for (let minute = 2; minute <= 10; minute++) pace.note(minute * 60_000, 10 + (minute - 1) * 4);
    expect(pace.perMinute).toBe(4);
    expect(pace.minutesFor(20)).toBe(5);
  });
});
