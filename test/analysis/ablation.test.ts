import { describe, expect, it } from 'vitest';
import type { Study } from '../../analysis/ablation/answer.ts';
import { Course } from '../../analysis/ablation/course.ts';
import type { Measured } from '../../analysis/ablation/runs.ts';
import { analyseAblation, type StudyOptions } from '../../analysis/ablation/study.ts';
import { studyCsv, studyTable, studyWords } from '../../analysis/ablation/words.ts';
import { planAblation } from '../../core/ablation/plan.ts';
import type { AblationPlan, PlannedComponent } from '../../core/ablation/schema.ts';
import type { SearchSpace } from '../../core/space.ts';
import { randomStream } from '../../core/random.ts';

function planOf(...names: string[]): AblationPlan {
  const components = ['baseline', ...names].map((name, at) => ({
    name,
    parts: name === 'baseline' ? [] : name.split(' + '),
    exclusion: {},
    params: {},
    parameters: 100 - at,
  }));
  return { mode: 'leave-one-out', components, looks: [{ replicates: 3, level: 0.05 }] };
}

/** Values of each component in turn, one for each replicate; null for a trial that failed. */
function measure(...rows: (number | null)[][]): Measured[] {
  return rows.flatMap((row, at) =>
    row.map((value, replicate): Measured => {
      // Replicates take turns.
      const trial = at + replicate * rows.length;
      return value === null
        ? { trial, state: 'failed', message: 'shapes do not fit' }
        : { trial, state: 'completed', value, durationSeconds: 10 + at };
    }),
  );
}

const options: StudyOptions = { replicates: 3, direction: 'maximize', seed: 1, space: {} };
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

/** A study with virtual trials, to its end. Noise is that of the seed, which pairing takes out, and that of each trial. */
function simulated(plan: AblationPlan, space: SearchSpace, seed: number, effectOf: (component: PlannedComponent) => number): Study {
  const course = new Course(plan, { space, seed, direction: 'maximize' });
  const draws = randomStream(seed, 'noise');
  const ofSeed = new Map<number, number>();
  const measured: Measured[] = [];
  while (!course.isWhole) {
    for (const { component, seed: shared } of course.trials.slice(measured.length)) {
      const common = ofSeed.get(shared) ?? 3 * draws.normal();
      ofSeed.set(shared, common);
      measured.push({ trial: measured.length, state: 'completed', value: effectOf(component) + common + draws.normal() });
    }
    course.follow((trial) => (trial < measured.length ? { value: measured[trial]?.value ?? null } : undefined));
  }
  return analyseAblation(plan, measured, { replicates: plan.looks[0]?.replicates ?? 0, space, seed, direction: 'maximize' });
}

const wrongOf = ({ components }: Study, hasEffect: (name: string) => boolean): boolean =>
  components.some(({ name, verdict }) => !hasEffect(name) && (verdict === 'better' || verdict === 'worse'));

const isTold = ({ components }: Study, name: string): boolean =>
  components.some((component) => component.name === name && (component.verdict === 'better' || component.verdict === 'worse'));

describe('a thousand studies', () => {
  const studies = 1000;
  /** Three standard errors of a share of 5 % among a thousand. */
  const most = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / studies);
  const space: SearchSpace = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { type: 'int', min: 0, max: 1, default: 0 }]));
  const start = { a: 0, b: 0, c: 0, d: 0 };
  const params = { a: 1, b: 1, c: 1, d: 1 };
  const features = ['useful', 'one', 'two', 'three', 'four', 'five'];
  const context = { ablatable: { features, variants: [] }, space, params, start };
  const plans: [string, AblationPlan][] = [
    ['plain with 3 seeds', planAblation({ features: 'all' }, { ...context, replicates: 3 })],
    ['plain with 5 seeds', planAblation({ features: 'all' }, { ...context, replicates: 5 })],
    ['adaptive with 3 to 9 seeds', planAblation({ features: 'all', adaptive: true, maxReplicates: 9 }, { ...context, replicates: 3 })],
    ['path with 5 seeds', planAblation({ mode: 'path' }, { ...context, replicates: 5 })],
    ['adaptive path with 3 to 9 seeds', planAblation({ mode: 'path', adaptive: true, maxReplicates: 9 }, { ...context, replicates: 3 })],
  ];
  const share = (plan: AblationPlan, effectOf: (component: PlannedComponent) => number, counts: (study: Study) => boolean): number =>
    Array.from({ length: studies }, (_, at) => counts(simulated(plan, space, at + 1, effectOf))).filter(Boolean).length / studies;

  it.each(plans.map(([name, plan]) => ({ name, plan })))('claim something of nothing in 5 % at most: $name', ({ plan }) => {
    expect(
      share(
        plan,
        () => 0,
        (study) => wrongOf(study, () => false),
      ),
    ).toBeLessThan(most);
  });

  // Power of an effect of 4 times the noise of a trial: the share of the studies that find it. What was measured stands beside its bound.
  it.each([
    ['plain with 5 seeds', 0.75],
    ['adaptive with 3 to 9 seeds', 0.98],
    ['path with 5 seeds', 0.84],
  ])('find an effect of four times the noise: %s', (name, least) => {
    const plan = plans.find(([known]) => known === name)?.[1] ?? planAblation({}, { ...context, replicates: 3 });
    const isPath = plan.mode === 'path';
    const effectOf = (component: PlannedComponent): number =>
      isPath ? 4 * Number(component.params.b) : component.name === 'feature useful' ? -4 : 0;
    const useful = isPath ? 'b 0 → 1' : 'feature useful';
    const found = share(plan, effectOf, (study) => isTold(study, useful));
    expect(found).toBeGreaterThan(least);
    const wrong = share(plan, effectOf, (study) => wrongOf(study, (of) => of === useful));
    expect(wrong).toBeLessThan(most);
  });
});
