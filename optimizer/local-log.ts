/**
 * An experiment's log in memory, and the engine that folds it: what Redis and an optimizer process are to the service, for one
 * process that has the experiment to itself. Nothing is fenced, because nobody else writes; the same log verifies all the same.
 */
import type { LogEvent, ReadyEntry } from '../core/events.ts';
import type { Specification } from '../core/experiment.ts';
import type { Decision } from '../core/states.ts';
import type { Algorithms } from './algorithms.ts';
import { Engine } from './engine/engine.ts';

/** An event as its writer has it. */
export type Unnumbered = LogEvent extends infer Event ? (Event extends LogEvent ? Omit<Event, 'seq' | 'at' | 'v'> : never) : never;

export class LocalLog {
  /** All that happened, in order: what `verifyLog` takes. */
  readonly events: readonly LogEvent[];
  readonly engine: Engine;
  readonly #events: LogEvent[] = [];
  readonly #now: () => number;
  readonly #listeners: ((event: LogEvent) => void)[] = [];

  /** @param now the time of events, whole ms */
  constructor(specification: Specification, algorithms: Algorithms, now: () => number) {
    this.events = this.#events;
    this.#now = now;
    this.engine = Engine.begin(this.#write({ type: 'submitted', specification }), algorithms);
  }

  /** Tells of each event after it was folded. */
  follow(listener: (event: LogEvent) => void): void {
    this.#listeners.push(listener);
  }

  append(event: Unnumbered): void {
    const entry = this.#write(event);
    this.engine.apply(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Starts an attempt of what heads the ready list that was made at `basis`. */
  bind(entry: ReadyEntry, at: { readonly basis: number; readonly worker: string; readonly slot: number }): void {
    this.append({ type: 'bound', ...entry, ...at, place: 0, engine: this.engine.version });
  }

  /** Takes a report at a decision step, and decides. */
  decide(report: { readonly trial: number; readonly attempt: number; readonly step: number; readonly value: number }): Decision {
    this.append({ type: 'reported', ...report });
    const decided = this.engine.decide(report.trial, report.step);
    this.append(decided);
    return decided.decision;
  }

  #write(event: Unnumbered): LogEvent {
    const entry: LogEvent = { ...event, v: 1, seq: this.#events.length + 1, at: this.#now() };
    this.#events.push(entry);
    return entry;
  }
}
