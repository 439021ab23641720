/**
 * The optimizer as a library: ask, report, tell, without Redis. It keeps a log of its own in memory (`local-log.ts`) and drives the
 * engine of the service over it, in the same parts: plan (is a fit due?), propose (the head of a ready list), accept (an event).
 * So what it suggests and decides is what the service would from the same log.
 *
 * Values are in the user's sign. Not safe to share between threads; nothing here waits.
 */
import type { AlgorithmChoice } from '../core/catalogue.ts';
import { isDecisionStep } from '../core/decision-steps.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import type { Specification } from '../core/experiment.ts';
import { validateParams } from '../core/params.ts';
import { deriveSeed } from '../core/random.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import { validateSpace } from '../core/space-validation.ts';
import { checkSampler, defaultSampler } from '../core/specify.ts';
import { isFinal, type Decision, type Direction } from '../core/states.ts';
import { compileSchema } from '../core/validate.ts';
import { builtInAlgorithms, findAlgorithm, type Algorithms } from './algorithms.ts';
import { trialOf, type ExperimentState, type TrialState } from './engine/state.ts';
import { LocalLog, type Unnumbered } from './local-log.ts';

export interface OptimizerOptions {
  readonly space: SearchSpace;
  /** `minimize` by default. */
  readonly direction?: Direction;
  /** By default `{ type: 'gp' }`; beyond 1,000 trials, and under `asha` and `hyperband`, `{ type: 'tpe' }`. */
  readonly sampler?: AlgorithmChoice;
  /** `{ type: 'none' }` by default: every trial runs to its end. */
  readonly scheduler?: AlgorithmChoice;
  /** Same options, same answers told in the same order: same suggestions. 0 by default. */
  readonly seed?: number;
  /** Distinct trials, failed ones included; no limit by default. Trials that were added do not count. */
  readonly maxTrials?: number;
  /** Trials of each configuration, 1 by default. */
  readonly replicates?: number;
  /** Samplers and schedulers there are; the built-in ones by default. */
  readonly algorithms?: Algorithms;
}

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

export type Told =
  | { readonly state: 'completed'; readonly value: number }
  /** Ended early: after `stop`, or for reasons of the caller's. The last report counts. */
  | { readonly state: 'stopped' }
  | { readonly state: 'failed' | 'infeasible'; readonly message?: string };

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
    const specification = specificationOf(options, algorithms);
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
    if (!Number.isFinite(value)) {
      this.#diverged.add(number);
      return 'stop';
    }
    this.#last.set(number, { step, value, count: (last?.count ?? 0) + 1 });
    if (!isDecisionStep(this.#state.specification.decisionSteps, step)) return 'continue';
    const decision = this.#log.decide({ trial: number, attempt: trial.attempts, step, value });
    if (decision === 'pause') this.#accept({ type: 'paused', ...this.#outcome(trial), value });
    return decision;
  }

  /** How a trial ended. */
  tell(number: number, told: Told): void {
    const trial = this.#running(number);
    const outcome = this.#outcome(trial);
    const last = this.#last.get(number)?.value;
    if (this.#diverged.has(number) || (told.state === 'completed' && !Number.isFinite(told.value))) {
      this.#accept({ type: 'failed', ...outcome, reason: 'diverged', message: 'its value is not a finite number' });
    } else if (told.state === 'completed') {
      this.#accept({ type: 'completed', ...outcome, value: told.value, metrics: { value: told.value } });
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

/** More trials than anybody runs. */
const ENDLESS = 1_000_000_000;

function specificationOf(options: OptimizerOptions, algorithms: Algorithms): Specification {
  const { direction = 'minimize', scheduler = { type: 'none' }, seed = 0, replicates = 1, maxTrials } = options;
  const { sampler = defaultSampler(maxTrials ?? Infinity, scheduler, algorithms) } = options;
  const space = validateSpace(options.space);
  const samplerDefinition = findAlgorithm(algorithms.samplers, sampler.type, 'sampler');
  const schedulerDefinition = findAlgorithm(algorithms.schedulers, scheduler.type, 'scheduler');
  compileSchema(samplerDefinition.options)(sampler, 'sampler');
  compileSchema(schedulerDefinition.options)(scheduler, 'scheduler');
  checkSampler({ space, sampler }, algorithms);
  return {
    version: 1,
    id: 'local0',
    kind: 'tune',
    tags: [],
    trainingFunction: { name: 'local', hash: 'local' },
    pool: 'local',
    space,
    metric: 'value',
    direction,
    sampler,
    scheduler,
    decisionSteps: schedulerDefinition.decisionSteps(scheduler),
    maxTrials: maxTrials ?? ENDLESS,
    // Whoever runs the trials tries again by itself.
    maxAttempts: 1,
    maxSilenceSeconds: 1,
    seed,
    priority: 1,
    replicates,
    dataset: {},
  };
}
