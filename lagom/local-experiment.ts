/**
 * One experiment in this process: its log, what its attempts say, and what follows from both. Slots ask for work with `next` and get
 * it in the order in which they asked, as soon as there is some; who runs it and where is not known here. The service's counterpart
 * is the shepherd with its planner, and Redis between them and the workers.
 */
import type { StudyDocument } from '../analysis/ablation/answer.ts';
import { measuredOf } from '../analysis/ablation/runs.ts';
import { analyseAblation } from '../analysis/ablation/study.ts';
import { studyDocument } from '../analysis/ablation/words.ts';
import type { LogEvent } from '../core/events.ts';
import type { Specification } from '../core/experiment.ts';
import type { Incumbent, ResultDocument, TrialRow } from '../core/results.ts';
import { flipSign } from '../core/states.ts';
import type { Algorithms } from '../optimizer/algorithms.ts';
import { runningMs, trialOf } from '../optimizer/engine/state.ts';
import { resultDocument, trialRow } from '../optimizer/engine/views.ts';
import { LocalLog } from '../optimizer/local-log.ts';
import type { Suggestions } from '../optimizer/service/suggestions.ts';
import type { SurrogatePool } from '../optimizer/service/surrogate-pool.ts';
import type { Binding, Reply } from '../core/attempt.ts';
import { deferred, type Deferred } from '../worker/deferred.ts';
import { LocalAttempts } from './attempts.ts';
import type { MachineConfig } from './config.ts';

interface LocalExperimentOptions {
  readonly specification: Specification;
  readonly algorithms: Algorithms;
  readonly surrogates: SurrogatePool;
}

/** Functions of the script; one that throws fails the experiment. */
export type Listeners = Pick<MachineConfig, 'onLog' | 'onEvent'>;

interface WaitingSlot {
  readonly index: number;
  readonly bound: Deferred<Binding | null>;
}

export class LocalExperiment {
  readonly log: LocalLog;
  readonly attempts: LocalAttempts;
  readonly #suggestions: Suggestions;
  readonly #waiting: WaitingSlot[] = [];
  readonly #failed = deferred<never>();
  #failure: Error | undefined;
  #onLine: (line: string, trial: number) => void = () => undefined;

