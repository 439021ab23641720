/** A table as CSV with a header. Times are ISO 8601 in UTC. */
import { csvRow } from '../core/csv.ts';
import { batches } from './batches.ts';
import type { Cell, Column, Table } from './tables.ts';

const ROWS = 500;

export async function* writeCsv({ columns, rows }: Table): AsyncGenerator<string, void, undefined> {
  yield csvRow(columns.map(({ name }) => name));
  for await (const batch of batches(rows, ROWS)) yield batch.map((row) => csvRow(row.map((cell, at) => shown(cell, columns[at])))).join('');
}

function shown(cell: Cell, column: Column | undefined): Cell {
  return column?.type === 'time' && typeof cell === 'number' ? new Date(cell).toISOString() : cell;
}
