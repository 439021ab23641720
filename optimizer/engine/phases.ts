/** The part of the fold that follows people's requests and the end of the experiment. */
import type { ControlRequest, EventOf } from '../../core/events.ts';
import { beginEnd, conclude } from './outcomes.ts';
import { runningMs, trialOf, type ExperimentState } from './state.ts';

export function control(state: ExperimentState, request: ControlRequest, at: number): void {
  switch (request.action) {
    case 'stop':
      return beginEnd(state, 'requested');
    case 'delete':
      state.deletedAt ??= at;
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

export function end(state: ExperimentState, event: EventOf<'ended'>): void {
  const paused = state.counts.paused === 0 ? [] : state.trials.filter((trial) => trial.state === 'paused');
  const waiting = [...state.retries.map((number) => trialOf(state, number)), ...paused];
  state.retries = [];
  for (const trial of waiting) {
    const { number, reports, lastStep } = trial;
    conclude(state, trial, 'stopped', { trial: number, seq: event.seq, at: event.at, reports, lastStep });
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
