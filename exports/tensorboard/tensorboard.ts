/**
 * An experiment as a log directory of TensorBoard: a run for each trial with its curves and hyperparameters, and one file that describes
 * the search space, which is what the HParams dashboard goes by. TensorBoard's scalars are 32-bit floats.
 */
import type { TrialRow } from '../../core/results.ts';
import { isFinal } from '../../core/states.ts';
import type { ExportedFile } from '../archive.ts';
import { measurements, type ExportedExperiment, type Run } from '../experiment.ts';
import { experimentValue, scalar, sessionEndValue, sessionStartValue, sessionStatus, summaryEvent, versionEvent } from './messages.ts';
import { recordOf } from './records.ts';

export async function* tensorboardFiles(experiment: ExportedExperiment): AsyncGenerator<ExportedFile, void, undefined> {
  const { specification, createdAt } = experiment;
  const { id, name = id, space, metric } = specification;
  const seconds = createdAt / 1000;
  yield file(id, createdAt, [versionEvent(seconds), summaryEvent(seconds, 0, [experimentValue(name, seconds, space, metric)])]);
  for await (const run of experiment.runs()) yield file(`${id}/trial-${run.trial.number}`, createdAt, await runEvents(run, createdAt));
}

async function runEvents(run: Run, createdAt: number): Promise<Uint8Array[]> {
  const { trial } = run;
  const startedAt = (trial.startedAt ?? createdAt) / 1000;
  const events = [
    versionEvent(startedAt),
    summaryEvent(startedAt, 0, [sessionStartValue(trial.params, `trial ${trial.number}`, startedAt)]),
  ];
  for await (const { step, at, metrics } of measurements(run)) {
    const values = Object.entries(metrics).map(([metric, value]) => scalar(metric, value));
    events.push(summaryEvent(at / 1000, step, values));
  }
  const { endedAt } = trial;
  if (endedAt !== null) events.push(summaryEvent(endedAt / 1000, 0, [sessionEndValue(statusOf(trial), endedAt / 1000)]));
  return events;
}

function statusOf({ state }: TrialRow): (typeof sessionStatus)[keyof typeof sessionStatus] {
  if (state === 'failed') return sessionStatus.failure;
  return isFinal(state) ? sessionStatus.success : sessionStatus.running;
}

/** TensorBoard takes a file for events by the `tfevents` in its name, and orders them by the time in it. */
function file(folder: string, changedAt: number, events: readonly Uint8Array[]): ExportedFile {
  const records = events.map(recordOf);
  const bytes = new Uint8Array(records.reduce((length, record) => length + record.length, 0));
  let at = 0;
  for (const record of records) {
    bytes.set(record, at);
    at += record.length;
  }
  return { name: `${folder}/events.out.tfevents.${Math.floor(changedAt / 1000)}.maggy`, bytes, changedAt };
}
