import { describe, expect, it } from 'vitest';
import type { Study } from '../../analysis/ablation/answer.ts';
import { Course } from '../../analysis/ablation/course.ts';
import type { Measured } from '../../analysis/ablation/runs.ts';
import { analyseAblation, type StudyOptions } from '../../analysis/ablation/study.ts';
import { studyCsv, studyTable } from '../../analysis/ablation/table.ts';
import { studyWords } from '../../analysis/ablation/words.ts';
import { planAblation } from '../../core/ablation/plan.ts';
import type { AblationPlan, PlannedComponent } from '../../core/ablation/schema.ts';
import type { SearchSpace } from '../../core/space.ts';
import { randomStream, type RandomStream } from '../../core/random.ts';

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

/** All in one process. */
function timed(trial: number, durationSeconds: number) {
  return { durationSeconds, attempts: 1, place: 'worker/0', startedAt: 1000 * trial };
}

/** Values of each component in turn, one for each replicate; null for a trial that failed. */
function measure(...rows: (number | null)[][]): Measured[] {
  return rows.flatMap((row, at) =>
    row.map((value, replicate): Measured => {
      // Replicates take turns.
      const trial = at + replicate * rows.length;
      return value === null
        ? { trial, state: 'failed', message: 'shapes do not fit' }
        : { trial, state: 'completed', value, ...timed(trial, 10 + at) };
    }),
  );
}

