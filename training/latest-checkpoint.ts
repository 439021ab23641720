/**
 * Remembers which checkpoint of a folder a single-host run goes on from: the counterpart of the registering event that workers
 * have. One checkpoint is kept; the one before it goes once the new one is durably registered, also where another run saved it.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { type CheckpointStore, DirectoryCheckpointStore, type SavedCheckpoint } from './checkpoint-store.ts';
import { syncDirectory, writeSynced } from './durable-files.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';
import { canonicalJson } from './plain-json.ts';

const Marker = Type.Object({ run: Type.String(), id: Type.String({ pattern: '^[0-9a-f]{64}$' }), step: Type.Integer({ minimum: 1 }) });

export class LatestCheckpoint {
  readonly store: CheckpointStore;
  readonly #markerFile: string | undefined;
  readonly #run: string;
  #latest: SavedCheckpoint | undefined;
  /** The checkpoint that the next one replaces. */
  #replaced: string | undefined;

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
    const previous = this.#replaced;
    if (this.#markerFile !== undefined) {
      await writeSynced(`${this.#markerFile}.tmp`, JSON.stringify({ run: this.#run, ...saved }));
      await rename(`${this.#markerFile}.tmp`, this.#markerFile);
      await syncDirectory(dirname(this.#markerFile));
    }
    this.#latest = saved;
    this.#replaced = saved.id;
    if (previous !== undefined && previous !== saved.id) await this.store.remove(previous);
  }

  /** Removes the checkpoint of a run that is complete. */
  async clear(): Promise<void> {
    if (this.#latest === undefined) return;
    if (this.#markerFile !== undefined) await rm(this.#markerFile, { force: true });
    await this.store.remove(this.#latest.id);
    this.#latest = undefined;
    this.#replaced = undefined;
  }

  /** There is nothing to go on from where the marker is another run's, was never written to its end, or its checkpoint is gone. */
  async #find(): Promise<void> {
    if (this.#markerFile === undefined) return;
    const marker = parsed(await readFile(this.#markerFile, 'utf8').catch(() => 'null'));
    if (!Value.Check(Marker, marker) || !(await this.store.has(marker.id))) return;
    this.#replaced = marker.id;
    if (marker.run === this.#run) this.#latest = { id: marker.id, step: marker.step };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
