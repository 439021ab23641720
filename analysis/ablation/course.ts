/**
 * The course of a study: which trials it runs, in waves, and what its tests said. A wave is known once all trials of the wave before are over, and
 * depends on the plan and on their values alone, so that the course is a function of the specification and the outcomes: the optimizer
 * follows it to know what to run, an answer follows it to know what the trials mean, and a replay comes to the same trials.
 *
 * Waves are the looks of the plan: the trials of a look, then its tests (`looks.ts`). A path races before it is measured (`race.ts`).
 */
import { changesBetween } from '../../core/ablation/path.ts';
import type { AblationPlan, PlannedComponent } from '../../core/ablation/schema.ts';
import { deriveSeed } from '../../core/random.ts';
import type { Specification } from '../../core/experiment.ts';
import { configurationKey } from '../../core/params.ts';
import type { Params } from '../../core/space.ts';
import { flipSign } from '../../core/states.ts';
import type { Pair } from '../statistics/paired.ts';
import { testLook, type Tested } from './looks.ts';
import { bestOf, survivors, type Racer } from './race.ts';

/** What became of a trial. */
export interface Ended {
  /** In the user's sign; null where the trial has none. */
  readonly value: number | null;
}

export interface StudyTrial {
  readonly component: PlannedComponent;
  /** From 0; trials of the same purpose and replicate share their seed. */
  readonly replicate: number;
  readonly seed: number;
  /** Those of a race choose the steps of a path; they measure nothing, since what was chosen for its value looks better than it is. */
  readonly purpose: 'race' | 'measurement';
}

/** One step of a path, as its race decided it. */
export interface Step {
  readonly racers: readonly Racer[];
  readonly chosen: Racer;
}

export type CourseSetup = Pick<Specification, 'space' | 'seed' | 'direction'>;

export class Course {
  /** Those known so far, by their numbers. */
  readonly trials: StudyTrial[] = [];
  /** Of a path, those chosen so far. */
  readonly steps: Step[] = [];
  /** What is measured, the baseline first; of a path none until it is found. */
  components: readonly PlannedComponent[] = [];
  /** Tests of components, made at the last look that each was part of. */
  readonly tested = new Map<PlannedComponent, Tested>();
  /** Looks that have begun. */
  looks = 0;
  readonly #plan: AblationPlan;
  readonly #setup: CourseSetup;
  readonly #waves: Generator<void, void>;
  readonly #values = new Map<PlannedComponent, Map<number, number | null>>();
  /** Trials whose outcome has been taken in. */
  #folded = 0;
  #isWhole = false;

  constructor(plan: AblationPlan, setup: CourseSetup) {
    this.#plan = plan;
    this.#setup = setup;
    this.#waves = this.#run();
    this.#next();
  }

  /** Whether no trial will follow those that are known. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Takes in how trials have ended, and goes on as far as that leads. @param endedOf undefined for a trial that is not over */
  follow(endedOf: (trial: number) => Ended | undefined): void {
    while (!this.#isWhole) {
      for (; this.#folded < this.trials.length; this.#folded += 1) {
        const [trial, ended] = [this.trials[this.#folded], endedOf(this.#folded)];
        if (trial === undefined || ended === undefined) return;
        this.#valuesOf(trial.component).set(trial.replicate, ended.value);
      }
      this.#next();
    }
  }

  /** The component that this one is compared with: the step before it on a path, else the baseline. */
  before(component: PlannedComponent): PlannedComponent | undefined {
    const { components } = this;
    return this.#plan.mode === 'path' ? components[components.indexOf(component) - 1] : components[0];
  }

  #next(): void {
    this.#isWhole = this.#waves.next().done === true;
  }

  *#run(): Generator<void, void> {
    this.components = this.#plan.mode === 'path' ? yield* this.#findPath() : this.#plan.components;
    // What the races measured is forgotten.
    this.#values.clear();
    const [, ...studied] = this.components;
    let open: readonly PlannedComponent[] = studied;
    for (const [at, look] of this.#plan.looks.entries()) {
      const measured = new Set(at === 0 ? this.components : open.flatMap((component) => [component, this.before(component) ?? component]));
      this.#add(
        'measurement',
        this.components.filter((component) => measured.has(component)),
        look.replicates,
      );
      this.looks = at + 1;
      yield;
      const tests = testLook(look, open, (component) => this.#pairs(component));
      for (const [component, test] of tests) this.tested.set(component, test);
      open = open.filter((component) => tests.get(component)?.isOpen === true);
      if (open.length === 0) return;
    }
  }

  /** Greedy: each step takes the change that gains most from where the path has got to. */
  *#findPath(): Generator<void, PlannedComponent[]> {
    const [start, target] = this.#plan.components;
    if (start === undefined || target === undefined) return [];
    const path = [start];
    for (let { params } = start; ;) {
      const changes = changesBetween(this.#setup.space, params, target.params);
      if (changes.length === 0) return path;
      const candidates = changes.map((change) => ({ ...change, parts: [change.name], exclusion: {}, ...this.#sizeOf(change.params) }));
      const racers = candidates.length === 1 ? candidates.map((component) => ({ component, losses: [] })) : yield* this.#race(candidates);
      const chosen = bestOf(racers);
      this.steps.push({ racers, chosen });
      path.push(chosen.component);
      params = chosen.component.params;
    }
  }

  #sizeOf(params: Params): { parameters?: number } {
    const key = configurationKey(params);
    const parameters = this.#plan.sizes?.find((size) => configurationKey(size.params) === key)?.parameters;
    return parameters === undefined ? {} : { parameters };
  }

  *#race(candidates: readonly PlannedComponent[]): Generator<void, Racer[]> {
    const racer = (component: PlannedComponent): Racer => ({ component, losses: this.#losses(component) });
    let racing = candidates;
    for (const replicates of this.#plan.race ?? []) {
      this.#add('race', racing, replicates);
      yield;
      racing = survivors(racing.map(racer)).map(({ component }) => component);
      if (racing.length === 1) break;
    }
    // Those that left have fewer losses than the others, which is how the best is told from them.
    return candidates.map(racer);
  }

  /**
   * Trials of each component up to that many replicates. Replicates take turns, the baseline first in each, so that trials that are compared run
   * near each other in time: neither a machine that grows busier nor processes that grow warm favour a component.
   */
  #add(purpose: StudyTrial['purpose'], components: readonly PlannedComponent[], replicates: number): void {
    for (let replicate = 0; replicate < replicates; replicate++) {
      // Of its own for each purpose: a path is measured on other seeds than those that chose it.
      const seed = deriveSeed(this.#setup.seed, purpose === 'race' ? 'race' : 'replicate', replicate);
      for (const component of components) {
        if (replicate >= this.#valuesOf(component).size) this.trials.push({ component, replicate, seed, purpose });
      }
    }
  }

  #valuesOf(component: PlannedComponent): Map<number, number | null> {
    let values = this.#values.get(component);
    if (values === undefined) this.#values.set(component, (values = new Map<number, number | null>()));
    return values;
  }

  #losses(component: PlannedComponent): (number | null)[] {
    return [...this.#valuesOf(component).values()].map((value) => (value === null ? null : flipSign(this.#setup.direction, value)));
  }

  #pairs(component: PlannedComponent): Pair[] {
    const before = this.before(component);
    const base = before === undefined ? new Map<number, number | null>() : this.#valuesOf(before);
    return [...this.#valuesOf(component)].flatMap(([replicate, value]): Pair[] => {
      const other = base.get(replicate) ?? null;
      return value === null || other === null ? [] : [[value, other]];
    });
  }
}
