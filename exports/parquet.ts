/** A table as Parquet, compressed with Snappy, one row group after the other. Every column is optional: absent is null. */
import { ByteWriter, ParquetWriter, schemaFromColumnData, type BasicType } from 'hyparquet-writer';
import { batches } from './batches.ts';
import type { Cell, Column, Table } from './tables.ts';

/** A row group is held in memory, and read as a whole. */
const ROWS = 10_000;

const types: Readonly<Record<Column['type'], BasicType>> = {
  text: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
};

export async function* writeParquet({ columns, rows }: Table): AsyncGenerator<Uint8Array, void, undefined> {
  const described = columns.map(({ name, type }) => ({ name, type: types[type], nullable: true }));
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: described.map((column) => ({ ...column, data: [] })) }),
    createdBy: 'maggy',
  });
  for await (const batch of batches(rows, ROWS)) {
    const columnData = described.map((column, at) => ({
      ...column,
      data: batch.map((row) => stored(row[at] ?? null, columns[at]?.type)),
    }));
    // Its writer is in memory, so neither call has anything to wait for.
    void file.write({ columnData, rowGroupSize: ROWS });
    yield taken(bytes);
  }
  void file.finish();
  yield taken(bytes);
}

function stored(cell: Cell, type: Column['type'] | undefined): Cell | bigint | Date {
  if (typeof cell !== 'number') return cell;
  if (type === 'integer') return BigInt(cell);
  return type === 'time' ? new Date(cell) : cell;
}

/** What was written since; the offset goes on, since the footer says where everything lies. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice();
  bytes.index = 0;
  return chunk;
}