  constructor({ specification, algorithms, surrogates }: LocalExperimentOptions) {
    // Whoever runs it awaits `failed`; nobody does before it runs.
    this.#failed.promise.catch(() => undefined);
    this.log = new LocalLog(specification, algorithms, nowMs);
    this.attempts = new LocalAttempts({
      log: this.log,
      experiment: specification.id,
      onEvent: () => this.#advance(),
      onLine: (line, trial) => this.#onLine(line, trial),
    });
    this.#suggestions = surrogates.suggestionsFor({ engine: this.log.engine, follow: (listener) => this.log.follow(listener) }, () =>
      this.#advance(),
    );
  }

  get specification(): Specification {
    return this.log.engine.state.specification;
  }

  get hasEnded(): boolean {
    return this.log.engine.state.phase === 'ended';
  }

  /** From here on; of events from the first. */
  tellOf({ onLog, onEvent }: Listeners): void {
    if (onLog !== undefined) this.#onLine = (line, trial) => this.#guarded(() => onLog(line, trial));
    if (onEvent === undefined) return;
    const tell = (event: LogEvent): void => this.#guarded(() => onEvent(event));
    this.log.events.forEach(tell);
    this.log.follow(tell);
  }

  /** Never resolves; rejects with what made it impossible to go on. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** It cannot go on: whoever waits hears why. */
  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#failed.reject(this.#failure);
    for (const { bound } of this.#waiting.splice(0)) bound.reject(this.#failure);
  }

  /**
   * What a slot runs next; null once the experiment has ended.
   * @throws what made it impossible to go on (rejection)
   */
  next(slot: number): Promise<Binding | null> {
    const bound = deferred<Binding | null>();
    this.#waiting.push({ index: slot, bound });
    this.#advance();
    return bound.promise;
  }

  /** Ends it, with what there is. */
  stop(): void {
    if (this.hasEnded) return;
    this.log.append({ type: 'controlRequested', request: { action: 'stop' } });
    this.#advance();
  }

  /** Looks at the clock; answers whom to tell that they are to stop. */
  tick(): readonly Reply[] {
    const { engine } = this.log;
    const { phase, maxDurationSeconds } = engine.state;
    if (phase === 'active' && maxDurationSeconds !== null && runningMs(engine.state, nowMs()) >= 1000 * maxDurationSeconds) {
      this.log.append({ type: 'timerExpired', timer: 'maxDuration', engine: engine.version });
      this.#advance();
    }
    if (engine.state.phase !== 'stopping') return [];
    const experiment = this.specification.id;
    return engine.running().map(({ number, attempts }) => ({ experiment, trial: number, attempt: attempts, stop: true }));
  }

  /** As the API would answer now. */
  result(): ResultDocument {
    const { state } = this.log.engine;
    const document = resultDocument(state, nowMs(), null);
    return { ...document, incumbent: document.incumbent ?? this.#provisionalIncumbent() };
  }

  /** What an ablation has found; undefined of another experiment. */
  study(): StudyDocument | undefined {
    const { specification, trials } = this.log.engine.state;
    if (specification.ablation === undefined) return undefined;
    return studyDocument(
      analyseAblation(
        specification.ablation,
        trials.map((trial) => measuredOf(trialRow(trial))),
        { ...specification, stopReason: this.log.engine.state.stopReason },
      ),
    );
  }

  /** Trials that have changed since the last call. */
  changedTrials(): TrialRow[] {
    const { engine } = this.log;
    return [...engine.takeChanged()].sort((a, b) => a - b).map((number) => trialRow(trialOf(engine.state, number)));
  }

  close(): void {
    this.#suggestions.close();
  }

  /** Does whatever follows from the log: ends the experiment, or gives waiting slots what may start. */
  #advance(): void {
    if (this.#failure !== undefined) return this.fail(this.#failure);
    try {
      const ending = this.log.engine.ending();
      if (ending === null) this.#bindWaiting();
      else this.log.append(ending);
    } catch (error) {
      return this.fail(error);
    }
    if (this.hasEnded) for (const { bound } of this.#waiting.splice(0)) bound.resolve(null);
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.fail(error);
    }
  }

  #bindWaiting(): void {
    while (this.#mayStart()) {
      const fit = this.#suggestions.fit();
      if (fit !== null) this.log.append(fit);
      const made = this.#suggestions.list(1);
      const [entry] = made?.entries ?? [];
      const slot = entry === undefined ? undefined : this.#waiting.shift();
      if (made === null || entry === undefined || slot === undefined) return;
      this.log.bind(entry, { basis: made.moment.basis, worker: 'local', slot: slot.index });
      slot.bound.resolve(this.attempts.begin(entry));
    }
  }

  #mayStart(): boolean {
    const { engine } = this.log;
    const { phase, counts, specification } = engine.state;
    if (this.#waiting.length === 0 || phase !== 'active') return false;
    return counts.running < Math.min(engine.startable(), specification.parallelism ?? Infinity);
  }

  /** The best last report, until a trial completes. */
  #provisionalIncumbent(): Incumbent | null {
    const { trials, counts, specification } = this.log.engine.state;
    if (counts.completed > 0) return null;
    let best: Incumbent | null = null;
    for (const { number, params, state } of trials) {
      const value = state === 'failed' ? undefined : this.attempts.lastValue(number);
      if (value === undefined) continue;
      const isBetter = best === null || flipSign(specification.direction, value) < flipSign(specification.direction, best.value);
      if (isBetter) best = { number, params, value, provisional: true };
    }
    return best;
  }
}

/** Whole ms since 1970 that never go back, as the times of a log. */
function nowMs(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}
