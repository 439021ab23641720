/**
 * A sampler proposes params. It is a pure function of (space, seed, trial number, history): whatever it keeps between two
 * calls is only what it could work out again. It changes nothing, reads no clock and draws from `randomStream` alone.
 */
import type { TObject } from 'typebox';
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import type { CompiledSpace } from '../../core/compiled-space.ts';
import type { Params } from '../../core/space.ts';

/** A trial that is over. Losses are minimised, whatever the user's direction. */
export interface Observation {
  readonly number: number;
  readonly params: Params;
  /** null: the trial failed or was stopped before its first report. */
  readonly loss: number | null;
  readonly state: 'completed' | 'stopped' | 'failed';
}

export interface History {
  /** In the order in which the outcomes were logged. */
  readonly observations: readonly Observation[];
  /** Suggested and not over, those earlier in the same list included. */
  readonly pending: readonly Params[];
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
}

export interface SamplerSetup {
  readonly space: CompiledSpace;
  readonly seed: number;
  readonly choice: AlgorithmChoice;
}

/** What a file with a sampler exports; adding it to the algorithms of a process makes it known by its `type`. */
export interface SamplerDefinition {
  readonly type: string;
  readonly options: TObject;
  create(setup: SamplerSetup): Sampler;
}