const options: StudyOptions = { replicates: 3, metric: 'accuracy', direction: 'maximize', seed: 1, space: {} };
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
    expect(study.components[0]).toMatchObject({ pairs: 3, completed: 3, failed: 0, stopped: 0, parameters: -1, confidence: 0.95 });
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
      "Differences of accuracy, of which more is better, paired by 3 seeds; 95 % intervals, tests at 5 % after Holm's correction; differences within ±0.02, the deviation of the baseline between seeds, count as none.",
      'Seeds vary first weights, shuffling and dropout. All trials are handed the same data, so that intervals do not cover other data.',
      'Seconds: mean difference ± half of its 95 % interval, not corrected, without the first trial of a process with its data.',
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

  it('is a table with the metric, the deviation between seeds and the pairs that differences are of', () => {
    const table = studyTable(study).split('\n');
    expect(table).toHaveLength(7);
    expect(table[0]).toMatch(/^component +pairs +accuracy +± sd +difference +95 % interval +p \(Holm\) +effect +parameters +seconds$/);
    expect(table[1]).toMatch(/^baseline +3 +0\.9 +0\.02 +100 +10$/);
    expect(table[2]).toMatch(
      /^layer useful +3 +0\.7003 +0\.0185 +-0\.1997 +\[-0\.2035, -0\.1959\] +< 0\.001 +\S+ +-1 +\+1 ± 0 +hurts to leave out$/,
    );
  });

  it('is a CSV file that stands for itself', () => {
    const [head = '', ...lines] = studyCsv(study).split('\r\n');
    const rows = lines.slice(0, -1).map((line) => Object.fromEntries(line.split(',').map((cell, at) => [head.split(',')[at], cell])));
    expect(rows.map(({ kind, name, verdict }) => [kind, name, verdict]).slice(0, 2)).toEqual([
      ['baseline', 'baseline', ''],
      ['component', 'layer useful', 'worse'],
    ]);
    expect(rows[0]).toMatchObject({ completed: '3', mean: '0.9', parameters: '100', seconds: '10', difference: '' });
    expect(rows[1]).toMatchObject({
      metric: 'accuracy',
      direction: 'maximize',
      pairs: '3',
      confidence: '0.95',
      seconds: '1',
      secondsLow: '1',
    });
    expect(rows.at(-1)).toMatchObject({
      name: 'layer broken',
      completed: '0',
      failed: '3',
      pairs: '0',
      mean: '',
      parameters: '-5',
      seconds: '',
    });
  });

  it('has means over the same pairs as the difference', () => {
    const holed = analyseAblation(planOf('layer a'), measure([0.9, null, 0.8], [0.7, 0.1, 0.68]), options);
    expect(holed.components[0]).toMatchObject({ completed: 3, pairs: 2 });
    expect(holed.components[0]?.mean).toBeCloseTo(0.69, 12);
    expect(holed.components[0]?.reference).toBeCloseTo(0.85, 12);
    const adaptive = analyseAblation(planOf('layer a'), measure([0.9, 0.8, 0.7, 0.1], [0.5, 0.5, null, null]), options);
    const [, base, row] = studyTable(adaptive).split('\n');
    expect(base).toMatch(/^baseline +3 +0\.8/);
    expect(row).toMatch(/^layer a +2 +0\.5 +0 +0\.85 +-0\.35/);
  });

  it('says of what was stopped early that it was, and that what is left may be a choice', () => {
    // Trials of the baseline have even numbers.
    const stopped = measure(base, base).map((trial): Measured =>
      trial.trial % 2 === 1 ? { trial: trial.trial, state: 'stopped' } : trial,
    );
    const { components, ...found } = analyseAblation(planOf('layer a'), stopped, options);
    expect(components[0]).toMatchObject({ stopped: 3, completed: 0, verdict: 'stopped' });
    const words = studyWords({ ...found, components });
    expect(words).toContain('Stopped early: layer a.');
    expect(words.join(' ')).toContain('3 trials were stopped early and count nowhere');
  });

  it('calls differences within a margin that was asked for none, and says whose margin it is', () => {
    const close = measure(base, [0.901, 0.922, 0.879]);
    const asked = analyseAblation({ ...planOf('layer a'), margin: 0.005 }, close, options);
    expect(asked).toMatchObject({ margin: 0.005, marginSource: 'asked', components: [{ verdict: 'no-matter' }] });
    expect(studyWords(asked).join(' ')).toContain('differences within ±0.005 count as none');
    const narrower = analyseAblation({ ...planOf('layer a'), margin: 0.001 }, close, options);
    expect(narrower.components[0]?.verdict).toBe('unclear');
  });

  it('leaves out only the pair whose trial failed', () => {
    const holed = analyseAblation(planOf('layer a'), measure(base, [0.7, null, 0.68]), options);
    expect(holed.components[0]).toMatchObject({ pairs: 2, completed: 2, failed: 1 });
    expect(holed.components[0]?.difference).toBeCloseTo(-0.2, 12);
  });

  it('claims nothing before all of its trials are over', () => {
    for (let over = 0; over < trials.length; over += 1) {
      const { progress, components } = analyseAblation(plan, trials.slice(0, over), options);
      expect(progress).toBe('under-way');
      for (const { adjustedPValue, verdict } of components)
        expect({ adjustedPValue, verdict }).toEqual({ adjustedPValue: null, verdict: 'unfinished' });
    }
    expect(study.progress).toBe('whole');
  });

  it('that was stopped early says so, and claims nothing', () => {
    const stopped = trials.map((trial, at): Measured => (at === 17 ? { trial: at, state: 'stopped' } : trial));
    const early = analyseAblation(plan, stopped, { ...options, stopReason: 'requested' });
    expect(early.components.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unfinished'));
    expect(studyWords(early).slice(0, 2)).toEqual([
      'Ended early: nothing is claimed of a component whose look has trials missing.',
      'No verdict: layer useful, layer noisy, layer dead, layer harmful, layer broken (shapes do not fit).',
    ]);
    // What its scheduler stopped, on the other hand, has its outcome.
    expect(analyseAblation(plan, stopped, { ...options, stopReason: 'planDone' }).progress).toBe('whole');
  });

  it('corrects for a component that has no test, too', () => {
    const pValue = study.components[0]?.pValue ?? NaN;
    expect(study.components[0]?.adjustedPValue).toBeCloseTo(5 * pValue, 14);
  });

  it('has no answer before there are trials', () => {
    expect(analyseAblation(plan, [], options).components.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unfinished'));
  });

  it('claims nothing of identical differences of few seeds', () => {
    const { components } = analyseAblation(planOf('layer a'), measure([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]), options);
    expect(components[0]).toMatchObject({ difference: -0.25, interval: null, pValue: 0.25, verdict: 'unclear' });
  });
});

