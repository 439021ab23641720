/**
 * The engine of one experiment: events in, decisions out, no I/O and no clock. `apply` folds an event and keeps the indexes
 * that follow from the state; everything else only reads. The same object serves the running service, recovery (which only
 * applies) and verification (which recomputes).
 *
 * Ready lists and decisions are functions of the log up to their basis: a longer list of the same basis begins with the
 * shorter one, so how many entries were asked for does not matter.
 */
import { compileSpace } from '../../core/compiled-space.ts';
import { MaggyError } from '../../core/errors.ts';
import type { LogEvent, OptimizerEvent, ReadyEntry, StopReason } from '../../core/events.ts';
import { configurationKey } from '../../core/params.ts';
import { deriveSeed } from '../../core/random.ts';
import type { PinnedFunction } from '../../core/experiment.ts';
import type { Params } from '../../core/space.ts';
import { flipSign, isFinal, type FinalState } from '../../core/states.ts';
import { findAlgorithm, type Algorithms } from '../algorithms.ts';
import type { History, Observation, Sampler } from '../samplers/sampler.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { fold } from './fold.ts';
import { ENGINE_VERSION, initialState, trialOf, type ExperimentState, type TrialState } from './state.ts';

type Decided = Extract<OptimizerEvent, { type: 'decided' }>;

export class Engine {
  readonly state: ExperimentState;
  readonly #sampler: Sampler;
  readonly #scheduler: Scheduler;
  /** Configurations of all trials. */
  readonly #bound = new Set<string>();
  readonly #observations: Observation[] = [];
  /** Params of trials that are not over, by number. */
  readonly #pending = new Map<number, Params>();
  /** Trials that changed since `takeChanged`. */
  #changed = new Set<number>();
  #observedReports = 0;
  #readyRevision = 0;
  #bindings = 0;

