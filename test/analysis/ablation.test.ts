import { describe, expect, it } from 'vitest';
import { analyseAblation, type Measured, type StudyOptions } from '../../analysis/ablation/study.ts';
import { studyCsv, studyTable, studyWords } from '../../analysis/ablation/words.ts';
import { holm } from '../../analysis/statistics/holm.ts';
import { pairedPValue } from '../../analysis/statistics/paired.ts';
import type { AblationPlan } from '../../core/ablation/schema.ts';
import { randomStream } from '../../core/random.ts';

function planOf(...names: string[]): AblationPlan {
  const components = ['baseline', ...names].map((name, at) => ({
    name,
    parts: name === 'baseline' ? [] : name.split(' + '),
    exclusion: {},
    params: {},
    parameters: 100 - at,
  }));
  return { mode: 'leave-one-out', components };
}

/** Values of each component in turn, one for each replicate; null for a trial that failed. */
function measure(...rows: (number | null)[][]): Measured[] {
  const replicates = rows[0]?.length ?? 0;
  return rows.flatMap((row, at) =>
    row.map((value, replicate): Measured => {
      const trial = at * replicates + replicate;
      return value === null
        ? { trial, state: 'failed', message: 'shapes do not fit' }
        : { trial, state: 'completed', value, durationSeconds: 10 + at };
    }),
  );
}

const options: StudyOptions = { replicates: 3, direction: 'maximize', seed: 1 };
const base = [0.9, 0.92, 0.88];

