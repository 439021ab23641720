/** Every format that an experiment can be exported to: the one list that the API, the command line and the documentation go by. */
import { invalid } from '../core/errors.ts';
import { tarOf } from './archive.ts';
import { writeCsv } from './csv.ts';
import type { ExportedExperiment } from './experiment.ts';
import { reportDocuments, writeJsonLines } from './json-lines.ts';
import { mlflowFiles } from './mlflow.ts';
import { writeParquet } from './parquet.ts';
import { curveTable, trialTable, type Table } from './tables.ts';
import { tensorboardFiles } from './tensorboard/tensorboard.ts';

export const formatNames = ['csv', 'jsonl', 'parquet', 'tensorboard', 'mlflow'] as const;
export type FormatName = (typeof formatNames)[number];

/** What of an experiment: a row for each trial, or one for each measurement. */
export const tableNames = ['trials', 'curves'] as const;
export type TableName = (typeof tableNames)[number];

type Chunks = AsyncIterable<string | Uint8Array>;

interface Format {
  /** Of the file. */
  readonly extension: string;
  readonly contentType: string;
  /** Whether there is a table to choose; the others hold trials and curves, and are archives that are still to be compressed. */
  readonly isTable: boolean;
  write(experiment: ExportedExperiment, table: TableName): Chunks;
}

export const formats: Readonly<Record<FormatName, Format>> = {
  csv: {
    extension: 'csv',
    contentType: 'text/csv; charset=utf-8',
    isTable: true,
    write: (experiment, table) => written(experiment, table, writeCsv),
  },
  jsonl: {
    extension: 'jsonl',
    contentType: 'application/jsonl',
    isTable: true,
    write: (experiment, table) => writeJsonLines(table === 'trials' ? experiment.trials() : reportDocuments(experiment)),
  },
  parquet: {
    extension: 'parquet',
    contentType: 'application/vnd.apache.parquet',
    isTable: true,
    write: (experiment, table) => written(experiment, table, writeParquet),
  },
  tensorboard: {
    extension: 'tar.gz',
    contentType: 'application/gzip',
    isTable: false,
    write: (experiment) => tarOf(tensorboardFiles(experiment)),
  },
  mlflow: {
    extension: 'tar.gz',
    contentType: 'application/gzip',
    isTable: false,
    write: (experiment) => tarOf(mlflowFiles(experiment)),
  },
};

/** @throws MaggyError `invalid` for a table of a format that holds everything */
export function tableFor(format: FormatName, table: TableName | undefined): TableName {
  if (table !== undefined && !formats[format].isTable) {
    throw invalid('table', `must be absent for ${format}, which holds trials and curves`, table);
  }
  return table ?? 'trials';
}

async function* written(
  experiment: ExportedExperiment,
  table: TableName,
  write: (table: Table) => Chunks,
): AsyncGenerator<string | Uint8Array, void, undefined> {
  yield* write(table === 'trials' ? await trialTable(experiment) : curveTable(experiment));
}
