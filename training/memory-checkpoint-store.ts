/** A checkpoint store for plain calls and tests: as long as the process, and no longer. */
import { Readable } from 'node:stream';
import { invalid, MaggyError } from '../core/errors.ts';
import { type CheckpointStore, contentId, type OpenedFile, type StoredFile, type StoredFiles } from './checkpoint-store.ts';

export class MemoryCheckpointStore implements CheckpointStore {
  readonly #sets = new Map<string, StoredFiles>();

  async write(files: StoredFiles): Promise<string> {
    if (files.size === 0) throw invalid('files', 'must hold at least one file', 0);
    const id = contentId(files);
    this.#sets.set(id, new Map(Array.from(files, ([name, content]) => [name, content.slice()])));
    return id;
  }

  async read(id: string): Promise<StoredFiles> {
    const files = this.#sets.get(id);
    if (files === undefined) throw notFound(id);
    return files;
  }

  async openFile(id: string, name: string): Promise<OpenedFile> {
    const content = (await this.read(id)).get(name);
    if (content === undefined) throw notFound(`${id}/${name}`);
    return { sizeBytes: content.byteLength, stream: Readable.from([content]) };
  }

  async listFiles(id: string): Promise<readonly StoredFile[]> {
    const files = await this.read(id);
    return [...files].map(([name, content]) => ({ name, sizeBytes: content.byteLength })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async has(id: string): Promise<boolean> {
    return this.#sets.has(id);
  }

  async remove(id: string): Promise<void> {
    this.#sets.delete(id);
  }
}

function notFound(what: string): MaggyError {
  return new MaggyError('not-found', `Checkpoint ${what}: not in the store`, { field: 'checkpoint', value: what });
}
