/**
 * The fold: one event changes the state, and nothing else does. It reads no clock and decides nothing; an event that a
 * fence should have refused is an error, since from there on the state could not be trusted. Here is what starts and
 * measures trials; how they end is in `outcomes.ts`, how the experiment is steered and ends in `phases.ts`.
 */
import { MaggyError } from '../../core/errors.ts';
import type { EventOf, LogEvent } from '../../core/events.ts';
import { flipSign, type Decision } from '../../core/states.ts';
import { beginEnd, completeTrial, endAttempt, move, pauseTrial, reachRung, stopTrial } from './outcomes.ts';
import { control, end } from './phases.ts';
import { newTrial, trialOf, type ExperimentState } from './state.ts';

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
      return decide(state, event, event.decision);
    case 'decisionTimedOut':
      return decide(state, event, 'continue');
    case 'completed':
    case 'stopped':
    case 'paused':
    case 'failed':
    case 'attemptLost':
      return endAttempt(state, event);
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
  // The last rung is reached by completing.
  const { decisionSteps } = state.specification;
  if (decisionSteps.at === 'steps' && step < decisionSteps.last) reachRung(state, step);
  state.reports.push(made);
  state.undecided.push(made);
}

function decide(state: ExperimentState, event: EventOf<'decided' | 'decisionTimedOut'>, decision: Decision): void {
  const { trial: number, step, seq, at } = event;
  const made = state.undecided.find((report) => report.trial === number && report.step === step);
  state.undecided = state.undecided.filter((report) => report !== made);
  const trial = trialOf(state, number);
  if (decision === 'continue') trial.wentBeyond = Math.max(trial.wentBeyond, step);
  if (decision === 'pause') trial.pausedAt = step;
  if (decision === 'stop') trial.stopDecided = true;
  if (decision === 'continue' || trial.state !== 'queued') return;
  // Its attempt was lost before the answer came; it takes no other one to carry that out.
  const value = made === undefined ? {} : { value: flipSign(state.specification.direction, made.loss) };
  const outcome = { seq, at, trial: number, reports: trial.reports, lastStep: trial.lastStep, ...value };
  state.retries = state.retries.filter((waiting) => waiting !== number);
  if (decision === 'stop') stopTrial(state, outcome);
  else pauseTrial(state, outcome);
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
