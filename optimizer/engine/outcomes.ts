/**
 * The part of the fold that says what becomes of a trial when an attempt of it ends: it completed, stopped, paused or
 * failed, or it runs again.
 */
import { isBeyondLast } from '../../core/decision-steps.ts';
import { MaggyError } from '../../core/errors.ts';
import type { EventOf, Metrics, StopReason } from '../../core/events.ts';
import { rungAt } from '../../core/rungs.ts';
import { canTrialMove, flipSign, type FinalState, type State } from '../../core/states.ts';
import { trialOf, type ExperimentState, type TrialState } from './state.ts';

/** Lost attempts a trial may have for each attempt it may fail: losing workers is no fault of the trial. */
const LOST_PER_FAILED = 3;
const RECENT_DURATIONS = 51;

/** How far a trial got, by the event that ended its attempt or waiting. */
export interface Outcome {
  readonly trial: number;
  readonly seq: number;
  readonly at: number;
  readonly reports: number;
  readonly lastStep: number;
  /** Its last report, in the user's sign. */
  readonly value?: number;
}

/** The outcome that an attempt reached, or the loss of it. */
export function endAttempt(
  state: ExperimentState,
  event: EventOf<'completed'> | EventOf<'stopped'> | EventOf<'paused'> | EventOf<'failed'> | EventOf<'attemptLost'>,
): void {
  const trial = trialOf(state, event.trial);
  if (trial.state !== 'running') {
    throw new MaggyError(
      'corrupt',
      `log entry ${String(event.seq)} ends an attempt of trial ${String(trial.number)}, which is ${trial.state}`,
    );
  }
  switch (event.type) {
    case 'completed':
      return completeTrial(state, event, event.value, event.metrics);
    case 'stopped':
      return stopTrial(state, event);
    case 'paused':
      return pauseTrial(state, event);
    case 'failed':
      return failAttempt(state, trial, event);
    case 'attemptLost':
      return loseAttempt(state, trial, event);
  }
}

/** @param value in the user's sign */
export function completeTrial(state: ExperimentState, event: Outcome, value: number, metrics: Metrics | null): void {
  const trial = trialOf(state, event.trial);
  conclude(state, trial, 'completed', event);
  trial.value = value;
  trial.metrics = metrics;
  if (trial.origin !== 'added') countRun(state, event.at - trial.startedAt);
  const { direction, targetValue } = state.specification;
  const best = state.incumbent === null ? null : trialOf(state, state.incumbent).value;
  if (best === null || flipSign(direction, value) < flipSign(direction, best)) state.incumbent = trial.number;
  if (targetValue !== undefined && flipSign(direction, value) <= flipSign(direction, targetValue)) beginEnd(state, 'targetValue');
}

function countRun(state: ExperimentState, durationMs: number): void {
  const { decisionSteps } = state.specification;
  if (decisionSteps.at === 'steps') reachRung(state, decisionSteps.last);
  state.recentDurations.push(durationMs);
  if (state.recentDurations.length > RECENT_DURATIONS) state.recentDurations.shift();
}

/** @param step of a report, which counts at the rung that it is at or beyond */
export function reachRung({ steps: { atRung } }: ExperimentState, step: number): void {
  const rung = rungAt(Object.keys(atRung).map(Number), step);
  if (rung !== undefined) atRung[rung] = (atRung[rung] ?? 0) + 1;
}

export function stopTrial(state: ExperimentState, event: Outcome): void {
  const trial = trialOf(state, event.trial);
  const { value = null } = event;
  // The scheduler doled out all there was: that it had to be told is no early stop.
  const isWhole = trial.stopDecided && isBeyondLast(state.specification.decisionSteps, event.lastStep);
  if (isWhole && value !== null) return completeTrial(state, event, value, null);
  conclude(state, trial, 'stopped', event);
  trial.value = value;
}

export function pauseTrial(state: ExperimentState, event: Outcome): void {
  const trial = trialOf(state, event.trial);
  // Only the scheduler pauses trials.
  if (!isToPause(trial)) return stopTrial(state, event);
  move(state, trial, 'paused');
  trial.value = event.value ?? null;
  trial.reports = event.reports;
  countSteps(state, trial, event.lastStep);
}

/** Whether a decision to pause stands that no promotion has followed yet. */
function isToPause({ pausedAt, wentBeyond }: TrialState): boolean {
  return pausedAt > wentBeyond;
}

