/**
 * The optimizer as a library: ask, report, tell, without Redis. It keeps a log of its own in memory (`local-log.ts`) and drives the
 * engine of the service over it, in the same parts: plan (is a fit due?), propose (the head of a ready list), accept (an event).
 * So what it suggests and decides is what the service would from the same log.
 *
 * Values are in the user's sign. Not safe to share between threads; nothing here waits.
 */
import { isDecisionStep } from '../core/decision-steps.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import { validateParams } from '../core/params.ts';
import { deriveSeed } from '../core/random.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import { isFinal, type Decision } from '../core/states.ts';
import { builtInAlgorithms } from './algorithms.ts';
import { trialOf, type ExperimentState, type TrialState } from './engine/state.ts';
import { LocalLog, type Unnumbered } from './local-log.ts';
import { checkTold, isDiverged, specificationOf, type OptimizerOptions, type Told } from './local-options.ts';

export interface AskedTrial {
  readonly number: number;
  readonly params: Params;
  /** For the trial's own random numbers: never 0, the same when the trial is promoted. */
  readonly seed: number;
  /** Run it to this step, under a scheduler with rungs. */
  readonly resource?: number;
  /** It was promoted: go on after this step. */
  readonly resumeFrom?: { readonly step: number };
}

export interface BestTrial {
  readonly number: number;
  readonly params: Params;
  readonly value: number;
}

/** @throws {MaggyError} `invalid`, with the path of the wrong option */
export function createOptimizer(options: OptimizerOptions): Optimizer {
  return new Optimizer(options);
}

export class Optimizer {
  /** All that happened, in order: what `verifyLog` takes. */
  readonly log: readonly LogEvent[];
  readonly #log: LocalLog;
  readonly #space: SearchSpace;
  /** Last report of each trial that is not over, and how many there were. */
  readonly #last = new Map<number, { readonly step: number; readonly value: number; readonly count: number }>();
  readonly #diverged = new Set<number>();

  constructor(options: OptimizerOptions) {
    const { algorithms = builtInAlgorithms } = options;
    const specification = specificationOf(options);
    // Time stands still here: nothing that an optimizer decides depends on it.
    this.#log = new LocalLog(specification, algorithms, () => 0);
    this.log = this.#log.events;
    this.#space = specification.space;
  }

  /** The next trial; null when there is nothing to hand out now: `done` says whether there ever will be. */
  ask(): AskedTrial | null {
    const { engine } = this.#log;
    const fit = engine.fit();
    if (fit !== null) this.#accept(fit);
    const basis = engine.state.seq;
    const [entry] = engine.readyList(1);
    if (entry === undefined) return null;
    this.#log.bind(entry, { basis, worker: 'local', slot: 0 });
    const { trial, params, seed, resource, origin } = entry;
    return {
      number: trial,
      params: { ...params },
      seed,
      ...(resource === undefined ? {} : { resource }),
      ...(origin === 'promotion' ? { resumeFrom: { step: this.#trial(trial).lastStep } } : {}),
    };
  }

  /**
   * A measurement after `step`, a positive integer that grows within a trial. After `pause` the trial is let go: a later `ask`
   * may return it. After `stop` it is to be told `stopped`. A value that is not finite stops the trial, which has then failed.
   */
  report(number: number, step: number, value: number): Decision {
    const trial = this.#running(number);
    const last = this.#last.get(number);
    if (!Number.isSafeInteger(step) || step < 1) throw invalid('step', 'must be a positive integer', step);
    if (last !== undefined && step <= last.step)
      throw invalid('step', `must be above ${last.step}, the last step of trial ${number}`, step);
    if (typeof value !== 'number') throw invalid('value', 'must be a number', value);
    if (!Number.isFinite(value)) {
      this.#diverged.add(number);
      return 'stop';
    }
    this.#last.set(number, { step, value, count: (last?.count ?? 0) + 1 });
    if (!isDecisionStep(this.#state.specification.decisionSteps, step, last?.step ?? 0)) return 'continue';
    const decision = this.#log.decide({ trial: number, attempt: trial.attempts, step, value });
    if (decision === 'pause') this.#accept({ type: 'paused', ...this.#outcome(trial), value });
    return decision;
  }

  /**
   * How a trial ended. A value that is not finite is that of a trial that has failed.
   * @throws {MaggyError} `invalid` where it is told in no such form; `conflict` where the trial does not run
   */
  tell(number: number, told: Told): void {
    const trial = this.#running(number);
    checkTold(told);
    const outcome = this.#outcome(trial);
    const last = this.#last.get(number)?.value;
    if (this.#diverged.has(number) || isDiverged(told)) {
      this.#accept({ type: 'failed', ...outcome, reason: 'diverged', message: 'its value is not a finite number' });
    } else if (told.state === 'completed') {
      const { value = last } = told;
      if (value === undefined) throw invalid('told.value', `is required, because trial ${number} has reported nothing`, undefined);
      this.#accept({ type: 'completed', ...outcome, value, metrics: { value } });
    } else if (told.state === 'stopped') {
      this.#accept({ type: 'stopped', ...outcome, ...(last === undefined ? {} : { value: last }) });
    } else {
      const reason = told.state === 'infeasible' ? 'infeasible' : 'error';
      this.#accept({ type: 'failed', ...outcome, reason, message: told.message ?? '' });
    }
    this.#last.delete(number);
    this.#diverged.delete(number);
  }

  /** Asks for a configuration of one's own before any suggestion. */
  enqueue(params: Params): void {
    this.#accept({ type: 'controlRequested', request: { action: 'enqueue', params: validateParams(this.#space, params, 'params') } });
  }

  /** A result that is known already. */
  add({ params, value }: { readonly params: Params; readonly value: number }): void {
    if (!Number.isFinite(value)) throw invalid('value', 'must be a finite number', value);
    const trial = this.#state.trials.length;
    const seed = deriveSeed(this.#state.specification.seed, 'trial', trial);
    this.#accept({ type: 'added', trial, params: validateParams(this.#space, params, 'params'), seed, value });
  }

  /** Nothing runs, nothing may be promoted and nothing is left to suggest. */
  get done(): boolean {
    return this.#log.engine.ending() !== null;
  }

  /** The best completed trial. */
  get best(): BestTrial | null {
    const { incumbent } = this.#state;
    if (incumbent === null) return null;
    const { number, params, value } = this.#trial(incumbent);
    return value === null ? null : { number, params, value };
  }

  get #state(): ExperimentState {
    return this.#log.engine.state;
  }

  #trial(number: number): TrialState {
    return trialOf(this.#state, number);
  }

  #running(number: number): TrialState {
    const trial = this.#state.trials[number];
    if (trial === undefined) throw new MaggyError('not-found', `there is no trial ${number}`, { field: 'number', value: number });
    if (trial.state === 'running') return trial;
    const why = isFinal(trial.state) ? 'is over' : `is ${trial.state}`;
    throw new MaggyError('conflict', `trial ${number} ${why}`, { field: 'number', value: number });
  }

  #outcome({ number, attempts }: TrialState) {
    const { count = 0, step = 0 } = this.#last.get(number) ?? {};
    return { trial: number, attempt: attempts, reports: count, lastStep: step };
  }

  #accept(event: Unnumbered): void {
    this.#log.append(event);
  }
}