describe('a path', () => {
  const space: SearchSpace = Object.fromEntries(['a', 'b'].map((name) => [name, { type: 'int', min: 0, max: 9, default: 0 }]));
  const ends = { ablatable: { variants: [] }, space, start: { a: 0, b: 0 }, params: { a: 1, b: 1 }, replicates: 2 };
  const sizes = [
    { params: { b: 0, a: 1 }, parameters: 30 },
    { params: { a: 0, b: 1 }, parameters: 20 },
    { params: { a: 1, b: 1 }, parameters: 50 },
  ];

  it('has the change in parameters of each step, where its plan has counted them', () => {
    const made = planAblation({ mode: 'path' }, ends);
    const components = made.components.map((component) => ({ ...component, parameters: component.name === 'baseline' ? 10 : 50 }));
    const effectOf = ({ params }: PlannedComponent): number => 90 * Number(params.b) + 9 * Number(params.a);
    const changesOf = (plan: AblationPlan) =>
      simulated(plan, space, 1, effectOf).components.map(({ name, parameters }) => [name, parameters]);
    expect(changesOf({ ...made, components, sizes })).toEqual([
      ['b 0 → 1', 10],
      ['a 0 → 1', 30],
    ]);
    expect(changesOf({ ...made, components })).toEqual([
      ['b 0 → 1', null],
      ['a 0 → 1', null],
    ]);
  });
});

