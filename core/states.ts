/**
 * States of experiments and trials, and the transitions that are legal between those of a trial. The fold of the log is the only
 * place that moves a state; scripts keep coarser guards of their own.
 */
import Type, { type Static } from 'typebox';

export const states = ['queued', 'running', 'paused', 'completed', 'stopped', 'failed'] as const;
export const StateSchema = Type.Enum([...states]);
export type State = Static<typeof StateSchema>;

export const DirectionSchema = Type.Enum(['minimize', 'maximize']);
export type Direction = Static<typeof DirectionSchema>;

export const DecisionSchema = Type.Enum(['continue', 'pause', 'stop']);
/** What a scheduler says of a trial at a decision step. */
export type Decision = Static<typeof DecisionSchema>;

export type FinalState = Extract<State, 'completed' | 'stopped' | 'failed'>;

/**
 * A trial is `queued` while it is ready to run (first or again), `running` while an attempt of it holds a lease. A lost
 * or failed attempt leads back to `queued` until its limit is reached, or to what had been decided of the trial by then. A paused
 * trial runs again when it is promoted.
 */
const trialTransitions: Record<State, readonly State[]> = {
  queued: ['running', 'paused', 'completed', 'stopped', 'failed'],
  running: ['queued', 'paused', 'completed', 'stopped', 'failed'],
  paused: ['running', 'stopped'],
  completed: [],
  stopped: [],
  failed: [],
};

export function canTrialMove(from: State, to: State): boolean {
  return trialTransitions[from].includes(to);
}

export function isFinal(state: State): state is FinalState {
  return state === 'completed' || state === 'stopped' || state === 'failed';
}

/** The one place where the user's sign and the optimizer's (everything is minimised) meet; its own inverse. */
export function flipSign(direction: Direction, value: number): number {
  return direction === 'minimize' ? value : -value;
}
