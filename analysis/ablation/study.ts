/**
 * The answer of an ablation study: what each component is worth, from the values of its trials. Everything is a difference to the baseline
 * between trials of the same seed, in the user's own sign; what is worse follows from the direction. Pure: a plan and values in, a
 * table out. Statistics are in `../statistics`, words in `words.ts`.
 *
 * Two families of tests, each with Holm's correction: the components, and the interactions of pairs. An interaction is what a pair does beyond
 * its parts, seed by seed: (y_ab − y_0) − (y_a − y_0) − (y_b − y_0).
 */
import type { AblationPlan, PlannedComponent } from '../../core/ablation/schema.ts';
import { randomStream } from '../../core/random.ts';
import type { Direction } from '../../core/states.ts';
import { holm } from '../statistics/holm.ts';
import { mean, standardDeviation } from '../statistics/moments.ts';
import { summarisePairs } from '../statistics/paired.ts';
import type { ComponentAnswer, Contrast, Interaction, Study } from './answer.ts';
import { verdictOf } from './verdict.ts';

/** What became of one trial of the plan. */
export interface Measured {
  /** Its number: component by component, the baseline first, all replicates of each. */
  readonly trial: number;
  readonly state: 'completed' | 'failed' | 'unfinished';
  /** In the user's sign; of a completed trial. */
  readonly value?: number;
  readonly durationSeconds?: number;
  /** Why it failed. */
  readonly message?: string;
}

export interface StudyOptions {
  readonly replicates: number;
  readonly direction: Direction;
  /** Of the bootstrap. */
  readonly seed: number;
  /** Differences up to this do not matter; by default the baseline's standard deviation between seeds. */
  readonly margin?: number;
}

const confidence = 0.95;

/** @param measured in any order; trials that are missing count as unfinished */
export function analyseAblation(plan: AblationPlan, measured: readonly Measured[], options: StudyOptions): Study {
  const { replicates, direction } = options;
  const runs = new Runs(plan, measured, replicates);
  const [baseline, ...studied] = plan.components;
  const base = runs.of(baseline);
  const margin = options.margin ?? deviationOrNull(base.values);
  const contrasts = corrected(studied.map((component) => contrast(runs.of(component).differences(base), component.name, options.seed)));
  const answers = studied.map((component, at) =>
    componentAnswer(component, contrasts[at] ?? nothing, runs.of(component), base, margin, options),
  );
  return {
    mode: plan.mode,
    direction,
    replicates,
    baseline: {
      completed: base.values.length,
      failed: base.failed,
      mean: meanOrNull(base.values),
      standardDeviation: deviationOrNull(base.values),
      parameters: base.parameters,
      durationSeconds: meanOrNull([...base.durations.values()]),
    },
    margin,
    components: ranked(answers, direction),
    interactions: interactionsOf(studied, runs, base, options.seed),
  };
}

function componentAnswer(
  { name, parts }: PlannedComponent,
  found: Contrast,
  run: Run,
  base: Run,
  margin: number | null,
  { direction }: StudyOptions,
): ComponentAnswer {
  const parameters = run.parameters === null || base.parameters === null ? null : run.parameters - base.parameters;
  const [failure] = run.failures;
  return {
    name,
    parts,
    completed: run.values.length,
    failed: run.failed,
    mean: meanOrNull(run.values),
    ...found,
    parameters,
    durationSeconds: meanOrNull(pairedDifferences(run.durations, base.durations)),
    verdict: verdictOf(found, run, margin, direction),
    ...(failure === undefined ? {} : { failure }),
  };
}

const nothing: Contrast = { pairs: 0, difference: null, interval: null, pValue: null, adjustedPValue: null, effectSize: null };

/** A stream for each name: one more component must not move the intervals of the others. */
function contrast(differences: readonly number[], name: string, seed: number): Contrast {
  if (differences.length === 0) return nothing;
  const { mean: difference, ...summary } = summarisePairs(differences, confidence, randomStream(seed, 'bootstrap', name));
  return { ...summary, difference, adjustedPValue: null };
}

function corrected<Tested extends Contrast>(contrasts: readonly Tested[]): Tested[] {
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

function interactionsOf(studied: readonly PlannedComponent[], runs: Runs, base: Run, seed: number): Interaction[] {
  const single = new Map(studied.flatMap((component) => (component.parts.length === 1 ? [[component.name, runs.of(component)]] : [])));
  const found = studied.flatMap((component) => {
    const [first, second] = component.parts;
    const [one, other] = [single.get(first ?? ''), single.get(second ?? '')];
    if (first === undefined || second === undefined || one === undefined || other === undefined) return [];
    const parts: Interaction['parts'] = [first, second];
    return [{ parts, ...contrast(interactionValues(runs.of(component), one, other, base), `interaction ${component.name}`, seed) }];
  });
  return corrected(found).sort((one, other) => Math.abs(other.difference ?? 0) - Math.abs(one.difference ?? 0));
}

function interactionValues(pair: Run, one: Run, other: Run, base: Run): number[] {
  return [...pair.byReplicate].flatMap(([replicate, together]) => {
    const [first, second, neither] = [one, other, base].map((run) => run.byReplicate.get(replicate));
    return first === undefined || second === undefined || neither === undefined ? [] : [together - first - second + neither];
  });
}

/** The trials of one component, by replicate. */
class Run {
  readonly byReplicate = new Map<number, number>();
  readonly durations = new Map<number, number>();
  readonly failures: string[] = [];
  failed = 0;
  unfinished = 0;
  readonly parameters: number | null;

  /** @param parameters numbers in its model's weights */
  constructor(parameters: number | null) {
    this.parameters = parameters;
  }

  get values(): number[] {
    return [...this.byReplicate.values()];
  }

  differences(base: Run): number[] {
    return pairedDifferences(this.byReplicate, base.byReplicate);
  }

  add(replicate: number, { state, value, durationSeconds, message }: Measured): void {
    if (state === 'failed') {
      this.failed += 1;
      this.failures.push(message ?? 'it failed');
    }
    if (state === 'unfinished') this.unfinished += 1;
    if (state !== 'completed' || value === undefined) return;
    this.byReplicate.set(replicate, value);
    if (durationSeconds !== undefined) this.durations.set(replicate, durationSeconds);
  }
}

class Runs {
  readonly #runs: ReadonlyMap<PlannedComponent, Run>;

  constructor({ components }: AblationPlan, measured: readonly Measured[], replicates: number) {
    const byNumber = new Map(measured.map((trial) => [trial.trial, trial]));
    this.#runs = new Map(
      components.map((component, at) => {
        const run = new Run(component.parameters ?? null);
        for (let replicate = 0; replicate < replicates; replicate++) {
          const trial = at * replicates + replicate;
          run.add(replicate, byNumber.get(trial) ?? { trial, state: 'unfinished' });
        }
        return [component, run];
      }),
    );
  }

  of(component: PlannedComponent | undefined): Run {
    return (component && this.#runs.get(component)) ?? new Run(null);
  }
}

function pairedDifferences(values: ReadonlyMap<number, number>, base: ReadonlyMap<number, number>): number[] {
  return [...values].flatMap(([replicate, value]) => {
    const other = base.get(replicate);
    return other === undefined ? [] : [value - other];
  });
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values);
}

function deviationOrNull(values: readonly number[]): number | null {
  return values.length < 2 ? null : standardDeviation(values);
}
