/**
 * The fold: one event changes the state, and nothing else does. It reads no clock and decides nothing; an event that a
 * fence should have refused is an error, since from there on the state could not be trusted.
 */
import type { ControlRequest, EventOf, LogEvent, Metrics, StopReason } from '../../core/events.ts';
import { MaggyError } from '../../core/errors.ts';
import { isBeyondLast } from '../../core/decision-steps.ts';
import { canTrialMove, flipSign, type Decision, type FinalState, type State } from '../../core/states.ts';
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
    case 'added':
      return addTrial(state, event);
    case 'reported':
      return report(state, event);
    case 'decided':
      return decide(state, event.trial, event.step, event.decision);
    case 'decisionTimedOut':
      return decide(state, event.trial, event.step, 'continue');
    case 'completed':
      return completeTrial(state, event, event.value, event.metrics);
    case 'stopped':
      return stopTrial(state, event);
    case 'paused':
      return pauseTrial(state, event);
    case 'failed':
      return failAttempt(state, event);
    case 'attemptLost':
      return loseAttempt(state, event);
    case 'surrogateFitted':
      state.fit = { observations: event.observations, hyperparameters: event.hyperparameters };
      return;
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
  if (event.origin === 'retry' || event.origin === 'promotion') {
    const trial = trialOf(state, event.trial);
    if (event.origin === 'promotion') trial.wentBeyond = Math.max(trial.wentBeyond, trial.pausedAt);
    else state.retries = state.retries.filter((number) => number !== event.trial);
    move(state, trial, 'running');
    trial.value = null;
    trial.attempts += 1;
    trial.worker = event.worker;
    trial.slot = event.slot;
    return;
  }
  expectNext(state, event);
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

function report(state: ExperimentState, { trial, step, value, seq }: EventOf<'reported'>): void {
  const made = { trial, step, loss: flipSign(state.specification.direction, value), seq };
  reachRung(state, step);
  state.reports.push(made);
  state.undecided.push(made);
}

function decide(state: ExperimentState, number: number, step: number, decision: Decision): void {
  state.undecided = state.undecided.filter((made) => made.trial !== number || made.step !== step);
  const trial = trialOf(state, number);
  if (decision === 'stop') trial.stopDecided = true;
  if (decision === 'pause') trial.pausedAt = step;
  if (decision === 'continue') trial.wentBeyond = Math.max(trial.wentBeyond, step);
}

function addTrial(state: ExperimentState, event: EventOf<'added'>): void {
  expectNext(state, event);
  state.trials.push(newTrial({ ...event, origin: 'added' }, { at: event.at, worker: '', slot: 0 }));
  state.counts.running += 1;
  state.maxTrials += 1;
  completeTrial(state, { ...event, reports: 0, lastStep: 0 }, event.value, null);
}

function expectNext({ trials }: ExperimentState, { seq, trial }: { readonly seq: number; readonly trial: number }): void {
  if (trial === trials.length) return;
  throw new MaggyError('corrupt', `log entry ${String(seq)} begins trial ${String(trial)}, expected ${String(trials.length)}`);
}

function reachRung({ steps }: ExperimentState, step: number): void {
  const count = steps.atRung[step];
  if (count !== undefined) steps.atRung[step] = count + 1;
}

/** @param value in the user's sign */
function completeTrial(state: ExperimentState, event: Outcome & { readonly trial: number }, value: number, metrics: Metrics | null): void {
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

function stopTrial(state: ExperimentState, event: EventOf<'stopped'>): void {
  const trial = trialOf(state, event.trial);
  const { value = null } = event;
  // The scheduler doled out all there was: that it had to be told is no early stop.
  const isWhole = trial.stopDecided && isBeyondLast(state.specification.decisionSteps, event.lastStep);
  if (isWhole && value !== null) return completeTrial(state, event, value, null);
  conclude(state, trial, 'stopped', event);
  trial.value = value;
}

function pauseTrial(state: ExperimentState, event: EventOf<'paused'>): void {
  const trial = trialOf(state, event.trial);
  // Only the scheduler pauses trials.
  if (trial.pausedAt === 0) return stopTrial(state, { ...event, type: 'stopped' });
  move(state, trial, 'paused');
  trial.value = event.value ?? null;
  trial.reports = event.reports;
  countSteps(state, trial, event.lastStep);
}

/** An attempt that failed under a live lease: another one, until `maxAttempts` is reached. */
function failAttempt(state: ExperimentState, event: EventOf<'failed'>): void {
  const trial = trialOf(state, event.trial);
  trial.failedAttempts += 1;
  trial.failure = { reason: event.reason, message: event.message };
  // The same seed would diverge again, and what cannot be run will not run the next time: a retry is a waste.
  const isFinal = event.reason === 'diverged' || event.reason === 'infeasible' || trial.failedAttempts >= state.specification.maxAttempts;
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
  readonly seq: number;
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
    steps.stoppedSteps += outcome.lastStep;
  }
}

function countSteps(state: ExperimentState, trial: TrialState, lastStep: number): void {
  state.steps.used += lastStep - trial.stepsCounted;
  trial.stepsCounted = lastStep;
  trial.lastStep = lastStep;
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
  const paused = state.counts.paused === 0 ? [] : state.trials.filter((trial) => trial.state === 'paused');
  const waiting = [...state.retries.map((number) => trialOf(state, number)), ...paused];
  state.retries = [];
  for (const trial of waiting) {
    conclude(state, trial, 'stopped', { seq: event.seq, at: event.at, reports: trial.reports, lastStep: trial.lastStep });
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
