/**
 * The answer of an ablation study: what each component is worth, from the values of its trials. Everything is a difference between trials of
 * the same seed, to the baseline or, on a path, to the step before, in the user's own sign; what is worse follows from the direction. Pure:
 * a plan and values in, a table out. Which trials there are is `course.ts`, their tests `looks.ts`, words are in `words.ts`.
 *
 * Families of tests, each with Holm's correction: the components, and the interactions of pairs. An interaction is what a pair does beyond its
 * parts, seed by seed: (y_ab − y_0) − (y_a − y_0) − (y_b − y_0).
 */
import { STUDY_LEVEL } from '../../core/ablation/plan.ts';
import type { AblationPlan, Look, PlannedComponent } from '../../core/ablation/schema.ts';
import type { Specification } from '../../core/experiment.ts';
import { randomStream } from '../../core/random.ts';
import { flipSign, type Direction } from '../../core/states.ts';
import { holm } from '../statistics/holm.ts';
import { mean, standardDeviation } from '../statistics/moments.ts';
import { summarisePairs } from '../statistics/paired.ts';
import type { ComponentAnswer, Contrast, Interaction, PathStep, Study } from './answer.ts';
import { Course, type Step } from './course.ts';
import { testLook } from './looks.ts';
import { Runs, type Measured, type Run } from './runs.ts';
import { durationChange } from './times.ts';
import { interactionVerdict, verdictOf } from './verdict.ts';

export type StudyOptions = Pick<Specification, 'space' | 'seed' | 'metric' | 'direction' | 'replicates'>;

/** @param measured in any order; trials that are missing count as unfinished */
export function analyseAblation(plan: AblationPlan, measured: readonly Measured[], options: StudyOptions): Study {
  const byNumber = new Map(measured.map((trial) => [trial.trial, trial]));
  const course = new Course(plan, options);
  course.follow((number) => {
    const trial = byNumber.get(number);
    return trial === undefined || trial.state === 'unfinished' ? undefined : { value: trial.value ?? null };
  });
  return new Analysis(plan, course, new Runs(course, byNumber), options).study();
}

const confidence = 1 - STUDY_LEVEL;

class Analysis {
  readonly #plan: AblationPlan;
  readonly #course: Course;
  readonly #runs: Runs;
  readonly #options: StudyOptions;
  readonly #base: Run;
  readonly #studied: readonly PlannedComponent[];
  readonly #margin: number | null;

  constructor(plan: AblationPlan, course: Course, runs: Runs, options: StudyOptions) {
    this.#plan = plan;
    this.#course = course;
    this.#runs = runs;
    this.#options = options;
    const [baseline, ...studied] = course.components;
    this.#base = runs.of(baseline);
    this.#studied = studied;
    this.#margin = plan.margin ?? deviationOrNull(this.#base.values);
  }

