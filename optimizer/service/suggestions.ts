/**
 * Where the planner has its ready lists and fits from: from the engine itself where that is quick, else from a thread, whose
 * answer comes later and is for the moment at which it was asked.
 */
import type { OptimizerEvent, ReadyEntry } from '../../core/events.ts';
import type { Engine } from '../engine/engine.ts';

export type SurrogateFitted = Extract<OptimizerEvent, { type: 'surrogateFitted' }>;

/** What a ready list depends on. */
export interface ListMoment {
  /** Log entry up to which it was made. */
  readonly basis: number;
  /** Attempts bound until then: what is bound later is missing from its head. */
  readonly bindings: number;
  /** `engine.readyRevision` */
  readonly revision: number;
  readonly observations: number;
}

export interface MadeList {
  readonly entries: readonly ReadyEntry[];
  readonly moment: ListMoment;
  readonly costMs: number;
}

export interface Suggestions {
  /** A list of so many entries; null where it is being made: then whoever looks after the experiment is woken when it is there. */
  list(count: number): MadeList | null;
  /** A fit that is due and not in the log yet. */
  fit(): SurrogateFitted | null;
  close(): void;
}

export function momentOf(engine: Engine): ListMoment {
  const { state, bindings, readyRevision, observations } = engine;
  return { basis: state.seq, bindings, revision: readyRevision, observations };
}

export class InlineSuggestions implements Suggestions {
  readonly #engine: Engine;
  /** Observations there were when a fit was asked for last, and what it was. */
  #asked = -1;
  #fit: SurrogateFitted | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  list(count: number): MadeList {
    const startedAt = performance.now();
    const entries = this.#engine.readyList(count);
    return { entries, moment: momentOf(this.#engine), costMs: performance.now() - startedAt };
  }

  fit(): SurrogateFitted | null {
    const { observations, state } = this.#engine;
    if (this.#asked !== observations) this.#fit = this.#engine.fit();
    this.#asked = observations;
    if (this.#fit !== null && (state.fit?.observations ?? 0) >= this.#fit.observations) this.#fit = null;
    return this.#fit;
  }

  close(): void {
    return;
  }
}
