/**
 * Asynchronous Hyperband (Li et al. 2018, "Hyperband: a novel bandit-based approach"; Li et al. 2020, section 3.3): brackets of
 * asynchronous successive halving, each beginning at a later rung, so that trials whose early losses mislead get a chance too.
 *
 * | symbol | meaning                                                                              |
 * |--------|--------------------------------------------------------------------------------------|
 * | K      | rungs                                                                                |
 * | s      | bracket 0, 1 … K−1; it begins at rung s, so it has K−s rungs                         |
 * | w[s]   | its share of the trials, ∝ ⌈K/(K−s) · η^(K−s−1)⌉, as many as Hyperband starts in it  |
 *
 * Which bracket a trial belongs to follows from its number.
 */
import { halvingOf, HyperbandSchedulerOptions, schedulerEntries } from '../../core/catalogue.ts';
import { rungsOf, type Halving } from '../../core/rungs.ts';
import type { Decision } from '../../core/states.ts';
import { compileSchema } from '../../core/validate.ts';
import { Bracket, type HalvingMode } from './bracket.ts';
import type { Promoter, Promotion, Scheduler, SchedulerDefinition } from './scheduler.ts';

const parseOptions = compileSchema(HyperbandSchedulerOptions);

export const hyperbandScheduler: SchedulerDefinition = {
  ...schedulerEntries.hyperband,
  create(choice) {
    const options = parseOptions(choice, 'scheduler');
    return new Hyperband(halvingOf(options), options.mode ?? 'stop', options.brackets);
  },
};

class Hyperband implements Scheduler, Promoter {
  readonly promoter: Promoter | undefined;
  readonly #brackets: readonly Bracket[];
  /** w */
  readonly #weights: readonly number[];
  readonly #dealt: number[];
  readonly #bracketOf: Bracket[] = [];

  constructor(halving: Halving, mode: HalvingMode, count = Infinity) {
    const rungs = rungsOf(halving);
    const used = rungs.slice(0, Math.min(count, rungs.length));
    const sizes = used.map((_, first) => bracketSize(rungs.length - first, rungs.length, halving.reductionFactor));
    const sum = sizes.reduce((total, size) => total + size, 0);
    this.#brackets = used.map((_, first) => new Bracket(rungs.slice(first), halving.reductionFactor, mode));
    this.#weights = sizes.map((size) => size / sum);
    this.#dealt = sizes.map(() => 0);
    this.promoter = mode === 'promote' ? this : undefined;
  }

  observe(trial: number, step: number, loss: number): void {
    this.#bracket(trial).observe(trial, step, loss);
  }

  decide(trial: number, step: number): Decision {
    return this.#bracket(trial).decide(trial, step);
  }

  segment(trial: number): number {
    return this.#bracket(trial).segment(trial);
  }

  goOn(trial: number, step: number): void {
    this.#bracket(trial).goOn(trial, step);
  }

  pause(trial: number, step: number): void {
    this.#bracket(trial).pause(trial, step);
  }

  leave(trial: number): void {
    this.#bracket(trial).leave(trial);
  }

  /** Nearest to the end first, over all brackets; of those that are equally near, each bracket's in its own order. */
  promotions(): Promotion[] {
    return this.#brackets.flatMap((bracket) => bracket.promotions()).sort((a, b) => b.resource - a.resource);
  }

  #bracket(trial: number): Bracket {
    while (this.#bracketOf.length <= trial) this.#bracketOf.push(this.#deal(this.#bracketOf.length));
    const bracket = this.#bracketOf[trial];
    if (bracket === undefined) throw new RangeError(`trial ${String(trial)} has no bracket`);
    return bracket;
  }

  /** Trials are dealt in the order of their numbers, each to the bracket that is furthest behind its share. */
  #deal(trial: number): Bracket {
    const behind = this.#weights.map((weight, at) => weight * (trial + 1) - (this.#dealt[at] ?? 0));
    const at = behind.indexOf(Math.max(...behind));
    const bracket = this.#brackets[at];
    if (bracket === undefined) throw new RangeError('a scheduler without brackets');
    this.#dealt[at] = (this.#dealt[at] ?? 0) + 1;
    return bracket;
  }
}

/** Trials that one round of Hyperband starts in a bracket with so many rungs. */
function bracketSize(rungs: number, allRungs: number, reductionFactor: number): number {
  return Math.ceil((allRungs / rungs) * reductionFactor ** (rungs - 1));
}
