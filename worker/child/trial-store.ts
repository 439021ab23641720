/**
 * The checkpoint store as one trial sees it. Stores name content, so two trials that save the same state would share an id,
 * and the one that is done with it could not remove it; what a trial writes carries its number, which makes the id its own.
 */
import type { CheckpointStore, OpenedFile, StoredFile, StoredFiles } from '../../training/checkpoint-store.ts';
import { json } from '../../training/weights.ts';

export class TrialStore implements CheckpointStore {
  readonly #store: CheckpointStore;
  readonly #trial: number;

  constructor(store: CheckpointStore, trial: number) {
    this.#store = store;
    this.#trial = trial;
  }

  write(files: StoredFiles): Promise<string> {
    return this.#store.write(new Map([...files, ['trial.json', json({ trial: this.#trial })]]));
  }

  read(id: string): Promise<StoredFiles> {
    return this.#store.read(id);
  }

  openFile(id: string, name: string): Promise<OpenedFile> {
    return this.#store.openFile(id, name);
  }

  listFiles(id: string): Promise<readonly StoredFile[]> {
    return this.#store.listFiles(id);
  }

  has(id: string): Promise<boolean> {
    return this.#store.has(id);
  }

  remove(id: string): Promise<void> {
    return this.#store.remove(id);
  }
}
