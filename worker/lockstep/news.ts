/** Hints that a group has changed, for whoever in this worker has to do with it. Behind them everybody also polls. */
import type { Hints } from '../../queue/hints.ts';

export class GroupNews {
  readonly #listeners = new Map<string, Set<() => void>>();

  static async open(hints: Hints, channel: string): Promise<GroupNews> {
    const news = new GroupNews();
    await hints.listen(channel, (group) => {
      for (const listener of news.#listeners.get(group) ?? []) listener();
    });
    return news;
  }

  /** Calls `listener` at each hint; answers the function that ends it. */
  on(group: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(group) ?? new Set();
    this.#listeners.set(group, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(group);
    };
  }

  /** Resolves at the next hint, or after `ms`. */
  async next(group: string, ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        stop();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const stop = this.on(group, done);
    });
  }
}