/** An attempt that failed under a live lease: another one, until `maxAttempts` is reached. */
function failAttempt(state: ExperimentState, trial: TrialState, event: EventOf<'failed'>): void {
  trial.failedAttempts += 1;
  trial.failure = { reason: event.reason, message: event.message };
  // The same seed would diverge again, and what cannot be run will not run the next time: a retry is a waste.
  const isFinal = event.reason === 'diverged' || event.reason === 'infeasible' || trial.failedAttempts >= state.specification.maxAttempts;
  retryUnless(state, trial, isFinal, event);
}

function loseAttempt(state: ExperimentState, trial: TrialState, event: EventOf<'attemptLost'>): void {
  trial.lostAttempts += 1;
  const { lockstep, maxAttempts } = state.specification;
  const isFinal = trial.lostAttempts >= (lockstep?.maxGenerations ?? LOST_PER_FAILED * maxAttempts);
  if (isFinal) trial.failure = { reason: 'crashed', message: lossesInWords(trial.lostAttempts, lockstep !== undefined, event.message) };
  retryUnless(state, trial, isFinal, event);
}

function lossesInWords(lost: number, isLockstep: boolean, last = ''): string {
  const what = isLockstep ? 'generations of its lockstep group were lost' : 'attempts were lost with their workers';
  return `${String(lost)} ${what}${last === '' ? '' : `; the last: ${last}`}`;
}

/** What was decided of a trial stands, whatever becomes of the attempt: a retry from the checkpoint of that step would miss it. */
function retryUnless(state: ExperimentState, trial: TrialState, isFinal: boolean, outcome: Outcome): void {
  if (trial.stopDecided || state.phase === 'stopping') return stopTrial(state, outcome);
  if (isToPause(trial)) return pauseTrial(state, outcome);
  if (isFinal) {
    conclude(state, trial, 'failed', outcome);
    countFailure(state, trial);
    const { maxFailedTrials = Infinity } = state.specification;
    if (state.counts.failed > maxFailedTrials) beginEnd(state, 'maxFailedTrials');
    return;
  }
  move(state, trial, 'queued');
  trial.reports = outcome.reports;
  reachStep(trial, outcome.lastStep);
  state.retries.push(trial.number);
}

function countFailure({ failures }: ExperimentState, { number, failure }: TrialState): void {
  if (failure === null) return;
  const known = failures.find(({ reason }) => reason === failure.reason);
  if (known === undefined) failures.push({ reason: failure.reason, firstTrial: number, trials: 1 });
  else known.trials += 1;
}

export function conclude(state: ExperimentState, trial: TrialState, to: FinalState, outcome: Outcome): void {
  const wasPaused = trial.state === 'paused';
  move(state, trial, to);
  trial.endedAt = outcome.at;
  trial.endedSeq = outcome.seq;
  trial.reports = outcome.reports;
  countSteps(state, trial, outcome.lastStep);
  state.outcomes.push(trial.number);
  state.undecided = state.undecided.filter((made) => made.trial !== trial.number);
  const { steps } = state;
  if (to === 'completed') steps.longestCompleted = Math.max(steps.longestCompleted, outcome.lastStep);
  // What a person or a budget cut short was not spared by early stopping.
  if (to === 'stopped' && (trial.stopDecided || wasPaused)) {
    steps.stoppedTrials += 1;
    steps.stoppedSteps += trial.furthestStep;
  }
}

function countSteps(state: ExperimentState, trial: TrialState, lastStep: number): void {
  reachStep(trial, lastStep);
  state.steps.used += trial.furthestStep - trial.stepsCounted;
  trial.stepsCounted = trial.furthestStep;
}

function reachStep(trial: TrialState, lastStep: number): void {
  trial.lastStep = lastStep;
  trial.furthestStep = Math.max(trial.furthestStep, lastStep);
}

export function move(state: ExperimentState, trial: TrialState, to: State): void {
  if (!canTrialMove(trial.state, to)) {
    throw new MaggyError('corrupt', `the log moves trial ${String(trial.number)} from ${trial.state} to ${to}`);
  }
  state.counts[trial.state] -= 1;
  state.counts[to] += 1;
  trial.state = to;
}

/**
 * From here on nothing new is to start, and what runs stops. The first reason stands. Trials that wait for a retry stay queued
 * until the end: a slot may have bound one of them before any script knew of this.
 */
export function beginEnd(state: ExperimentState, reason: StopReason): void {
  if (state.phase === 'ended') return;
  state.phase = 'stopping';
  state.stopReason ??= reason;
}