  private constructor(state: ExperimentState, algorithms: Algorithms) {
    this.state = state;
    const { specification } = state;
    const { space, seed, sampler, scheduler } = specification;
    const schedulerDefinition = findAlgorithm(algorithms.schedulers, scheduler.type, 'scheduler');
    this.#sampler = findAlgorithm(algorithms.samplers, sampler.type, 'sampler').create({
      space: compileSpace(space),
      seed,
      choice: sampler,
      resource: schedulerDefinition.resource?.(scheduler) ?? null,
    });
    this.#scheduler = schedulerDefinition.create(scheduler);
  }

  /** @throws {MaggyError} `corrupt` when the log does not begin with a submission */
  static begin(first: LogEvent, algorithms: Algorithms): Engine {
    if (first.type !== 'submitted' || first.seq !== 1) throw new MaggyError('corrupt', 'the log does not begin with a submission');
    return new Engine(initialState(first.specification, first.at), algorithms);
  }

  /** Continues from the state of a snapshot; the indexes are filled in the order in which events filled them. */
  static restore(state: ExperimentState, algorithms: Algorithms): Engine {
    const engine = new Engine(state, algorithms);
    for (const trial of state.trials) {
      engine.#bound.add(configurationKey(trial.params));
      if (!isFinal(trial.state)) engine.#pending.set(trial.number, trial.params);
    }
    for (const number of state.outcomes) engine.#observations.push(engine.#observationOf(trialOf(state, number)));
    engine.#observeReports();
    return engine;
  }

  /** Whether outcomes make a ready list stale. */
  get learns(): boolean {
    return this.#sampler.learns;
  }

  /** The training function that trials run: its pinned content hash may have been changed by a resume. */
  get pinned(): PinnedFunction {
    return { name: this.state.specification.trainingFunction.name, hash: this.state.hash };
  }

  /** Changes when an event makes a ready list wrong otherwise than by binding its head: retries, requests, phases. */
  get readyRevision(): number {
    return this.#readyRevision;
  }

  /** Attempts bound since this engine was made. */
  get bindings(): number {
    return this.#bindings;
  }

  /** Trials that an attempt runs now. */
  running(): TrialState[] {
    return [...this.#pending.keys()].map((number) => trialOf(this.state, number)).filter((trial) => trial.state === 'running');
  }

  /** Trials that could run now if there were slots without end: running ones included, suggestions up to `maxTrials`. */
  startable(): number {
    const { phase, counts, trials, maxTrials } = this.state;
    if (phase !== 'active') return 0;
    return counts.running + counts.queued + Math.max(0, maxTrials - trials.length);
  }

  apply(event: LogEvent): void {
    const { state } = this;
    fold(state, event);
    if (event.type === 'bound') this.#bindings += 1;
    if (event.type === 'bound' && event.origin !== 'retry') {
      this.#bound.add(configurationKey(event.params));
      this.#pending.set(event.trial, event.params);
    }
    if (changesReadyList(event)) this.#readyRevision += 1;
    if ('trial' in event) this.#changed.add(event.trial);
    for (const number of state.outcomes.slice(this.#observations.length)) {
      this.#observations.push(this.#observationOf(trialOf(state, number)));
      this.#pending.delete(number);
      this.#changed.add(number);
    }
    this.#observeReports();
  }

  /** Numbers of the trials that events have changed since the last call. */
  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** What the next tickets start, best first: retries, enqueued configurations, suggestions. Fewer than `count` when there is no more. */
  readyList(count: number): ReadyEntry[] {
    const { state } = this;
    if (state.phase !== 'active') return [];
    const entries = state.retries.slice(0, count).map((number) => this.#retryEntry(trialOf(state, number)));
    let number = state.trials.length;
    for (const params of state.enqueued) {
      if (entries.length >= count || number >= state.maxTrials) return entries;
      entries.push(this.#entry('enqueued', number++, params));
    }
    let { suggested, lastSuggested } = state;
    const listed = new Set<string>(entries.map(({ params }) => configurationKey(params)));
    const pending = [...this.#pending.values(), ...entries.filter(({ origin }) => origin === 'enqueued').map(({ params }) => params)];
    const history: History = {
      observations: this.#observations,
      pending,
      fit: null,
      isBound: (params) => this.#bound.has(configurationKey(params)),
      isListed: (params) => listed.has(configurationKey(params)),
    };
    while (entries.length < count && number < state.maxTrials) {
      const isReplicate = suggested % state.specification.replicates !== 0;
      const params: Params | null = isReplicate ? lastSuggested : this.#sampler.suggest(number, history);
      if (params === null) break;
      entries.push(this.#entry('suggested', number++, params));
      listed.add(configurationKey(params));
      pending.push(params);
      suggested += 1;
      lastSuggested = params;
    }
    return entries;
  }

  /** A decision for each report that waits for one. */
  decisions(): Decided[] {
    return this.state.undecided.map(({ trial, step }) => this.decide(trial, step));
  }

  decide(trial: number, step: number): Decided {
    const decision = this.#scheduler.decide(trial, step);
    return { type: 'decided', trial, step, decision, basis: this.state.seq, engine: ENGINE_VERSION };
  }

  /** The end, when nothing runs any more and nothing is left to start; null before. */
  ending(): Extract<OptimizerEvent, { type: 'ended' }> | null {
    const { state } = this;
    if (state.phase === 'ended' || state.phase === 'paused' || state.counts.running > 0) return null;
    if (state.phase === 'active') {
      if (this.readyList(1).length > 0) return null;
      const { completed, stopped, failed } = state.counts;
      // An experiment that found nothing but failures has failed.
      const endsIn = failed > 0 && completed + stopped === 0 ? 'failed' : 'completed';
      return { type: 'ended', state: endsIn, stopReason: state.trials.length >= state.maxTrials ? 'maxTrials' : 'spaceExhausted' };
    }
    const stopReason = state.stopReason ?? 'requested';
    return { type: 'ended', state: endsAs[stopReason], stopReason };
  }

  #retryEntry(trial: TrialState): ReadyEntry {
    return { trial: trial.number, attempt: trial.attempts + 1, origin: 'retry', params: trial.params, seed: trial.seed };
  }

  #entry(origin: 'enqueued' | 'suggested', trial: number, params: Params): ReadyEntry {
    return { trial, attempt: 1, origin, params, seed: deriveSeed(this.state.specification.seed, 'trial', trial) };
  }

  #observationOf(trial: TrialState): Observation {
    const { number, params, state, value } = trial;
    if (!isFinal(state)) throw new MaggyError('internal', `trial ${String(number)} has an outcome and is ${state}`);
    return { number, params, state, resource: null, loss: value === null ? null : flipSign(this.state.specification.direction, value) };
  }

  #observeReports(): void {
    const { reports } = this.state;
    for (; this.#observedReports < reports.length; this.#observedReports++) {
      const made = reports[this.#observedReports];
      if (made !== undefined) this.#scheduler.observe(made.trial, made.step, made.loss);
    }
  }
}

/** In which state each reason leaves an experiment. */
const endsAs: Readonly<Record<StopReason, FinalState>> = {
  maxTrials: 'completed',
  spaceExhausted: 'completed',
  maxDuration: 'completed',
  targetValue: 'completed',
  maxFailedTrials: 'failed',
  requested: 'stopped',
  deleted: 'stopped',
};

function changesReadyList(event: LogEvent): boolean {
  return ['attemptLost', 'failed', 'controlRequested', 'timerExpired'].includes(event.type);
}
