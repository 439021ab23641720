/**
 * The engine of one experiment: events in, decisions out, no I/O and no clock. `apply` folds an event and keeps the indexes
 * that follow from the state; everything else only reads. The same object serves the running service, recovery (which only
 * applies) and verification (which recomputes).
 *
 * Ready lists and decisions are functions of the log up to their basis: a longer list of the same basis begins with the
 * shorter one, so how many entries were asked for does not matter.
 */
import { Course, type Ended } from '../../analysis/ablation/course.ts';
import { cardinality } from '../../core/cardinality.ts';
import { compileSpace } from '../../core/compiled-space.ts';
import { MaggyError } from '../../core/errors.ts';
import type { LogEvent, Origin, OptimizerEvent, ReadyEntry, StopReason } from '../../core/events.ts';
import { configurationKey } from '../../core/params.ts';
import { deriveSeed } from '../../core/random.ts';
import type { PinnedFunction } from '../../core/experiment.ts';
import type { Params } from '../../core/space.ts';
import { isFinal, type FinalState } from '../../core/states.ts';
import { findAlgorithm, type Algorithms, type Extension } from '../algorithms.ts';
import type { History, Sampler } from '../samplers/sampler.ts';
import { fold } from './fold.ts';
import { Observations } from './observations.ts';
import { PendingTrials } from './pending.ts';
import { Scheduling } from './scheduling.ts';
import { ENGINE_VERSION, initialState, trialOf, type ExperimentState, type TrialState } from './state.ts';

/** Of a content hash: 48 bits tell the versions of a file apart. */
const HASH_CHARACTERS = 12;

type Decided = Extract<OptimizerEvent, { type: 'decided' }>;
type SurrogateFitted = Extract<OptimizerEvent, { type: 'surrogateFitted' }>;

export class Engine {
  readonly state: ExperimentState;
  /** Recorded with what it decides: what decides otherwise has another one. */
  readonly version: string;
  /** Whether suggestions take long enough to delay decisions. */
  readonly isHeavy: boolean;
  readonly #cardinality: number;
  readonly #sampler: Sampler;
  /** Of an ablation, which says what to run in the sampler's place. */
  readonly #course: Course | null;
  readonly #scheduling: Scheduling;
  /** Configurations of all trials. */
  readonly #bound = new Set<string>();
  readonly #observations: Observations;
  readonly #pending = new PendingTrials();
  /** Trials that changed since `takeChanged`. */
  #changed = new Set<number>();
  #endedTrials = 0;
  /** Of the params asked about last: each is asked about several times, one after another. */
  #key: { readonly of: Params; readonly key: string } | null = null;
  #readyRevision = 0;
  #bindings = 0;

