/** What users read, worked out from the state: one row a trial and the result. Values are in the user's sign. */
import type { ResourceFigures, ResultDocument, TrialRow } from '../../core/results.ts';
import type { State } from '../../core/states.ts';
import { runningMs, trialOf, type ExperimentState, type StepTotals, type TrialState } from './state.ts';

export function trialRow(trial: TrialState): TrialRow {
  const { number, state, params, seed, origin, value, metrics, lastStep, reports, attempts, failure, worker, slot, startedAt, endedAt } =
    trial;
  return {
    number,
    state,
    params,
    seed,
    origin,
    value,
    metrics,
    lastStep,
    reports,
    attempts,
    failure,
    worker,
    slot,
    startedAt,
    endedAt,
    durationSeconds: endedAt === null ? null : (endedAt - startedAt) / 1000,
  };
}

/** @param now Redis time, ms: how long the experiment has been running is the one figure that no event holds */
export function resultDocument(state: ExperimentState, now: number, waitingFor: string | null): ResultDocument {
  const { specification, counts, steps } = state;
  const best = state.incumbent === null ? null : trialOf(state, state.incumbent);
  return {
    id: specification.id,
    state: experimentState(state),
    stopReason: state.stopReason,
    incumbent: best?.value == null ? null : { number: best.number, params: best.params, value: best.value, provisional: false },
    failure: mostFrequentFailure(state),
    counts: { ...counts },
    resource: resourceFigures(steps),
    durationSeconds: Math.round(runningMs(state, now)) / 1000,
    waitingFor: state.phase === 'active' ? waitingFor : null,
    position: state.seq,
  };
}

function mostFrequentFailure(state: ExperimentState): ResultDocument['failure'] {
  const [common] = [...state.failures].sort((a, b) => b.trials - a.trials);
  if (common === undefined) return null;
  const { reason, trials, firstTrial } = common;
  return { reason, trials, trial: firstTrial, message: trialOf(state, firstTrial).failure?.message ?? '' };
}

function resourceFigures({ used, stoppedTrials, stoppedSteps, longestCompleted, atRung }: StepTotals): ResourceFigures {
  return {
    used,
    saved: Math.max(0, stoppedTrials * longestCompleted - stoppedSteps),
    // Names that are whole numbers come in rising order.
    rungs: Object.entries(atRung).map(([resource, trials]) => ({ resource: Number(resource), trials })),
  };
}

function experimentState(state: ExperimentState): State {
  if (state.phase === 'ended') return state.finalState ?? 'stopped';
  if (state.phase === 'paused') return 'paused';
  return state.trials.length === 0 && state.limit === 0 ? 'queued' : 'running';
}
