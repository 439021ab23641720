/**
 * Where checkpoints and artefacts live: small sets of named files, each set named by its content. A store promises that an
 * id it returned is whole and durable; which ids may be resumed from is decided elsewhere, by a registered event.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { invalid, MaggyError } from '../core/errors.ts';
import { syncDirectory, writeSynced } from './durable-files.ts';

/** What is registered of a checkpoint: where it lies, and the step it was saved after. */
export interface SavedCheckpoint {
  readonly id: string;
  readonly step: number;
}

/** File name → content. */
export type StoredFiles = ReadonlyMap<string, Uint8Array>;

export interface OpenedFile {
  readonly sizeBytes: number;
  readonly stream: Readable;
}

export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** Ids and file names that were not produced by a store are refused with `invalid`; absent ones with `not-found`. */
export interface CheckpointStore {
  /** Writes the files and resolves with their id once they are durable. The same content has the same id and is written once. */
  write(files: StoredFiles): Promise<string>;
  read(id: string): Promise<StoredFiles>;
  openFile(id: string, name: string): Promise<OpenedFile>;
  /** By name. */
  listFiles(id: string): Promise<readonly StoredFile[]>;
  has(id: string): Promise<boolean>;
  /** Removes the files; removing what is not there changes nothing. */
  remove(id: string): Promise<void>;
}

const idPattern = /^[0-9a-f]{64}$/;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** The id of a set of files: SHA-256 over names, lengths and contents in the order of the names. */
export function contentId(files: StoredFiles): string {
  const hash = createHash('sha256');
  for (const name of [...files.keys()].sort()) {
    const content = files.get(checkedName(name)) ?? new Uint8Array();
    hash.update(`${name}\n${content.byteLength}\n`).update(content);
  }
  return hash.digest('hex');
}

const temporaryPrefix = '.tmp-';
/** No writer takes so long. */
const staleMs = 3_600_000;

/**
 * A directory, one folder an id; several machines may share it on one volume. A folder is written under a temporary name,
 * each file and the folder synced, then renamed, then the root synced: what has an id survives a power cut, and a crash in
 * between leaves only a temporary folder. Folders are spread over 256 by their first two digits, so that none grows too long.
 */
export class DirectoryCheckpointStore implements CheckpointStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async write(files: StoredFiles): Promise<string> {
    if (files.size === 0) throw invalid('files', 'must hold at least one file', 0);
    const id = contentId(files);
    const shelf = join(this.#root, id.slice(0, 2));
    if (await this.has(id)) {
      // Its writer may have renamed it a moment ago, and not have synced the shelf yet.
      await this.#syncShelf(shelf);
      return id;
    }
    await mkdir(shelf, { recursive: true });
    await sweep(shelf);
    const temporary = temporaryOn(shelf);
    try {
      await mkdir(temporary);
      for (const [name, content] of files) await writeSynced(join(temporary, name), content);
      await syncDirectory(temporary);
      await renameUnlessThere(temporary, join(shelf, id));
      await this.#syncShelf(shelf);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return id;
  }

  async read(id: string): Promise<StoredFiles> {
    const folder = this.#folder(id);
    const names = await readdir(folder).catch((cause: unknown) => Promise.reject(notFound(id, cause)));
    const reading = Promise.all(names.map((name) => readFile(join(folder, name))));
    const contents = await reading.catch((cause: unknown) => Promise.reject(notFound(id, cause)));
    const files = new Map(names.map((name, at) => [name, contents[at] ?? new Uint8Array()]));
    if (contentId(files) !== id) {
      throw new MaggyError('corrupt', `Checkpoint ${id}: its content no longer matches its id`, { field: 'checkpoint', value: id });
    }
    return files;
  }

  async openFile(id: string, name: string): Promise<OpenedFile> {
    const path = join(this.#folder(id), checkedName(name));
    const { size } = await stat(path).catch((cause: unknown) => Promise.reject(notFound(`${id}/${name}`, cause)));
    return { sizeBytes: size, stream: createReadStream(path) };
  }

  async listFiles(id: string): Promise<readonly StoredFile[]> {
    const folder = this.#folder(id);
    try {
      const names = await readdir(folder);
      return await Promise.all(names.sort().map(async (name) => ({ name, sizeBytes: (await stat(join(folder, name))).size })));
    } catch (cause) {
      throw notFound(id, cause);
    }
  }

  async has(id: string): Promise<boolean> {
    return access(this.#folder(id)).then(
      () => true,
      () => false,
    );
  }

  async remove(id: string): Promise<void> {
    const folder = this.#folder(id);
    const temporary = temporaryOn(dirname(folder));
    try {
      // First out of sight as a whole: what has its name holds all of its files, whatever ends this process.
      await rename(folder, temporary);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    await rm(temporary, { recursive: true, force: true });
  }

  async #syncShelf(shelf: string): Promise<void> {
    await syncDirectory(shelf);
    await syncDirectory(this.#root);
  }

  #folder(id: string): string {
    if (!idPattern.test(id)) throw invalid('checkpoint', 'must be 64 hexadecimal digits', id);
    return join(this.#root, id.slice(0, 2), id);
  }
}

/** A name that no id has, of a folder that is being written or removed. */
function temporaryOn(shelf: string): string {
  return join(shelf, `${temporaryPrefix}${process.pid}-${randomUUID()}`);
}

/** Removes what processes that were killed while they wrote or removed left on a shelf. */
async function sweep(shelf: string): Promise<void> {
  const names = await readdir(shelf);
  for (const name of names.filter((name) => name.startsWith(temporaryPrefix))) {
    const folder = join(shelf, name);
    const written = await stat(folder).catch(() => null);
    if (written !== null && Date.now() - written.mtimeMs > staleMs) await rm(folder, { recursive: true, force: true });
  }
}

function checkedName(name: string): string {
  if (!namePattern.test(name)) throw invalid('file', 'must be a plain file name', name);
  return name;
}

function notFound(what: string, cause: unknown): MaggyError {
  return new MaggyError('not-found', `Checkpoint ${what}: not in the store`, { field: 'checkpoint', value: what, cause });
}

/** Another writer of the same content may have been first; its folder holds the same bytes. */
async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