describe('training times', () => {
  /** Two processes; the first trial in each warms it up. The component saves half a second. */
  const trials = measure([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).map((trial) => {
    const seconds = trial.trial < 2 ? 9 : trial.trial % 2 === 0 ? 2 + trial.trial / 1000 : 1.5 + trial.trial / 1000;
    return { ...trial, ...timed(trial.trial, seconds), place: `worker/${trial.trial % 2}` };
  });
  const durationOf = (measured: Measured[], plan = planOf('layer a')) => analyseAblation(plan, measured, options).components[0]?.duration;
  const plan: AblationPlan = { ...planOf('layer a'), looks: [{ replicates: 5, level: 0.05 }] };

  it('are compared in warm processes, by pairs', () => {
    expect(durationOf(trials, plan)?.pairs).toBe(4);
    expect(durationOf(trials, plan)?.differenceSeconds).toBeCloseTo(-0.499, 12);
    expect(analyseAblation(plan, trials, options).baseline.durationSeconds).toBeCloseTo(2.005, 12);
  });

  it('leave out what was retried, and the first trial with other data', () => {
    const retried = trials.map((trial) => (trial.trial === 4 ? { ...trial, attempts: 2 } : trial));
    expect(durationOf(retried, plan)?.pairs).toBe(3);
    const onePlace = trials.map((trial) => ({ ...trial, place: 'worker/0' }));
    expect(durationOf(onePlace, plan)?.pairs).toBe(4);
    const [baseline, component] = plan.components;
    if (baseline === undefined || component === undefined) throw new Error('the plan has two components');
    const cutsData = { ...plan, components: [baseline, { ...component, exclusion: { features: ['age'] } }] };
    expect(
      durationOf(
        onePlace.map((trial) => (trial.trial === 1 ? { ...trial, durationSeconds: 99 } : trial)),
        cutsData,
      )?.pairs,
    ).toBe(4);
    expect(
      durationOf(
        onePlace.map((trial) => ({ ...trial, startedAt: -trial.trial })),
        cutsData,
      )?.pairs,
    ).toBe(4);
  });

  it('are equal where they are the same to the millisecond', () => {
    const equal = trials.map((trial) => ({ ...trial, durationSeconds: trial.trial % 3 === 0 ? 0.3 : 0.1 + 0.2 }));
    expect(durationOf(equal, plan)).toEqual({ pairs: 4, differenceSeconds: 0, intervalSeconds: [0, 0] });
  });

  it('say nothing where it is not known who ran them', () => {
    expect(
      durationOf(
        trials.map(({ place: _, ...trial }) => trial),
        plan,
      ),
    ).toBeNull();
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
    expect(study.interactions.map(({ verdict }) => verdict)).toEqual(['costs-more', 'unclear']);
    expect(analyseAblation(plan, [], options).interactions.map(({ verdict }) => verdict)).toEqual(['unclear', 'unclear']);
    const words = studyWords(study);
    expect(words).toContain('Leaving out both costs more than the two apart: a × b.');
    expect(words).toContain('The 2 interactions are tested as a family of their own, at 5 % beside the 5 % of the components.');
    expect(studyCsv(study)).toMatch(/\r\ninteraction,a × b,accuracy,.*,costs-more\r\n/);
    expect(studyTable(study)).toMatch(/^a × b +3 .* both cost more than apart$/m);
  });
});

/** The value of a trial. @param common standard normal, shared by all trials of one seed, which pairing takes out */
type Workload = (component: PlannedComponent, common: number, draws: RandomStream) => number;

const noisy =
  (effectOf: (component: PlannedComponent) => number): Workload =>
  (component, common, draws) =>
    effectOf(component) + 3 * common + draws.normal();

/** Accuracy on so few rows that differences are often the same but for rounding. */
const ofFewRows: Workload = (_component, common, draws) => {
  const rows = 67;
  const share = 0.985 + 0.005 * common;
  return Array.from({ length: rows }, () => Number(draws.uniform() < share)).reduce((sum, right) => sum + right, 0) / rows;
};

/** What a study measures when it runs to its end. */
function simulatedTrials(plan: AblationPlan, space: SearchSpace, seed: number, valueOf: Workload): Measured[] {
  const course = new Course(plan, { space, seed, direction: 'maximize' });
  const draws = randomStream(seed, 'noise');
  const ofSeed = new Map<number, number>();
  const measured: Measured[] = [];
  while (!course.isWhole) {
    for (const { component, seed: shared } of course.trials.slice(measured.length)) {
      const common = ofSeed.get(shared) ?? draws.normal();
      ofSeed.set(shared, common);
      measured.push({ trial: measured.length, state: 'completed', value: valueOf(component, common, draws) });
    }
    course.follow((trial) => (trial < measured.length ? { value: measured[trial]?.value ?? null } : undefined));
  }
  return measured;
}

const answerOf = (plan: AblationPlan, space: SearchSpace, seed: number, measured: readonly Measured[]): Study =>
  analyseAblation(plan, measured, { ...options, replicates: plan.looks[0]?.replicates ?? 0, space, seed });

/** What a study finds of these effects in noise. */
const simulated = (plan: AblationPlan, space: SearchSpace, seed: number, effectOf: (component: PlannedComponent) => number): Study =>
  answerOf(plan, space, seed, simulatedTrials(plan, space, seed, noisy(effectOf)));

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
    ['leave-two-out with 5 seeds', planAblation({ features: features.slice(0, 3), mode: 'leave-two-out' }, { ...context, replicates: 5 })],
    ['adaptive path with 3 to 9 seeds', planAblation({ mode: 'path', adaptive: true, maxReplicates: 9 }, { ...context, replicates: 3 })],
  ];
  const share = (plan: AblationPlan, valueOf: Workload, counts: (study: Study) => boolean): number =>
    Array.from({ length: studies }, (_, at) => at + 1).filter((seed) =>
      counts(answerOf(plan, space, seed, simulatedTrials(plan, space, seed, valueOf))),
    ).length / studies;

  it.each(plans.map(([name, plan]) => ({ name, plan })))('claim something of nothing in 5 % at most: $name', ({ plan }) => {
    expect(
      share(
        plan,
        noisy(() => 0),
        (study) => wrongOf(study, () => false),
      ),
    ).toBeLessThan(most);
  });

  // As whoever watches sees them. Two hundred, for three standard errors of a share among so many.
  it.each([0, 2, 3].flatMap((at) => plans.slice(at, at + 1)).map(([name, plan]) => ({ name, plan })))(
    'do so too at whatever moment they are looked at: $name',
    ({ plan }) => {
      const seeds = Array.from({ length: 200 }, (_, at) => at + 1);
      const claiming = seeds.filter((seed) => {
        const measured = simulatedTrials(
          plan,
          space,
          seed,
          noisy(() => 0),
        );
        return measured.some((_, over) => wrongOf(answerOf(plan, space, seed, measured.slice(0, over + 1)), () => false));
      });
      expect(claiming.length / seeds.length).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / seeds.length));
    },
  );

  it.each(plans.slice(0, 3).map(([name, plan]) => ({ name, plan })))('of accuracies on few rows do so too: $name', ({ plan }) => {
    expect(share(plan, ofFewRows, (study) => wrongOf(study, () => false))).toBeLessThan(most);
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
    const found = share(plan, noisy(effectOf), (study) => isTold(study, useful));
    expect(found).toBeGreaterThan(least);
    const wrong = share(plan, noisy(effectOf), (study) => wrongOf(study, (of) => of === useful));
    expect(wrong).toBeLessThan(most);
  });

  const pairs = plans.find(([name]) => name.startsWith('leave-two-out'))?.[1];
  const isInteraction = (study: Study): boolean => study.interactions.some(({ verdict }) => verdict !== 'unclear');

  it('claim an interaction of nothing in 5 % at most, and find one of six times the noise', () => {
    if (pairs === undefined) throw new Error('no plan leaves two out');
    expect(
      share(
        pairs,
        noisy(() => 0),
        isInteraction,
      ),
    ).toBeLessThan(most);
    const together = 'feature useful + feature one';
    const found = share(
      pairs,
      noisy(({ name }) => (name === together ? -6 : 0)),
      ({ interactions }) => interactions.some(({ parts, verdict }) => parts.join(' + ') === together && verdict === 'costs-more'),
    );
    // Measured: 95 %.
    expect(found).toBeGreaterThan(0.93);
  });

  /** Share of the components that are said not to matter. */
  const dismissed = (plan: AblationPlan, effect: number): number => {
    const found = Array.from({ length: studies }, (_, at) =>
      simulated(plan, space, at + 1, ({ name }) => (name === 'baseline' ? 0 : effect)),
    );
    const verdicts = found.flatMap(({ components }) => components.map(({ verdict }) => verdict));
    return verdicts.filter((verdict) => verdict === 'no-matter').length / verdicts.length;
  };
  const ofMargin = (margin: number | undefined, replicates: number): AblationPlan =>
    planAblation({ features: 'all', ...(margin === undefined ? {} : { margin }) }, { ...context, replicates });

  // An interval of 95 % lies beyond what is true on either side in 2.5 %.
  it.each([3, 5, 8])('dismiss an effect as large as the margin that was asked for in one of forty at most: %i seeds', (replicates) => {
    expect(dismissed(ofMargin(2, replicates), 2)).toBeLessThan(0.025 + 3 * Math.sqrt((0.025 * 0.975) / studies));
  });

  // The margin is an estimate itself there. Noise of a seed and of a trial make a deviation of √10. Measured: 4.1 %, 1.7 %.
  it.each([
    [3, 0.05],
    [5, 0.025],
  ])('dismiss an effect as large as the true deviation of the baseline more often with few seeds: %i', (replicates, below) => {
    expect(dismissed(ofMargin(undefined, replicates), Math.sqrt(10))).toBeLessThan(below);
  });

  it('dismiss parts without an effect', () => {
    // Measured: 73 %.
    expect(dismissed(ofMargin(undefined, 5), 0)).toBeGreaterThan(0.7);
  });
});
