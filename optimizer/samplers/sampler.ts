/**
 * A sampler proposes params. It is a pure function of (space, seed, trial number, history): whatever it keeps between two
 * calls is only what it could work out again. It changes nothing, reads no clock and draws from `randomStream` alone.
 *
 * A sampler with a surrogate fits the hyperparameters of that surrogate now and then. A fit is dear and starts from the one
 * before it, so it is a decision of its own, logged as an event: `fit` works it out when it is due, `History.fit` is the last
 * one logged, and a suggestion uses that one and no other.
 */
import type { AlgorithmChoice, ResourceRange, SamplerEntry } from '../../core/catalogue.ts';
import type { CompiledSpace } from '../../core/compiled-space.ts';
import type { Params } from '../../core/space.ts';

/**
 * What became known of a trial: that it is over, or its loss at a rung. Losses are minimised, whatever the user's direction.
 * Under a scheduler with rungs a trial has a row for each rung it reached, and its end has one only where that says more.
 */
export interface Observation {
  readonly number: number;
  readonly params: Params;
  /** null: the trial failed, or was stopped before its first report. */
  readonly loss: number | null;
  /** Resource that the trial had used when this loss was measured; null where the scheduler doles out none. */
  readonly resource: number | null;
  /** `measured`: at a rung; the trial is not over by it. */
  readonly state: 'measured' | 'completed' | 'stopped' | 'failed';
}

/** Hyperparameters of a surrogate. */
export interface SurrogateFit {
  /** It was fitted to so many of the first observations. */
  readonly observations: number;
  /** In the sampler's own order and scale. */
  readonly hyperparameters: readonly number[];
}

export interface History {
  /** In the order of the log; it only grows. */
  readonly observations: readonly Observation[];
  /** Params of the trials that are suggested and not over, paused ones left out, those earlier in the same list included. */
  readonly pending: readonly Params[];
  /** The last fit, null before the first. */
  readonly fit: SurrogateFit | null;
  /** Whether a trial with these params exists. */
  isBound(params: Params): boolean;
  /** Whether an earlier entry of the list being made has these params. */
  isListed(params: Params): boolean;
}

export interface Sampler {
  /** Whether outcomes change what it proposes: then an outcome makes a list of suggestions stale. */
  readonly learns: boolean;
  /** The params of trial `number`; null when the space has no configuration left that was not suggested. */
  suggest(number: number, history: History): Params | null;
  /** A new fit where one is due; null where the last one will do. It may start from `history.fit`. */
  fit?(history: History): SurrogateFit | null;
}

export interface SamplerSetup {
  readonly space: CompiledSpace;
  readonly seed: number;
  readonly choice: AlgorithmChoice;
  /** What the scheduler doles out; null where it has no rungs. */
  readonly resource: ResourceRange | null;
}

/** What a file with a sampler exports; adding it to the algorithms of a process makes it known by its `type`. */
export interface SamplerDefinition extends SamplerEntry {
  /** Its suggestions take long enough to delay decisions: they are worked out in a thread. */
  readonly isHeavy?: boolean;
  create(setup: SamplerSetup): Sampler;
}
