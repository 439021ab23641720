/** What an optimizer and its surrogate threads say to each other. Both are this program, so nothing is checked. */
import type { LogEvent, ReadyEntry } from '../../core/events.ts';
import type { ExperimentState } from '../engine/state.ts';
import type { SurrogateFitted } from './suggestions.ts';

/** `replica` numbers what one tenure has in a thread. */
export type Order =
  /** `version` is that of the engine that asks: one that decides otherwise must not answer in its name. */
  | { readonly kind: 'begin'; readonly replica: number; readonly state: ExperimentState; readonly version: string }
  | { readonly kind: 'apply'; readonly replica: number; readonly event: LogEvent }
  /** Answered at the last event applied before it. */
  | { readonly kind: 'list'; readonly replica: number; readonly count: number }
  | { readonly kind: 'end'; readonly replica: number };

export type Answer =
  | { readonly kind: 'list'; readonly replica: number; readonly entries: readonly ReadyEntry[]; readonly costMs: number }
  /** Instead of a list: a fit is due, which must be in the log first. */
  | { readonly kind: 'fit'; readonly replica: number; readonly fit: SurrogateFitted }
  | { readonly kind: 'failed'; readonly replica: number; readonly message: string };
