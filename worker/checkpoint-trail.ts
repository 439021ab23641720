/**
 * The checkpoints that a trial has left behind. One that was replaced can no longer be resumed from, so its files go; but
 * not at once, because a Redis that restarts may have lost the registration of its successor, and not before Redis was asked what it
 * resumes from now, because it may have been away for all that time.
 */
import type { CheckpointStore } from '../training/checkpoint-store.ts';

/** Longer than what Redis may lose. */
const KEPT_MS = 5000;

export class CheckpointTrail {
  readonly #store: CheckpointStore;
  readonly #registeredNow: () => Promise<string | null>;
  #current: string | undefined;
  #replaced: { readonly id: string; readonly atMs: number }[] = [];

  /** @param registeredNow the checkpoint that the trial would be resumed from; null where that is not known */
  constructor(store: CheckpointStore, resumedFrom: string | undefined, registeredNow: () => Promise<string | null>) {
    this.#store = store;
    this.#registeredNow = registeredNow;
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

  /** Removes those that were replaced long enough ago. If one of them is resumed from again, they stay, and go with the experiment. */
  async removeDue(nowMs: number): Promise<void> {
    const due = this.#replaced.filter(({ atMs }) => nowMs - atMs >= KEPT_MS);
    if (due.length === 0) return;
    const replaced = this.#replaced;
    this.#replaced = replaced.filter(({ atMs }) => nowMs - atMs < KEPT_MS);
    const registered = await this.#registeredNow();
    if (registered === null || replaced.some(({ id }) => id === registered)) return;
    await Promise.all(due.map(({ id }) => this.#store.remove(id)));
  }

  /** Removes all that were replaced. */
  async removeAll(): Promise<void> {
    await this.removeDue(Infinity);
  }
}
