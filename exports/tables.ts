/**
 * An experiment as two tables: its trials, one a row with a column for each parameter and metric, and their curves, one measurement a row
 * ("long", as data frames want them: Wickham 2014). CSV and Parquet are two ways to write either.
 */
import type { TrialRow } from '../core/results.ts';
import type { Parameter, SearchSpace } from '../core/space.ts';
import type { ExportedExperiment } from './experiment.ts';

/** A time is in ms since 1970; null stands for what is absent. */
export type Cell = string | number | boolean | null;
type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'time';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<readonly Cell[]>;
}

interface TrialColumn extends Column {
  readonly cell: (trial: TrialRow) => Cell;
}

/** Reads the trials twice: which metrics there are, and so which columns, only all of them can tell. */
export async function trialTable(experiment: ExportedExperiment): Promise<Table> {
  const metrics = new Set<string>();
  for await (const trial of experiment.trials()) for (const name of Object.keys(trial.metrics ?? {})) metrics.add(name);
  const columns: TrialColumn[] = [
    { name: 'number', type: 'integer', cell: ({ number }) => number },
    { name: 'state', type: 'text', cell: ({ state }) => state },
    { name: 'value', type: 'number', cell: ({ value }) => value },
    ...paramColumns(experiment.specification.space),
    ...[...metrics].map((name): TrialColumn => {
      return { name: `metrics.${name}`, type: 'number', cell: (trial) => trial.metrics?.[name] ?? null };
    }),
    { name: 'lastStep', type: 'integer', cell: ({ lastStep }) => lastStep },
    { name: 'reports', type: 'integer', cell: ({ reports }) => reports },
    { name: 'attempts', type: 'integer', cell: ({ attempts }) => attempts },
    { name: 'seed', type: 'integer', cell: ({ seed }) => seed },
    { name: 'origin', type: 'text', cell: ({ origin }) => origin },
    { name: 'failureReason', type: 'text', cell: ({ failure }) => failure?.reason ?? null },
    { name: 'failureMessage', type: 'text', cell: ({ failure }) => failure?.message ?? null },
    { name: 'worker', type: 'text', cell: ({ worker }) => worker },
    { name: 'slot', type: 'integer', cell: ({ slot }) => slot },
    { name: 'startedAt', type: 'time', cell: ({ startedAt }) => startedAt },
    { name: 'endedAt', type: 'time', cell: ({ endedAt }) => endedAt },
    { name: 'durationSeconds', type: 'number', cell: ({ durationSeconds }) => durationSeconds },
  ];
  return { columns, rows: trialRows(experiment, columns) };
}

async function* trialRows(experiment: ExportedExperiment, columns: readonly TrialColumn[]): AsyncGenerator<Cell[], void, undefined> {
  for await (const trial of experiment.trials()) yield columns.map(({ cell }) => cell(trial));
}

function paramColumns(space: SearchSpace): TrialColumn[] {
  return Object.entries(space).map(([name, parameter]) => {
    const type = typeOf(parameter);
    const cell = ({ params }: TrialRow): Cell => {
      const value = params[name] ?? null;
      return type === 'text' && value !== null ? String(value) : value;
    };
    return { name: `params.${name}`, type, cell };
  });
}

/** Of all values that it can take: a column has one type. */
function typeOf(parameter: Parameter): ColumnType {
  if (parameter.type === 'float') return 'number';
  if (parameter.type === 'int') return 'integer';
  const values = parameter.type === 'constant' ? [parameter.value] : parameter.choices;
  if (values.every((value) => typeof value === 'boolean')) return 'boolean';
  if (!values.every((value) => typeof value === 'number')) return 'text';
  return values.every((value) => Number.isSafeInteger(value)) && parameter.type !== 'constant' ? 'integer' : 'number';
}

export function curveTable(experiment: ExportedExperiment): Table {
  const columns: Column[] = [
    { name: 'trial', type: 'integer' },
    { name: 'attempt', type: 'integer' },
    { name: 'step', type: 'integer' },
    { name: 'at', type: 'time' },
    { name: 'metric', type: 'text' },
    { name: 'value', type: 'number' },
  ];
  return { columns, rows: curveRows(experiment) };
}

async function* curveRows(experiment: ExportedExperiment): AsyncGenerator<Cell[], void, undefined> {
  for await (const { trial, reports } of experiment.runs()) {
    for await (const { attempt, step, at, metrics } of reports) {
      for (const [metric, value] of Object.entries(metrics)) yield [trial.number, attempt, step, at, metric, value];
    }
  }
}
