/**
 * An experiment as MLflow's own folder of runs (`mlruns`): one run a trial, with params, metrics and tags, as its file store lays them out.
 * Names that MLflow refuses have `_` in the place of what it does not take.
 */
import { stringify } from 'yaml';
import { murmur3 } from '../core/murmur3.ts';
import type { TrialRow } from '../core/results.ts';
import type { State } from '../core/states.ts';
import type { ExportedFile } from './archive.ts';
import { measurements, type ExportedExperiment, type Run } from './experiment.ts';

const encoder = new TextEncoder();

/** RunStatus of MLflow: RUNNING 1, SCHEDULED 2, FINISHED 3, FAILED 4, KILLED 5. */
const statuses: Readonly<Record<State, number>> = { queued: 2, running: 1, paused: 1, completed: 3, stopped: 5, failed: 4 };

/** Without these a folder is no run to it. */
const requiredFolders = ['artifacts', 'metrics', 'params'];

/** SourceType LOCAL. */
const localSource = 4;

export async function* mlflowFiles(experiment: ExportedExperiment): AsyncGenerator<ExportedFile, void, undefined> {
  const { specification, createdAt } = experiment;
  const { id, name } = specification;
  const experimentId = experimentNumber(id);
  const folder = `mlruns/${experimentId}`;
  const meta = {
    artifact_location: folder,
    creation_time: createdAt,
    experiment_id: experimentId,
    last_update_time: createdAt,
    lifecycle_stage: 'active',
    name: name === undefined ? id : `${name} (${id})`,
  };
  yield file(`${folder}/meta.yaml`, stringify(meta), createdAt);
  const tags = { 'maggy.experiment': id, 'maggy.trainingFunction': specification.trainingFunction.name, 'maggy.kind': specification.kind };
  for (const [tag, value] of Object.entries(tags)) yield file(`${folder}/tags/${tag}`, value, createdAt);
  for await (const run of experiment.runs()) yield* runFiles(run, folder, experimentId, experiment);
}

async function* runFiles(
  run: Run,
  experimentFolder: string,
  experimentId: string,
  { specification, createdAt }: ExportedExperiment,
): AsyncGenerator<ExportedFile, void, undefined> {
  const { trial } = run;
  const runId = hexOf(`${specification.id}/${trial.number}`);
  const folder = `${experimentFolder}/${runId}`;
  const runName = `trial ${trial.number}`;
  const startedAt = trial.startedAt ?? createdAt;
  const meta = {
    artifact_uri: `${folder}/artifacts`,
    end_time: trial.endedAt,
    entry_point_name: '',
    experiment_id: experimentId,
    lifecycle_stage: 'active',
    run_id: runId,
    run_name: runName,
    source_name: '',
    source_type: localSource,
    source_version: '',
    start_time: startedAt,
    status: statuses[trial.state],
    tags: [],
    user_id: 'maggy',
  };
  yield file(`${folder}/meta.yaml`, stringify(meta), startedAt);
  for (const name of requiredFolders) yield file(`${folder}/${name}/`, '', startedAt);
  for (const [name, value] of Object.entries(trial.params)) yield file(`${folder}/params/${legalName(name)}`, String(value), startedAt);
  for (const [name, value] of Object.entries(tagsOf(trial, runName))) yield file(`${folder}/tags/${name}`, value, startedAt);
  for (const [name, lines] of await series(run)) yield file(`${folder}/metrics/${legalName(name)}`, lines.join(''), startedAt);
}

function tagsOf({ number, state, seed, worker, failure }: TrialRow, runName: string): Record<string, string> {
  return {
    'mlflow.runName': runName,
    'maggy.trial': String(number),
    'maggy.state': state,
    'maggy.seed': String(seed),
    ...(worker === null ? {} : { 'maggy.worker': worker }),
    ...(failure === null ? {} : { 'maggy.failure': `${failure.reason}: ${failure.message}` }),
  };
}

/** Of each metric the lines of its file: time, value, step. */
async function series(run: Run): Promise<Map<string, string[]>> {
  const lines = new Map<string, string[]>();
  for await (const { at, step, metrics } of measurements(run)) {
    for (const [name, value] of Object.entries(metrics)) {
      const known = lines.get(name) ?? [];
      known.push(`${at} ${value} ${step}\n`);
      lines.set(name, known);
    }
  }
  return lines;
}

/** Such a name is a path in the folder of runs, so it must not lead out of it. */
function legalName(name: string): string {
  return name
    .replaceAll(/[^\w./ -]/g, '_')
    .split('/')
    .map((part) => (/^\.*$/.test(part) ? '_' : part))
    .join('/');
}

/** What MLflow's databases take for a number. */
function experimentNumber(id: string): string {
  return String(murmur3(encoder.encode(id), 0)[0] >>> 1);
}

function hexOf(text: string): string {
  return murmur3(encoder.encode(text), 0)
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
}

function file(name: string, text: string, changedAt: number): ExportedFile {
  return { name, bytes: encoder.encode(text), changedAt };
}