describe('a study', () => {
  const plan = planOf('layer useful', 'layer dead', 'layer harmful', 'layer noisy', 'layer broken');
  const trials = measure(base, [0.7, 0.719, 0.682], [0.9, 0.92, 0.88], [0.95, 0.969, 0.931], [0.7, 1, 0.9], [null, null, null]);
  const study = analyseAblation(plan, trials, options);
  const verdicts = Object.fromEntries(study.components.map(({ name, verdict }) => [name, verdict]));

  it('tells what hurts, what does not matter, what helps, what it cannot tell and what failed', () => {
    expect(verdicts).toEqual({
      'layer useful': 'worse',
      'layer dead': 'no-matter',
      'layer harmful': 'better',
      'layer noisy': 'unclear',
      'layer broken': 'failed',
    });
  });

  it('ranks what is missed most first, and what has no value last', () => {
    expect(study.components.map(({ name }) => name)).toEqual([
      'layer useful',
      'layer noisy',
      'layer dead',
      'layer harmful',
      'layer broken',
    ]);
  });

  it('has differences paired by seed, with their interval and test', () => {
    expect(study.components[0]).toMatchObject({ pairs: 3, completed: 3, failed: 0, parameters: -1, durationSeconds: 1 });
    expect(study.components[0]?.difference).toBeCloseTo(-0.19967, 4);
    // scipy: stats.ttest_rel and its confidence_interval of the first two rows.
    expect(study.components[0]?.interval?.map((bound) => Number(bound.toFixed(5)))).toEqual([-0.20346, -0.19587]);
    expect(study.components[0]?.pValue).toBeCloseTo(1.950885074939519e-5, 14);
  });

  it('says it in words, with the reason of a failure', () => {
    expect(studyWords(study)).toEqual([
      'Hurts to leave out: layer useful.',
      'Does not matter: layer dead.',
      'Helps to leave out: layer harmful.',
      'The data cannot tell: layer noisy.',
      'Failed: layer broken (shapes do not fit).',
      "Paired by 3 seeds, 95 % intervals, tests at 5 % after Holm's correction; differences within ±0.02 count as none.",
    ]);
  });

  it('turns round with the direction', () => {
    const minimised = analyseAblation(plan, trials, { ...options, direction: 'minimize' });
    expect(minimised.components.map(({ name, verdict }) => [name, verdict]).slice(0, 2)).toEqual([
      ['layer harmful', 'worse'],
      ['layer dead', 'no-matter'],
    ]);
    expect(minimised.components.find(({ name }) => name === 'layer useful')).toMatchObject({ verdict: 'better' });
    expect(minimised.components.find(({ name }) => name === 'layer useful')?.difference).toBeCloseTo(-0.19967, 4);
  });

  it('is a table and a CSV file', () => {
    const table = studyTable(study).split('\n');
    expect(table).toHaveLength(7);
    expect(table[2]).toMatch(/^layer useful\s+3\s+0\.7003\s+-0\.1997\s+\[-0\.2035, -0\.1959\]\s+< 0\.001\s+.*hurts to leave out$/);
    const csv = studyCsv(study).split('\r\n');
    expect(csv[0]?.split(',')).toHaveLength(13);
    expect(csv[5]).toBe('layer broken,0,3,,,,,,,,-5,,failed');
  });

  it('leaves out only the pair whose trial failed', () => {
    const holed = analyseAblation(planOf('layer a'), measure(base, [0.7, null, 0.68]), options);
    expect(holed.components[0]).toMatchObject({ pairs: 2, completed: 2, failed: 1 });
    expect(holed.components[0]?.difference).toBeCloseTo(-0.2, 12);
  });

  it('has no answer before there are trials', () => {
    expect(analyseAblation(plan, [], options).components.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unfinished'));
  });

  it('claims nothing of identical differences of few seeds', () => {
    const { components } = analyseAblation(planOf('layer a'), measure([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]), options);
    expect(components[0]).toMatchObject({ difference: -0.25, interval: null, pValue: 0.25, verdict: 'unclear' });
  });
});

describe('interactions', () => {
  const plan: AblationPlan = { ...planOf('a', 'b', 'c', 'a + b', 'a + c'), mode: 'leave-two-out' };

  it('are what a pair does beyond its parts', () => {
    const study = analyseAblation(
      plan,
      // a and b stand in for each other: either may go, not both. a and c add up.
      measure([10, 11, 12], [10, 11.1, 11.9], [10.1, 11, 12], [8, 9.1, 10], [5, 6, 7.1], [8, 9.1, 10]),
      options,
    );
    expect(study.interactions.map(({ parts }) => parts)).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
    expect(study.interactions[0]?.difference).toBeCloseTo((5 - 10 - 10.1 + 10 + 6 - 11.1 - 11 + 11 + 7.1 - 11.9 - 12 + 12) / 3, 12);
    expect(study.interactions[0]?.adjustedPValue).toBeLessThan(0.01);
    expect(study.interactions[1]?.difference).toBeCloseTo(0, 12);
  });
});

describe('a thousand studies', () => {
  const studies = 1000;

  /** Differences of components to one baseline, whose noise they share; effects in units of the noise of one trial. */
  function adjustedPValues(draws: ReturnType<typeof randomStream>, effects: readonly number[], replicates: number): number[] {
    const baseline = Array.from({ length: replicates }, () => draws.normal());
    return holm(effects.map((effect) => pairedPValue(baseline.map((value) => effect + draws.normal() - value))));
  }

  it.each([3, 5, 10])('with %d seeds claim something of nothing in 5 % at most', (replicates) => {
    const draws = randomStream(11, 'null', replicates);
    let wrong = 0;
    for (let study = 0; study < studies; study++) {
      if (adjustedPValues(draws, Array<number>(8).fill(0), replicates).some((pValue) => pValue <= 0.05)) wrong += 1;
    }
    // Three standard errors of a share of 5 % among a thousand.
    expect(wrong / studies).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / studies));
  });

  it('with 10 seeds find an effect of three times the noise among seven of none in nine of ten, and take none of those for one', () => {
    const draws = randomStream(12, 'power');
    let found = 0;
    let wrong = 0;
    for (let study = 0; study < studies; study++) {
      const [useful = 1, ...useless] = adjustedPValues(draws, [3, 0, 0, 0, 0, 0, 0, 0], 10);
      if (useful <= 0.05) found += 1;
      if (useless.some((pValue) => pValue <= 0.05)) wrong += 1;
    }
    expect(found / studies).toBeGreaterThan(0.9);
    expect(wrong / studies).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / studies));
  });
});
