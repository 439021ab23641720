/**
 * What another scheduler would have saved of a finished experiment: its recorded curves once as they were and once under the other
 * scheduler, in virtual time, on equally many workers. Same configurations in the same order; what another sampler would have made of
 * other outcomes nobody knows.
 *
 * Only what was recorded can be replayed. A trial that was ended early has no later curve: where the other scheduler would have let it
 * go on, it ends where it ended, and `unknown` counts it. Steps, time and the best value are then bounds and no longer exact.
 */
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import { invalid } from '../../core/errors.ts';
import type { TrialRow } from '../../core/results.ts';
import type { SearchSpace } from '../../core/space.ts';
import type { Direction } from '../../core/states.ts';
import type { Algorithms } from '../algorithms.ts';
import type { Told } from '../local-options.ts';
import { bestCompleted, countOutcomes, stepsUsed } from './measures.ts';
import { simulate, type IncumbentAt, type Simulation } from './simulate.ts';
import type { Curve, CurvePoint, Workload } from './workload.ts';

export interface RecordedExperiment {
  readonly space: SearchSpace;
  readonly direction: Direction;
  /** By number, without gaps. */
  readonly trials: readonly RecordedTrial[];
}

export interface RecordedTrial {
  readonly row: TrialRow;
  /** In the order of arrival; of a step that was reported twice the first report counts. */
  readonly reports: readonly RecordedReport[];
}

export interface RecordedReport {
  readonly attempt: number;
  readonly step: number;
  readonly value: number;
  /** ms since 1970 */
  readonly at: number;
}

export interface WhatIfOptions {
  readonly scheduler: AlgorithmChoice;
  readonly workers: number;
  readonly algorithms: Algorithms;
}

export interface WhatIf {
  readonly recorded: Outcome;
  readonly replayed: Outcome;
  /** Trials that the replay would have let go on beyond the end of what was recorded. */
  readonly unknown: number;
}

export interface Outcome {
  readonly steps: number;
  /** Virtual: without what the system itself takes. */
  readonly seconds: number;
  readonly completed: number;
  readonly best: Pick<IncumbentAt, 'trial' | 'value'> | null;
}

export function whatIf(experiment: RecordedExperiment, { scheduler, workers, algorithms }: WhatIfOptions): WhatIf {
  const curves = experiment.trials.map(recordedCurve);
  const workload: Workload = {
    space: experiment.space,
    direction: experiment.direction,
    curve: (_params, trial) => curves[trial] ?? { points: [], tailSeconds: 0, end: { state: 'failed' } },
  };
  const run = (choice: AlgorithmChoice): Simulation =>
    simulate({
      workload,
      workers,
      enqueue: experiment.trials.map(({ row }) => row.params),
      optimizer: { sampler: { type: 'random' }, scheduler: choice, maxTrials: curves.length, algorithms },
    });
  const replay = run(scheduler);
  return { recorded: outcomeOf(run({ type: 'none' })), replayed: outcomeOf(replay), unknown: countOutcomes(replay, 'withdrawn') };
}

/** Step of the longest curve: what a scheduler with rungs may dole out unless somebody says otherwise. */
export function longestCurve({ trials }: RecordedExperiment): number {
  return trials.reduce((longest, { reports }) => reports.reduce((step, report) => Math.max(step, report.step), longest), 0);
}

/** The most trials that ran at the same time. */
export function mostAtOnce({ trials }: RecordedExperiment): number {
  const changes = trials.flatMap((trial) => [
    { at: trial.row.startedAt ?? 0, by: 1 },
    { at: endOfWork(trial), by: -1 },
  ]);
  let [running, most] = [0, 1];
  for (const { by } of changes.sort((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (running += by));
  return most;
}

function outcomeOf(simulation: Simulation): Outcome {
  const best = bestCompleted(simulation);
  return {
    steps: stepsUsed(simulation),
    seconds: simulation.seconds,
    completed: countOutcomes(simulation, 'completed'),
    best: best === null ? null : { trial: best.trial, value: best.value },
  };
}

function recordedCurve(trial: RecordedTrial): Curve {
  const { row, reports } = trial;
  const tailSeconds = Math.max(0, endOfWork(trial) - (reports.at(-1)?.at ?? row.startedAt ?? 0)) / 1000;
  return { points: pointsOf(row, reports), tailSeconds, end: endOf(row) };
}

/** A stopped trial has worked until its last report: what comes after may be hours in which it was paused. */
function endOfWork({ row: { state, startedAt, endedAt }, reports }: RecordedTrial): number {
  const lastAt = reports.at(-1)?.at ?? startedAt ?? 0;
  return state === 'stopped' ? lastAt : (endedAt ?? lastAt);
}

function endOf({ number, state, value }: TrialRow): Told {
  if (state === 'completed' && value !== null) return { state: 'completed', value };
  if (state === 'failed') return { state: 'failed' };
  if (state === 'stopped' || state === 'completed') return { state: 'stopped' };
  throw invalid('experiment', `must have ended, and trial ${number} is`, state);
}

/** The first report of an attempt but the first says nothing about how long its step took: it counts as long as the trial's median. */
function pointsOf({ startedAt }: TrialRow, reports: readonly RecordedReport[]): CurvePoint[] {
  const measured = reports.map(({ attempt, at }, index) => {
    const before = reports[index - 1];
    const since = before === undefined ? (attempt === 1 ? startedAt : null) : before.attempt === attempt ? before.at : null;
    return since === null ? null : Math.max(0, at - since) / 1000;
  });
  const typical = median(measured.filter((seconds) => seconds !== null));
  const points: CurvePoint[] = [];
  for (const [index, { step, value }] of reports.entries())
    if (step > (points.at(-1)?.step ?? 0)) points.push({ step, value, seconds: measured[index] ?? typical });
  return points;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
