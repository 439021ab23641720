/**
 * Remembers which checkpoint of a folder a single-host run goes on from: the counterpart of the registering event that workers
 * have. One checkpoint is kept; the one before it goes once the new one is registered.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { type CheckpointStore, DirectoryCheckpointStore, type SavedCheckpoint } from './checkpoint-store.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';
import { canonicalJson } from './plain-json.ts';

const Marker = Type.Object({ run: Type.String(), id: Type.String(), step: Type.Integer({ minimum: 1 }) });

export class LatestCheckpoint {
  readonly store: CheckpointStore;
  readonly #markerFile: string | undefined;
  readonly #run: string;
  #latest: SavedCheckpoint | undefined;

  private constructor(folder: string | undefined, run: string) {
    this.store = folder === undefined ? new MemoryCheckpointStore() : new DirectoryCheckpointStore(folder);
    this.#markerFile = folder === undefined ? undefined : join(folder, 'latest.json');
    this.#run = run;
  }

  /** Of the run that `identity` (plain JSON) tells from others; in memory without a folder. */
  static async open(folder: string | undefined, identity: object): Promise<LatestCheckpoint> {
    const opened = new LatestCheckpoint(folder, canonicalJson(identity));
    if (folder !== undefined) await mkdir(folder, { recursive: true });
    await opened.#find();
    return opened;
  }

  get latest(): SavedCheckpoint | undefined {
    return this.#latest;
  }

  async register(saved: SavedCheckpoint): Promise<void> {
    const previous = this.#latest;
    if (this.#markerFile !== undefined) {
      await writeFile(`${this.#markerFile}.tmp`, JSON.stringify({ run: this.#run, ...saved }));
      await rename(`${this.#markerFile}.tmp`, this.#markerFile);
    }
    this.#latest = saved;
    if (previous !== undefined && previous.id !== saved.id) await this.store.remove(previous.id);
  }

  /** Removes the checkpoint of a run that is complete. */
  async clear(): Promise<void> {
    if (this.#latest === undefined) return;
    if (this.#markerFile !== undefined) await rm(this.#markerFile, { force: true });
    await this.store.remove(this.#latest.id);
    this.#latest = undefined;
  }

  /** A marker of another run, or one whose checkpoint is gone, is as good as none. */
  async #find(): Promise<void> {
    if (this.#markerFile === undefined) return;
    const text = await readFile(this.#markerFile, 'utf8').catch(() => 'null');
    const marker: unknown = JSON.parse(text);
    if (!Value.Check(Marker, marker) || marker.run !== this.#run) return;
    if (await this.store.has(marker.id)) this.#latest = { id: marker.id, step: marker.step };
  }
}
