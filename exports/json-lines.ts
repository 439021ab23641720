/** Trials, or the reports of their curves, as the API has them: one JSON document a line. */
import { batches } from './batches.ts';
import type { ExportedExperiment, Report } from './experiment.ts';

const LINES = 500;

export async function* writeJsonLines(documents: AsyncIterable<object>): AsyncGenerator<string, void, undefined> {
  for await (const batch of batches(documents, LINES)) yield batch.map((document) => `${JSON.stringify(document)}\n`).join('');
}

export async function* reportDocuments(experiment: ExportedExperiment): AsyncGenerator<Report & { trial: number }, void, undefined> {
  for await (const { trial, reports } of experiment.runs()) for await (const report of reports) yield { trial: trial.number, ...report };
}
