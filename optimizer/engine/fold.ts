/**
 * The fold: one event changes the state, and nothing else does. It reads no clock and decides nothing; an event that a
 * fence should have refused is an error, since from there on the state could not be trusted.
 */
import type { ControlRequest, EventOf, LogEvent, StopReason } from '../../core/events.ts';
import { MaggyError } from '../../core/errors.ts';
import { canTrialMove, flipSign, type FinalState, type State } from '../../core/states.ts';
import { newTrial, runningMs, trialOf, type ExperimentState, type TrialState } from './state.ts';

/** Lost attempts a trial may have for each attempt it may fail: losing workers is no fault of the trial. */
const LOST_PER_FAILED = 3;
const RECENT_DURATIONS = 51;

/** Applies the event that follows `state.seq`. */
export function fold(state: ExperimentState, event: LogEvent): void {
  if (event.seq !== state.seq + 1) {
    throw new MaggyError('corrupt', `log entry ${String(event.seq)} follows entry ${String(state.seq)}: entries are missing`);
  }
  apply(state, event);
  state.seq = event.seq;
}

function apply(state: ExperimentState, event: LogEvent): void {
  switch (event.type) {
    case 'submitted':
      throw new MaggyError('corrupt', `log entry ${String(event.seq)} submits the experiment again`);
    case 'bound':
      return bind(state, event);
    case 'reported':
      return report(state, event);
    case 'decided':
      return decide(state, event.trial, event.step, event.decision === 'stop');
    case 'decisionTimedOut':
      return decide(state, event.trial, event.step, false);
    case 'completed':
      return complete(state, event);
    case 'stopped':
      return stopTrial(state, event);
    case 'failed':
      return failAttempt(state, event);
    case 'attemptLost':
      return loseAttempt(state, event);
    case 'capacityChanged':
      state.limit = event.limit;
      return;
    case 'timerExpired':
      return beginEnd(state, 'maxDuration');
    case 'controlRequested':
      return control(state, event.request, event.at);
    case 'ended':
      return end(state, event);
  }
}

function bind(state: ExperimentState, event: EventOf<'bound'>): void {
  if (event.origin === 'retry') {
    const trial = trialOf(state, event.trial);
    state.retries = state.retries.filter((number) => number !== event.trial);
    move(state, trial, 'running');
    trial.attempts += 1;
    trial.worker = event.worker;
    trial.slot = event.slot;
    return;
  }
  if (event.trial !== state.trials.length) {
    throw new MaggyError(
      'corrupt',
      `log entry ${String(event.seq)} binds trial ${String(event.trial)}, expected ${String(state.trials.length)}`,
    );
  }
  const trial = newTrial(event, event);
  trial.attempts = 1;
  state.trials.push(trial);
  state.counts.running += 1;
  if (event.origin === 'enqueued') state.enqueued.shift();
  else {
    state.suggested += 1;
    state.lastSuggested = event.params;
  }
}

function report(state: ExperimentState, { trial, step, value }: EventOf<'reported'>): void {
  const made = { trial, step, loss: flipSign(state.specification.direction, value) };
  state.reports.push(made);
  state.undecided.push(made);
}

function decide(state: ExperimentState, trial: number, step: number, isStop: boolean): void {
  state.undecided = state.undecided.filter((made) => made.trial !== trial || made.step !== step);
  if (isStop) trialOf(state, trial).stopDecided = true;
}

function complete(state: ExperimentState, event: EventOf<'completed'>): void {
  const trial = trialOf(state, event.trial);
  conclude(state, trial, 'completed', event);
  trial.value = event.value;
  trial.metrics = event.metrics;
  state.recentDurations.push(event.at - trial.startedAt);
  if (state.recentDurations.length > RECENT_DURATIONS) state.recentDurations.shift();
  const { direction, targetValue } = state.specification;
  const best = state.incumbent === null ? null : trialOf(state, state.incumbent).value;
  if (best === null || flipSign(direction, event.value) < flipSign(direction, best)) state.incumbent = trial.number;
  if (targetValue !== undefined && flipSign(direction, event.value) <= flipSign(direction, targetValue)) beginEnd(state, 'targetValue');
}

function stopTrial(state: ExperimentState, event: EventOf<'stopped'>): void {
  const trial = trialOf(state, event.trial);
  conclude(state, trial, 'stopped', event);
  trial.value = event.value ?? null;
}

/** An attempt that failed under a live lease: another one, until `maxAttempts` is reached. */
function failAttempt(state: ExperimentState, event: EventOf<'failed'>): void {
  const trial = trialOf(state, event.trial);
  trial.failedAttempts += 1;
  trial.failure = { reason: event.reason, message: event.message };
  // The same seed would diverge again: a retry of it is a waste.
  const isFinal = event.reason === 'diverged' || trial.failedAttempts >= state.specification.maxAttempts;
  retryUnless(state, trial, isFinal, event);
}

