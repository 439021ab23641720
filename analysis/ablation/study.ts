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
import type { StopReason } from '../../core/events.ts';
import { flipSign, type Direction } from '../../core/states.ts';
import { holm } from '../statistics/holm.ts';
import { mean, standardDeviation } from '../statistics/moments.ts';
import { summarisePairs, type Pair } from '../statistics/paired.ts';
import type { ComponentAnswer, Contrast, Interaction, PathStep, Study } from './answer.ts';
import { Course, type Step } from './course.ts';
import { Runs, type Measured, type Run } from './runs.ts';
import { durationChange } from './times.ts';
import { interactionVerdict, verdictOf } from './verdict.ts';

export interface StudyOptions extends Pick<Specification, 'space' | 'seed' | 'metric' | 'direction' | 'replicates'> {
  /** Why the experiment ended; null while it goes on. */
  readonly stopReason?: StopReason | null;
}

/** @param measured in any order; trials that are missing count as unfinished */
export function analyseAblation(plan: AblationPlan, measured: readonly Measured[], options: StudyOptions): Study {
  const byNumber = new Map(measured.map((trial) => [trial.trial, trial]));
  const course = new Course(plan, options);
  const { stopReason = null } = options;
  const isCutShort = stopReason !== null && stopReason !== 'planDone';
  course.follow((number) => {
    const { state = 'unfinished', value = null } = byNumber.get(number) ?? {};
    // What the end of the experiment stopped is missing; what a scheduler stopped has its outcome.
    return state === 'unfinished' || (state === 'stopped' && isCutShort) ? undefined : { value };
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
    const answers = this.#studied.map((component) => this.#answer(component, this.#contrastOf(component)));
    return {
      mode,
      metric,
      direction,
      progress: this.#course.isWhole ? 'whole' : (this.#options.stopReason ?? null) === null ? 'under-way' : 'cut-short',
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

  /** Of a look that is under way, what its trials say so far, untested. */
  #contrastOf(component: PlannedComponent): Contrast {
    const look = this.#lookOf(component);
    const pairs = this.#runs.of(component).pairs(this.#before(component));
    const contrast = this.#contrast(pairs, component.name, 1 - (look?.level ?? STUDY_LEVEL));
    const adjustedPValue = this.#isTested(component) ? (this.#course.tested.get(component)?.adjustedPValue ?? null) : null;
    return { ...contrast, adjustedPValue };
  }

  /** Whether the last look that the component is part of is whole. */
  #isTested(component: PlannedComponent): boolean {
    const tested = this.#course.tested.get(component);
    return tested !== undefined && tested.look === this.#lookOf(component);
  }

  /** The last that the component is part of. */
  #lookOf(component: PlannedComponent): Look | undefined {
    return this.#plan.looks.find(({ replicates }) => replicates >= this.#runs.of(component).planned);
  }

  /** A stream for each name: one more component must not move the intervals of the others. */
  #contrast(pairs: readonly Pair[], name: string, confident: number): Contrast {
    if (pairs.length === 0) return nothing;
    const { mean: difference, ...summary } = summarisePairs(pairs, confident, randomStream(this.#options.seed, 'bootstrap', name));
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
      verdict: this.#isTested(component) ? verdictOf(found, run, this.#margin, this.#options.direction) : 'unfinished',
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #interactions(): Interaction[] {
    const single = new Map(this.#studied.filter(({ parts }) => parts.length === 1).map((component) => [component.name, component]));
    const found = this.#studied.flatMap((component) => {
      const [first = '', second = ''] = component.parts;
      const [one, other] = [single.get(first), single.get(second)];
      if (one === undefined || other === undefined) return [];
      const pairs = interactionPairs(
        [component, one, other].map((part) => this.#runs.of(part)),
        this.#base,
        this.#firstLook,
      );
      const parts: Interaction['parts'] = [first, second];
      return [{ parts, ...this.#contrast(pairs, `interaction ${component.name}`, confidence) }];
    });
    const told = (this.#hasFirstLook ? corrected(found) : found).map((one) => ({
      ...one,
      verdict: interactionVerdict(one, this.#options.direction),
    }));
    return told.sort((one, other) => Math.abs(other.difference ?? 0) - Math.abs(one.difference ?? 0));
  }

  /** From the start of a path to its end: one test, which needs no correction. */
  #total(): Contrast {
    const pairs = this.#runs.of(this.#studied.at(-1)).pairs(this.#base, this.#firstLook);
    const found = this.#contrast(pairs, 'total', confidence);
    return { ...found, adjustedPValue: this.#hasFirstLook ? found.pValue : null };
  }

  /** Whether the trials of the first look are all over. */
  get #hasFirstLook(): boolean {
    return this.#course.tested.size > 0;
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

/** One without a test counts in the correction of the others all the same. */
function corrected<Found extends Contrast>(contrasts: readonly Found[]): Found[] {
  const adjusted = holm(contrasts.map(({ pValue }) => pValue ?? 1));
  return contrasts.map((found, at) => ({ ...found, adjustedPValue: found.pValue === null ? null : (adjusted[at] ?? null) }));
}

function ranked(answers: readonly ComponentAnswer[], direction: Direction): ComponentAnswer[] {
  const worse = ({ difference }: ComponentAnswer): number =>
    difference === null ? -Infinity : direction === 'maximize' ? -difference : difference;
  // Compared and not subtracted: two without a difference are equal, and not NaN apart.
  return [...answers].sort((one, other) => (worse(one) === worse(other) ? 0 : worse(one) > worse(other) ? -1 : 1));
}

/** (y_ab + y_0) and (y_a + y_b), whose difference is the interaction. */
function interactionPairs(parts: readonly Run[], base: Run, below: number): Pair[] {
  return [...base.byReplicate].flatMap(([replicate, neither]): Pair[] => {
    const [together, first, second] = parts.map((run) => run.byReplicate.get(replicate));
    if (replicate >= below || together === undefined || first === undefined || second === undefined) return [];
    return [[together + neither, first + second]];
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
