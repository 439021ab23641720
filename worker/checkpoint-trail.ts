/**
 * The checkpoints that a trial has left behind. One that was replaced can no longer be resumed from, so its files go; but
 * not at once, because a Redis that restarts may have lost the registration of its successor.
 */
import type { CheckpointStore } from '../training/checkpoint-store.ts';

/** Longer than what Redis may lose. */
const KEPT_MS = 5000;

export class CheckpointTrail {
  readonly #store: CheckpointStore;
  #current: string | undefined;
  #replaced: { readonly id: string; readonly atMs: number }[] = [];

  constructor(store: CheckpointStore, resumedFrom: string | undefined) {
    this.#store = store;
    this.#current = resumedFrom;
  }

  /** Whether no files of a replaced checkpoint are left. */
  get isClean(): boolean {
    return this.#replaced.length === 0;
  }

  /** A checkpoint was registered in the place of the one before it. */
  registered(id: string, nowMs: number): void {
    // A trial that saves the same state again goes back to an id it had replaced.
    this.#replaced = this.#replaced.filter((old) => old.id !== id);
    if (this.#current !== undefined && this.#current !== id) this.#replaced.push({ id: this.#current, atMs: nowMs });
    this.#current = id;
  }

  /** Removes those that were replaced long enough ago. */
  async removeDue(nowMs: number): Promise<void> {
    const due = this.#replaced.filter(({ atMs }) => nowMs - atMs >= KEPT_MS);
    this.#replaced = this.#replaced.filter(({ atMs }) => nowMs - atMs < KEPT_MS);
    await Promise.all(due.map(({ id }) => this.#store.remove(id)));
  }

  /** Removes all that were replaced. */
  async removeAll(): Promise<void> {
    await this.removeDue(Infinity);
  }
}
