/**
 * The file of an archived experiment, one JSON value a line: what it is, the records of its keys, and the SHA-256 of all lines before the
 * last. A file without a true last line is none.
 */
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import { makeKeys } from '../queue/keys.ts';
import { parseLog } from '../queue/log.ts';
import { recordReader } from '../queue/records.ts';
import { readArchiveRecord, type ArchiveRecord } from '../queue/archive.ts';

const FORMAT = 'maggy-experiment';

const Head = Type.Object({
  format: Type.Literal(FORMAT),
  version: Type.Literal(1),
  id: Type.String(),
  /** ms since 1970. */
  createdAt: Type.Integer(),
});
export type ArchiveHead = Omit<Static<typeof Head>, 'format' | 'version'>;
const readHead = recordReader(Head);
const readFoot = recordReader(Type.Object({ lines: Type.Integer(), sha256: Type.String() }));

/**
 * Writes the file whole or not at all; it is on the disk when this resolves.
 * @throws {MaggyError} conflict where there is such a file
 */
export async function writeArchive(path: string, head: ArchiveHead, records: AsyncIterable<ArchiveRecord>): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await refuseExisting(path);
  const file = await open(unfinished, 'w');
  try {
    const digest = createHash('sha256');
    let lines = 0;
    const write = async (value: object): Promise<void> => {
      const line = `${JSON.stringify(value)}\n`;
      digest.update(line);
      lines += 1;
      await file.write(line);
    };
    await write({ format: FORMAT, version: 1, ...head } satisfies Static<typeof Head>);
    for await (const record of records) await write(record);
    await file.write(`${JSON.stringify({ lines, sha256: digest.digest('hex') })}\n`);
    await file.sync();
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

/** A file whose digest was found true when it was opened. */
export interface OpenedArchive {
  readonly head: ArchiveHead;
  /** From the first one, each time. */
  records(): AsyncGenerator<ArchiveRecord, void, undefined>;
}

/** @throws {MaggyError} corrupt where the file is not what was written; not-found */
export async function openArchive(path: string): Promise<OpenedArchive> {
  const digest = createHash('sha256');
  let head: ArchiveHead | undefined;
  let lines = 0;
  let last: string | undefined;
  for await (const line of linesOf(path)) {
    if (last !== undefined) {
      digest.update(`${last}\n`);
      lines += 1;
    }
    head ??= readHead(line, path);
    last = line;
  }
  const foot = lines === 0 ? undefined : readFoot(last ?? '', path);
  if (head === undefined || foot?.lines !== lines || foot.sha256 !== digest.digest('hex'))
    throw new MaggyError('corrupt', `${path} is not what was written: its digest is another`, { field: 'file', value: path });
  return { head, records: () => recordsOf(path, lines) };
}

/** The whole log in an archive. */
export async function logIn(archive: OpenedArchive): Promise<LogEvent[]> {
  const keys = makeKeys().of(archive.head.id);
  const events: LogEvent[] = [];
  for await (const record of archive.records()) {
    if (record.name === 'log' && record.type === 'stream')
      events.push(...parseLog(keys, JSON.stringify(record.value), 0).map(({ event }) => event));
  }
  return events;
}

async function* recordsOf(path: string, lines: number): AsyncGenerator<ArchiveRecord, void, undefined> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    if (number > 1 && number <= lines) yield readArchiveRecord(line, `${path} line ${number}`);
  }
}

async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  const file = await open(path).catch((error: unknown) => {
    throw new MaggyError('not-found', `${path} cannot be read`, { field: 'file', value: path, cause: error });
  });
  try {
    yield* file.readLines();
  } finally {
    await file.close();
  }
}

async function refuseExisting(path: string): Promise<void> {
  const known = await open(path).catch(() => null);
  await known?.close();
  if (known !== null) throw new MaggyError('conflict', `${path} is there already`, { field: 'output', value: path });
}
