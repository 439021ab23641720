/**
 * The state of an experiment: plain data, so that a snapshot is its JSON. Only the fold changes it. Indexes that can be
 * worked out from it (taken configurations, the scheduler's tables) are kept beside it by the engine.
 */
import type { ReadyEntry, FailureReason, Metrics, Origin, StopReason } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import type { Params } from '../../core/space.ts';
import type { FinalState, State } from '../../core/states.ts';
import type { SurrogateFit } from '../samplers/sampler.ts';

/** Changes whenever the same log would lead to other decisions; recorded with each decision. */
export const ENGINE_VERSION = '4';

export interface TrialState {
  readonly number: number;
  readonly params: Params;
  readonly seed: number;
  readonly origin: Exclude<Origin, 'retry' | 'promotion'>;
  state: State;
  /** Attempts started. */
  attempts: number;
  /** Of these, those that failed under a live lease, and those whose lease lapsed. */
  failedAttempts: number;
  lostAttempts: number;
  /** Final value in the user's sign. */
  value: number | null;
  metrics: Metrics | null;
  failure: { readonly reason: FailureReason; readonly message: string } | null;
  reports: number;
  lastStep: number;
  startedAt: number;
  endedAt: number | null;
  worker: string;
  slot: number;
  /** A decision to stop was recorded: it ends here, whatever becomes of the attempt. */
  stopDecided: boolean;
  /** Step of the last decision to pause, and the step that it was last let go on beyond; 0 before there is one. */
  pausedAt: number;
  wentBeyond: number;
  /** Steps of it that `steps.used` contains. */
  stepsCounted: number;
  /** Log entry that ended it. */
  endedSeq: number | null;
}

/** A report at a decision step, in the order of the log; the loss is minimised. */
export interface DecisionStepReport {
  readonly trial: number;
  readonly step: number;
  readonly loss: number;
  /** Its log entry. */
  readonly seq: number;
}

export interface ExperimentState {
  readonly specification: Specification;
  /** Last event folded. */
  seq: number;
  phase: 'active' | 'paused' | 'stopping' | 'ended';
  /** A person's pause holds: an end that a budget began has hidden it in `phase` since. */
  isPaused: boolean;
  deleted: boolean;
  stopReason: StopReason | null;
  finalState: FinalState | null;
  /** Times that it was taken up again after its end: each has a job of its own. */
  reopenings: number;
  /** Budgets as extended. */
  maxTrials: number;
  maxDurationSeconds: number | null;
  /** Pinned content hash of the training function. */
  hash: string;
  /** Trials at once at most. */
  limit: number;
  readonly submittedAt: number;
  /** Running time until `activeSince`, ms; null where the clock stands still. */
  activeMs: number;
  activeSince: number | null;
  readonly trials: TrialState[];
  /** Trials that wait for another attempt, in the order in which they lost theirs. */
  retries: number[];
  enqueued: Params[];
  /** Suggested trials so far, and the params of the last: its replicates share them. */
  suggested: number;
  lastSuggested: Params | null;
  reports: DecisionStepReport[];
  /** Reports whose decision is not recorded yet. */
  undecided: DecisionStepReport[];
  /** Numbers of trials in the order of their outcomes. */
  readonly outcomes: number[];
  readonly counts: Record<State, number>;
  readonly steps: StepTotals;
  /** Why trials failed, each reason with its first trial, in the order of those. */
  readonly failures: FailureCount[];
  /** Number of the best completed trial. */
  incumbent: number | null;
  /** Of the sampler's surrogate. */
  fit: SurrogateFit | null;
  /** Durations of the last completed trials, ms. */
  recentDurations: number[];
}

export interface FailureCount {
  readonly reason: FailureReason;
  readonly firstTrial: number;
  trials: number;
}

/** Steps of the trials that are over or paused. */
export interface StepTotals {
  used: number;
  /** Of trials that the scheduler stopped. */
  stoppedTrials: number;
  stoppedSteps: number;
  longestCompleted: number;
  /** Trials that reached each rung, by its resource; empty where the scheduler has no rungs. */
  readonly atRung: Record<number, number>;
}

export function initialState(specification: Specification, at: number): ExperimentState {
  return {
    specification,
    seq: 1,
    phase: 'active',
    isPaused: false,
    deleted: false,
    stopReason: null,
    finalState: null,
    reopenings: 0,
    maxTrials: specification.maxTrials,
    maxDurationSeconds: specification.maxDurationSeconds ?? null,
    hash: specification.trainingFunction.hash,
    limit: 0,
    submittedAt: at,
    activeMs: 0,
    activeSince: at,
    trials: [],
    retries: [],
    enqueued: [],
    suggested: 0,
    lastSuggested: null,
    reports: [],
    undecided: [],
    outcomes: [],
    counts: { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 },
    steps: { used: 0, stoppedTrials: 0, stoppedSteps: 0, longestCompleted: 0, atRung: rungCounts(specification) },
    failures: [],
    incumbent: null,
    fit: null,
    recentDurations: [],
  };
}

function rungCounts({ decisionSteps }: Specification): Record<number, number> {
  if (decisionSteps.at !== 'steps') return {};
  return Object.fromEntries([...decisionSteps.steps, decisionSteps.last].map((step) => [step, 0]));
}

/** The trial with this number; the log never speaks of one before it is bound. */
export function trialOf(state: ExperimentState, number: number): TrialState {
  const trial = state.trials[number];
  if (trial === undefined) throw new RangeError(`the log speaks of trial ${String(number)} before it is bound`);
  return trial;
}

export function newTrial(
  entry: Pick<ReadyEntry, 'trial' | 'params' | 'seed'> & { readonly origin: Origin },
  event: { readonly at: number; readonly worker: string; readonly slot: number },
): TrialState {
  return {
    number: entry.trial,
    params: entry.params,
    seed: entry.seed,
    origin: entry.origin === 'enqueued' || entry.origin === 'added' ? entry.origin : 'suggested',
    state: 'running',
    attempts: 0,
    failedAttempts: 0,
    lostAttempts: 0,
    value: null,
    metrics: null,
    failure: null,
    reports: 0,
    lastStep: 0,
    startedAt: event.at,
    endedAt: null,
    worker: event.worker,
    slot: event.slot,
    stopDecided: false,
    pausedAt: 0,
    wentBeyond: 0,
    stepsCounted: 0,
    endedSeq: null,
  };
}

/** Running time of the experiment at Redis time `now`, ms; time paused is left out. */
export function runningMs(state: ExperimentState, now: number): number {
  return state.activeMs + (state.activeSince === null ? 0 : Math.max(0, now - state.activeSince));
}
