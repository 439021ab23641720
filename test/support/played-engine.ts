/** An engine and a hand that plays its log: each call appends one event and folds it. Time is virtual and moves only when told. */
import type { ControlRequest, EventOf, FailureReason, LogEvent } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import type { Params } from '../../core/space.ts';
import { builtInAlgorithms, type Algorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { ENGINE_VERSION, type ExperimentState } from '../../optimizer/engine/state.ts';
import { resultDocument, trialRow } from '../../optimizer/engine/views.ts';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import { testSpecification } from './specification.ts';

export type Unnumbered = LogEvent extends infer Event ? (Event extends LogEvent ? Omit<Event, 'seq' | 'at' | 'v'> : never) : never;

const START = 1_700_000_000_000;

export class PlayedEngine {
  readonly engine: Engine;
  readonly log: LogEvent[] = [];
  #at = START;

  constructor(given: Partial<Specification> = {}, algorithms: Algorithms = builtInAlgorithms) {
    const first = this.#number({ type: 'submitted', specification: testSpecification(given) });
    this.engine = Engine.begin(first, algorithms);
    this.append({ type: 'capacityChanged', limit: 4 });
  }

  get state(): ExperimentState {
    return this.engine.state;
  }

  get now(): number {
    return this.#at;
  }

  pass(milliseconds: number): void {
    this.#at += milliseconds;
  }

  append(event: Unnumbered): LogEvent {
    const numbered = this.#number(event);
    this.engine.apply(numbered);
    return numbered;
  }

  /** Binds the first `count` entries of the list made now; answers the numbers of their trials. */
  bind(count = 1): number[] {
    const basis = this.state.seq;
    return this.engine.readyList(count).map((entry, place) => {
      this.append({ type: 'bound', ...entry, basis, place, engine: ENGINE_VERSION, worker: 'w', slot: place });
      return entry.trial;
    });
  }

  /** Binds a trial with these params, as if they had been suggested. */
  start(params: Params): void {
    const trial = this.state.trials.length;
    const entry = { trial, attempt: 1, origin: 'suggested', params, seed: trial + 1 } as const;
    this.append({ type: 'bound', ...entry, basis: this.state.seq, place: 0, engine: ENGINE_VERSION, worker: 'w', slot: trial });
  }

  complete(trial: number, value: number, steps = 1): void {
    this.append({ type: 'completed', ...this.#outcome(trial, steps), value, metrics: { value } });
  }

  stopped(trial: number, steps = 1, value?: number): void {
    this.append({ type: 'stopped', ...this.#outcome(trial, steps), ...(value === undefined ? {} : { value }) });
  }

  fail(trial: number, reason: FailureReason = 'error', steps = 0): void {
    this.append({ type: 'failed', ...this.#outcome(trial, steps), reason, message: 'no luck' });
  }

  paused(trial: number, steps: number, value: number): void {
    this.append({ type: 'paused', ...this.#outcome(trial, steps), value });
  }

  lose(trial: number, steps = 0, value?: number): void {
    this.append({ type: 'attemptLost', ...this.#outcome(trial, steps), ...(value === undefined ? {} : { value }) });
  }

  report(trial: number, step: number, value: number): void {
    this.append({ type: 'reported', trial, attempt: this.#attempt(trial), step, value });
  }

  decideAll(): EventOf<'decided'>['decision'][] {
    return this.engine.decisions().map((decided) => {
      this.append(decided);
      return decided.decision;
    });
  }

  ask(request: ControlRequest): void {
    this.append({ type: 'controlRequested', request });
  }

  /** Appends the end that the engine asks for. @throws where it asks for none */
  end(): void {
    const ending = this.engine.ending();
    if (ending === null) throw new Error('the experiment is not at its end');
    this.append(ending);
  }

  row(trial: number): TrialRow {
    const state = this.state.trials[trial];
    if (state === undefined) throw new RangeError(`no trial ${trial}`);
    return trialRow(state);
  }

  result(): ResultDocument {
    return resultDocument(this.state, this.#at, null);
  }

  #number(event: Unnumbered): LogEvent {
    const numbered: LogEvent = { ...event, v: 1, seq: this.log.length + 1, at: this.#at };
    this.log.push(numbered);
    return numbered;
  }

  #attempt(trial: number): number {
    return this.state.trials[trial]?.attempts ?? 1;
  }

  #outcome(trial: number, steps: number): { trial: number; attempt: number; reports: number; lastStep: number } {
    return { trial, attempt: this.#attempt(trial), reports: steps, lastStep: steps };
  }
}

/** An engine that has folded the whole log. */
export function foldAll(log: readonly LogEvent[]): Engine {
  const [first, ...rest] = log;
  if (first === undefined) throw new Error('an empty log');
  const engine = Engine.begin(first, builtInAlgorithms);
  for (const event of rest) engine.apply(event);
  return engine;
}