function loseAttempt(state: ExperimentState, event: EventOf<'attemptLost'>): void {
  const trial = trialOf(state, event.trial);
  trial.lostAttempts += 1;
  const isFinal = trial.lostAttempts >= LOST_PER_FAILED * state.specification.maxAttempts;
  if (isFinal) trial.failure = { reason: 'crashed', message: `${String(trial.lostAttempts)} attempts were lost with their workers` };
  retryUnless(state, trial, isFinal, event);
  if (trial.state === 'stopped') trial.value = event.value ?? null;
}

interface Outcome {
  readonly at: number;
  readonly reports: number;
  readonly lastStep: number;
}

function retryUnless(state: ExperimentState, trial: TrialState, isFinal: boolean, outcome: Outcome): void {
  if (trial.stopDecided || state.phase === 'stopping') return conclude(state, trial, 'stopped', outcome);
  if (isFinal) {
    conclude(state, trial, 'failed', outcome);
    countFailure(state, trial);
    const { maxFailedTrials = Infinity } = state.specification;
    if (state.counts.failed > maxFailedTrials) beginEnd(state, 'maxFailedTrials');
    return;
  }
  move(state, trial, 'queued');
  trial.reports = outcome.reports;
  trial.lastStep = outcome.lastStep;
  state.retries.push(trial.number);
}

function countFailure({ failures }: ExperimentState, { number, failure }: TrialState): void {
  if (failure === null) return;
  const known = failures.find(({ reason }) => reason === failure.reason);
  if (known === undefined) failures.push({ reason: failure.reason, firstTrial: number, trials: 1 });
  else known.trials += 1;
}

function conclude(state: ExperimentState, trial: TrialState, to: FinalState, outcome: Outcome): void {
  move(state, trial, to);
  trial.endedAt = outcome.at;
  trial.reports = outcome.reports;
  trial.lastStep = outcome.lastStep;
  state.outcomes.push(trial.number);
  state.undecided = state.undecided.filter((made) => made.trial !== trial.number);
  const { steps } = state;
  steps.used += outcome.lastStep;
  if (to === 'completed') steps.longestCompleted = Math.max(steps.longestCompleted, outcome.lastStep);
  // What a person or a budget cut short was not spared by early stopping.
  if (to === 'stopped' && trial.stopDecided) {
    steps.stoppedTrials += 1;
    steps.stoppedSteps += outcome.lastStep;
  }
}

function move(state: ExperimentState, trial: TrialState, to: State): void {
  if (!canTrialMove(trial.state, to)) {
    throw new MaggyError('corrupt', `the log moves trial ${String(trial.number)} from ${trial.state} to ${to}`);
  }
  state.counts[trial.state] -= 1;
  state.counts[to] += 1;
  trial.state = to;
}

function control(state: ExperimentState, request: ControlRequest, at: number): void {
  switch (request.action) {
    case 'stop':
      return beginEnd(state, 'requested');
    case 'delete':
      state.deleted = true;
      if (state.phase === 'ended') state.reopenings += 1;
      else beginEnd(state, 'deleted');
      return;
    // The script that let a request through knows nothing of a budget that has run out: an end that has begun goes on, unless extended.
    case 'pause':
      state.isPaused = true;
      if (state.phase !== 'active') return;
      state.phase = 'paused';
      holdClock(state, at);
      return;
    case 'resume':
      state.hash = request.hash ?? state.hash;
      state.isPaused = false;
      if (state.phase !== 'paused') return;
      state.phase = 'active';
      state.activeSince = at;
      return;
    case 'extend':
      return extend(state, request, at);
    case 'enqueue':
      state.enqueued.push(request.params);
      return;
  }
}

function extend(state: ExperimentState, request: Extract<ControlRequest, { action: 'extend' }>, at: number): void {
  state.maxTrials += request.maxTrials ?? 0;
  // An experiment without a limit of time stays without one.
  if (state.maxDurationSeconds !== null) state.maxDurationSeconds += request.maxDurationSeconds ?? 0;
  if (state.phase === 'ended') {
    state.reopenings += 1;
    state.isPaused = false;
  }
  // An end that is under way is taken back like one that has come. It is that of a budget: after a stop the script lets no extension through.
  if (state.phase !== 'ended' && state.phase !== 'stopping') return;
  state.phase = state.isPaused ? 'paused' : 'active';
  state.stopReason = null;
  state.finalState = null;
  if (state.isPaused) holdClock(state, at);
  else state.activeSince ??= at;
}

/**
 * From here on nothing new is to start, and what runs stops. The first reason stands. Trials that wait for a retry stay queued
 * until the end: a slot may have bound one of them before any script knew of this.
 */
function beginEnd(state: ExperimentState, reason: StopReason): void {
  if (state.phase === 'ended') return;
  state.phase = 'stopping';
  state.stopReason ??= reason;
}

function end(state: ExperimentState, event: EventOf<'ended'>): void {
  const waiting = state.retries;
  state.retries = [];
  for (const number of waiting) {
    const trial = trialOf(state, number);
    conclude(state, trial, 'stopped', { at: event.at, reports: trial.reports, lastStep: trial.lastStep });
  }
  state.phase = 'ended';
  state.stopReason = event.stopReason;
  state.finalState = event.state;
  holdClock(state, event.at);
}

function holdClock(state: ExperimentState, at: number): void {
  state.activeMs = runningMs(state, at);
  state.activeSince = null;
}
