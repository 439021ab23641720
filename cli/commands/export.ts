/** `maggy export`: an experiment as a file of another tool, on stdout or where it is said; archives are unpacked into a folder. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';
import type { ExportQuery } from '../../client/client.ts';
import { formats } from '../../exports/formats.ts';
import { api } from '../api.ts';
import { UsageError } from '../failure.ts';
import { whenAskedToEnd } from '../signals.ts';

export async function exportExperiment(id: string, query: ExportQuery, output?: string): Promise<void> {
  const { isTable, contentType } = formats[query.format];
  if (output === undefined && process.stdout.isTTY && !/text|json/.test(contentType))
    throw new UsageError(`${query.format} is nothing to read on a terminal: name a file or folder with --output`);
  const signal = whenAskedToEnd();
  const body = Readable.from(await api().export(id, query, { signal }));
  if (output === undefined) await pipeline(body, process.stdout, { signal, end: false });
  else if (isTable || /\.(tar\.gz|tgz)$/.test(output)) await writeFile(output, (to) => pipeline(body, to, { signal }));
  else {
    await mkdir(output, { recursive: true });
    await pipeline(body, createGunzip(), unpackTar(output), { signal });
  }
  if (output !== undefined) process.stderr.write(`wrote ${output}\n`);
}

/** Whole or not at all. */
async function writeFile(path: string, write: (to: Writable) => Promise<void>): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await write(createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