  private constructor(state: ExperimentState, algorithms: Algorithms) {
    this.state = state;
    const { specification } = state;
    const { space, seed, sampler, scheduler, ablation } = specification;
    const compiled = compileSpace(space);
    const schedulerDefinition = findAlgorithm(algorithms.schedulers, scheduler.type, 'scheduler');
    const resource = schedulerDefinition.resource?.(scheduler) ?? null;
    this.#course = ablation === undefined ? null : new Course(ablation, specification);
    const samplerDefinition = ablation === undefined ? findAlgorithm(algorithms.samplers, sampler.type, 'sampler') : null;
    this.#sampler = samplerDefinition?.create({ space: compiled, seed, choice: sampler, resource }) ?? noSampler;
    this.version = versionWith(algorithms, samplerDefinition, schedulerDefinition);
    this.isHeavy = samplerDefinition?.isHeavy ?? false;
    this.#cardinality = this.isHeavy ? cardinality(compiled) : Infinity;
    this.#scheduling = new Scheduling(state, schedulerDefinition.create(scheduler));
    this.#observations = new Observations(state, resource);
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
      if (!isFinal(trial.state) && trial.state !== 'paused') engine.#pending.add(trial.number, trial.params);
    }
    engine.#endedTrials = state.outcomes.length;
    engine.#followCourse();
    return engine;
  }

  /** Whether what becomes known of trials makes a ready list stale. */
  get learns(): boolean {
    return this.#sampler.learns;
  }

  /** What a sampler that learns has learnt from; it only grows. */
  get observations(): number {
    return this.#observations.rows.length;
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

  /** Trials that an attempt runs now, by number. */
  running(): TrialState[] {
    return this.#pending.numbers.map((number) => trialOf(this.state, number)).filter((trial) => trial.state === 'running');
  }

  /** Trials that could run now if there were slots without end: running ones included, suggestions up to `maxTrials`. */
  startable(): number {
    const { phase, counts, trials, maxTrials } = this.state;
    if (phase !== 'active') return 0;
    const known = Math.min(maxTrials, this.#course?.trials.length ?? Infinity);
    return counts.running + counts.queued + this.#scheduling.promotions.length + Math.max(0, known - trials.length);
  }

  apply(event: LogEvent): void {
    const { state } = this;
    fold(state, event);
    if (event.type === 'bound') this.#bindings += 1;
    if (event.type === 'bound' || event.type === 'added') {
      this.#bound.add(configurationKey(event.params));
      this.#pending.add(event.trial, event.params);
    }
    if ('trial' in event) {
      this.#changed.add(event.trial);
      if (trialOf(state, event.trial).state === 'paused') this.#pending.delete(event.trial);
    }
    for (; this.#endedTrials < state.outcomes.length; this.#endedTrials++) {
      const number = state.outcomes[this.#endedTrials] ?? NaN;
      this.#pending.delete(number);
      this.#changed.add(number);
    }
    this.#followCourse();
    this.#observations.update();
    if (this.#scheduling.update(event) || this.#changesReadyList(event)) this.#readyRevision += 1;
  }

  /** Numbers of the trials that events have changed since the last call. */
  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** A fit of the sampler's surrogate, where one is due. */
  fit(): SurrogateFitted | null {
    const fit = this.#sampler.fit?.(this.#history([], new Set())) ?? null;
    if (fit === null) return null;
    const { observations, hyperparameters } = fit;
    return { type: 'surrogateFitted', observations, hyperparameters: [...hyperparameters], basis: this.state.seq, engine: this.version };
  }

  /** What the next tickets start, best first: retries, promotions, enqueued configurations, suggestions. Fewer than `count` when there is no more. */
  readyList(count: number): ReadyEntry[] {
    const { state } = this;
    if (state.phase !== 'active') return [];
    const entries = [
      ...this.#retries().map((number) => this.#againEntry('retry', trialOf(state, number), this.#scheduling.segment(number))),
      ...this.#scheduling.promotions.map(({ trial, resource }) => this.#againEntry('promotion', trialOf(state, trial), resource)),
    ].slice(0, count);
    let number = state.trials.length;
    for (const params of state.enqueued) {
      if (entries.length >= count || number >= state.maxTrials) return entries;
      entries.push(this.#entry('enqueued', number++, params));
    }
    if (this.#course !== null) return [...entries, ...this.#courseEntries(this.#course, number, count - entries.length)];
    let { suggested, lastSuggested } = state;
    const listed = new Set<string>(entries.map(({ params }) => this.#keyOf(params)));
    const pending = entries.filter(({ origin }) => origin !== 'retry').map(({ params }) => params);
    const history = this.#history(pending, listed);
    while (entries.length < count && number < state.maxTrials) {
      const isReplicate = suggested % state.specification.replicates !== 0;
      const params: Params | null = isReplicate ? lastSuggested : this.#sampler.suggest(number, history);
      if (params === null) break;
      entries.push(this.#entry('suggested', number++, params));
      listed.add(this.#keyOf(params));
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
    const decision = this.#scheduling.decide(trial, step);
    return { type: 'decided', trial, step, decision, basis: this.state.seq, engine: this.version };
  }

  /** The end, when nothing runs any more and nothing is left to start; null before. */
  ending(): Extract<OptimizerEvent, { type: 'ended' }> | null {
    const { state } = this;
    if (state.phase === 'ended' || state.phase === 'paused' || state.counts.running > 0) return null;
    if (state.phase === 'active') {
      if (this.#hasMore()) return null;
      const { completed, stopped, failed } = state.counts;
      // An experiment that found nothing but failures has failed.
      const endsIn = failed > 0 && completed + stopped === 0 ? 'failed' : 'completed';
      return { type: 'ended', state: endsIn, stopReason: this.#exhausted(), engine: this.version };
    }
    const stopReason = state.stopReason ?? 'requested';
    return { type: 'ended', state: endsAs[stopReason], stopReason, engine: this.version };
  }

  /** Why there is nothing to start any more. */
  #exhausted(): StopReason {
    if (this.#course?.isWhole === true) return 'planDone';
    return this.state.trials.length >= this.state.maxTrials ? 'maxTrials' : 'spaceExhausted';
  }

  /** Whether there is anything to start. A heavy sampler is not asked: it knows no more than that configurations run out. */
  #hasMore(): boolean {
    const { retries, enqueued, trials, maxTrials, suggested, specification } = this.state;
    if (retries.length > 0 || this.#scheduling.promotions.length > 0) return true;
    if (!this.isHeavy) return this.readyList(1).length > 0;
    const areReplicatesLeft = suggested % specification.replicates !== 0;
    return trials.length < maxTrials && (enqueued.length > 0 || areReplicatesLeft || this.#bound.size < this.#cardinality);
  }

  /**
   * @param pending configurations of the list being made that nobody runs yet; both grow while it is made
   * @param listed keys of all configurations of the list
   */
  #history(pending: readonly Params[], listed: ReadonlySet<string>): History {
    const running = this.#pending.params;
    return {
      observations: this.#observations.rows,
      // Put together only for a sampler that looks: thousands of trials may be running.
      get pending() {
        return [...running, ...pending];
      },
      fit: this.state.fit,
      isBound: (params) => this.#bound.has(this.#keyOf(params)),
      isListed: (params) => listed.has(this.#keyOf(params)),
    };
  }

  #keyOf(params: Params): string {
    if (this.#key?.of !== params) this.#key = { of: params, key: configurationKey(params) };
    return this.#key.key;
  }

  /** Whether an event makes a ready list wrong otherwise than by a promotion. */
  #changesReadyList(event: LogEvent): boolean {
    switch (event.type) {
      case 'added':
      case 'attemptLost':
      case 'failed':
      case 'controlRequested':
      case 'timerExpired':
        return true;
      // A retry may have waited for it.
      case 'decided':
        return trialOf(this.state, event.trial).state === 'queued';
      // Its configuration is pending no longer, and a list that was to be fresh is gone.
      case 'paused':
        return this.learns;
      default:
        return false;
    }
  }

  /** Trials that may be tried again. One whose last report still waits for its decision may be to end or to pause there. */
  #retries(): number[] {
    const { retries, undecided } = this.state;
    return retries.filter((number) => !undecided.some(({ trial }) => trial === number));
  }

  #followCourse(): void {
    const { trials } = this.state;
    this.#course?.follow((number): Ended | undefined => {
      const trial = trials[number];
      if (trial === undefined || !isFinal(trial.state)) return undefined;
      // What was ended early is not what the others are compared by.
      return { value: trial.state === 'completed' ? trial.value : null };
    });
  }

  #courseEntries({ trials }: Course, first: number, count: number): ReadyEntry[] {
    const last = Math.min(first + count, this.state.maxTrials);
    return trials.slice(first, last).map(({ component: { params }, seed }, at) => this.#entry('suggested', first + at, params, seed));
  }

  /** An entry for a trial that has run before. */
  #againEntry(origin: Extract<Origin, 'retry' | 'promotion'>, trial: TrialState, resource: number | undefined): ReadyEntry {
    const { number, attempts, params, seed } = trial;
    return this.#whole({ trial: number, attempt: attempts + 1, origin, params, seed }, resource);
  }

  #entry(origin: 'enqueued' | 'suggested', trial: number, params: Params, seed?: number): ReadyEntry {
    const own = seed ?? deriveSeed(this.state.specification.seed, 'trial', trial);
    return this.#whole({ trial, attempt: 1, origin, params, seed: own }, this.#scheduling.segment(trial));
  }

  #whole(entry: Omit<ReadyEntry, 'resource' | 'exclusion'>, resource: number | undefined): ReadyEntry {
    const exclusion = this.#course?.trials[entry.trial]?.component.exclusion;
    return { ...entry, ...(resource === undefined ? {} : { resource }), ...(exclusion === undefined ? {} : { exclusion }) };
  }
}

/** The engine's, and that of each algorithm that a user wrote: a file that was edited since does not decide the same. */
function versionWith({ hashes }: Algorithms, ...used: readonly (Extension | null)[]): string {
  const own = used.flatMap((definition) => (definition === null ? [] : (hashes?.get(definition)?.slice(0, HASH_CHARACTERS) ?? [])));
  return [ENGINE_VERSION, ...own].join('+');
}

/** Of an experiment whose plan says what to run. */
const noSampler: Sampler = { learns: false, suggest: () => null };

/** In which state each reason leaves an experiment. */
const endsAs: Readonly<Record<StopReason, FinalState>> = {
  maxTrials: 'completed',
  spaceExhausted: 'completed',
  planDone: 'completed',
  maxDuration: 'completed',
  targetValue: 'completed',
  maxFailedTrials: 'failed',
  requested: 'stopped',
  deleted: 'stopped',
};