  study(): Study {
    const { mode, looks, margin } = this.#plan;
    const { replicates, metric, direction } = this.#options;
    const contrasts = this.#contrasts();
    const answers = this.#studied.map((component) => this.#answer(component, contrasts.get(component) ?? nothing));
    return {
      mode,
      metric,
      direction,
      replicates,
      looks: looks.map((look, at) => ({ ...look, begun: at < this.#course.looks })),
      baseline: {
        completed: this.#base.values.length,
        failed: this.#base.failed,
        stopped: this.#base.stopped,
        mean: meanOrNull(this.#base.values),
        standardDeviation: deviationOrNull(this.#base.values),
        parameters: this.#base.parameters,
        durationSeconds: meanOrNull([...this.#base.times.values()].map((timeMs) => timeMs / 1000)),
      },
      margin: this.#margin,
      marginSource: margin === undefined ? 'baseline' : 'asked',
      components: mode === 'path' ? answers : ranked(answers, direction),
      interactions: this.#interactions(),
      path: mode === 'path' ? { steps: this.#course.steps.map((step) => stepAnswer(step, direction)), total: this.#total() } : null,
    };
  }

  /** Tests as the course made them; of a look that is under way as they stand now. */
  #contrasts(): Map<PlannedComponent, Contrast> {
    const differences = new Map(
      this.#studied.map((component) => [component, this.#runs.of(component).differences(this.#before(component))]),
    );
    const differencesOf = (component: PlannedComponent) => differences.get(component) ?? [];
    const { tested, looks } = this.#course;
    const waiting = this.#studied.filter((component) => tested.get(component)?.look !== this.#lookOf(component));
    const current = this.#plan.looks[looks - 1];
    const interim = current === undefined ? tested : testLook(current, waiting, differencesOf);
    return new Map(
      this.#studied.map((component) => {
        const level = this.#lookOf(component)?.level ?? STUDY_LEVEL;
        const { adjustedPValue = null } = interim.get(component) ?? tested.get(component) ?? {};
        return [component, { ...this.#contrast(differencesOf(component), component.name, 1 - level), adjustedPValue }];
      }),
    );
  }

  /** The last that the component is part of. */
  #lookOf(component: PlannedComponent): Look | undefined {
    return this.#plan.looks.find(({ replicates }) => replicates >= this.#runs.of(component).planned);
  }

  /** A stream for each name: one more component must not move the intervals of the others. */
  #contrast(differences: readonly number[], name: string, confident: number): Contrast {
    if (differences.length === 0) return nothing;
    const { mean: difference, ...summary } = summarisePairs(differences, confident, randomStream(this.#options.seed, 'bootstrap', name));
    return { ...summary, difference, adjustedPValue: null, confidence: confident };
  }

  #before(component: PlannedComponent): Run {
    return this.#runs.of(this.#course.before(component));
  }

  #answer(component: PlannedComponent, found: Contrast): ComponentAnswer {
    const { name, parts } = component;
    const [run, before] = [this.#runs.of(component), this.#before(component)];
    const own = run.valuesBeside(before);
    const [failure] = run.failures;
    return {
      name,
      parts,
      completed: run.values.length,
      failed: run.failed,
      stopped: run.stopped,
      mean: meanOrNull(own),
      standardDeviation: deviationOrNull(own),
      reference: meanOrNull(before.valuesBeside(run)),
      ...found,
      parameters: run.parameters === null || before.parameters === null ? null : run.parameters - before.parameters,
      duration: durationChange(run.timeDifferences(before)),
      verdict: verdictOf(found, run, this.#margin, this.#options.direction),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #interactions(): Interaction[] {
    const single = new Map(this.#studied.filter(({ parts }) => parts.length === 1).map((component) => [component.name, component]));
    const found = this.#studied.flatMap((component) => {
      const [first = '', second = ''] = component.parts;
      const [one, other] = [single.get(first), single.get(second)];
      if (one === undefined || other === undefined) return [];
      const values = interactionValues(
        [component, one, other].map((part) => this.#runs.of(part)),
        this.#base,
        this.#firstLook,
      );
      const parts: Interaction['parts'] = [first, second];
      return [{ parts, ...this.#contrast(values, `interaction ${component.name}`, confidence) }];
    });
    const told = corrected(found).map((one) => ({ ...one, verdict: interactionVerdict(one, this.#options.direction) }));
    return told.sort((one, other) => Math.abs(other.difference ?? 0) - Math.abs(one.difference ?? 0));
  }

  /** From the start of a path to its end: one test, which needs no correction. */
  #total(): Contrast {
    const differences = this.#runs.of(this.#studied.at(-1)).differences(this.#base, this.#firstLook);
    const found = this.#contrast(differences, 'total', confidence);
    return { ...found, adjustedPValue: found.pValue };
  }

  /** Replicates that are there whatever they say: what else is tested than the looks' own tests is tested on these alone. */
  get #firstLook(): number {
    return this.#plan.looks[0]?.replicates ?? 0;
  }
}

const nothing: Contrast = {
  pairs: 0,
  difference: null,
  interval: null,
  pValue: null,
  adjustedPValue: null,
  effectSize: null,
  confidence: null,
};

function corrected<Found extends Contrast>(contrasts: readonly Found[]): Found[] {
  const tested = contrasts.flatMap(({ pValue }, place) => (pValue === null ? [] : [{ pValue, place }]));
  const adjusted = new Map(holm(tested.map(({ pValue }) => pValue)).map((pValue, at) => [tested[at]?.place, pValue]));
  return contrasts.map((found, place) => ({ ...found, adjustedPValue: adjusted.get(place) ?? null }));
}

function ranked(answers: readonly ComponentAnswer[], direction: Direction): ComponentAnswer[] {
  const worse = ({ difference }: ComponentAnswer): number =>
    difference === null ? -Infinity : direction === 'maximize' ? -difference : difference;
  // Compared and not subtracted: two without a difference are equal, and not NaN apart.
  return [...answers].sort((one, other) => (worse(one) === worse(other) ? 0 : worse(one) > worse(other) ? -1 : 1));
}

function interactionValues(parts: readonly Run[], base: Run, below: number): number[] {
  return [...base.byReplicate].flatMap(([replicate, neither]) => {
    const [together, first, second] = parts.map((run) => run.byReplicate.get(replicate));
    if (replicate >= below || together === undefined || first === undefined || second === undefined) return [];
    return [together - first - second + neither];
  });
}

function stepAnswer({ racers, chosen }: Step, direction: Direction): PathStep {
  const candidates = racers.map(({ component, losses }) => {
    const known = losses.filter((loss) => loss !== null);
    return { name: component.name, trials: losses.length, mean: known.length === 0 ? null : flipSign(direction, mean(known)) };
  });
  return { chosen: chosen.component.name, candidates };
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values);
}

function deviationOrNull(values: readonly number[]): number | null {
  return values.length < 2 ? null : standardDeviation(values);
}
