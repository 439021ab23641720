/**
 * Hints over publish/subscribe: "the log grew", "a decision was made". A hint may get lost; whoever listens also polls.
 * One connection serves all channels of a process.
 */
import type { Redis } from 'ioredis';
import { connect } from './connection.ts';

type Listener = (message: string) => void;

export class Hints {
  readonly #redis: Redis;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(url: string, onError?: (error: Error) => void) {
    this.#redis = connect(url, 'patient', onError);
    this.#redis.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message);
    });
  }

  /** Calls `listener` with each message; resolves when the subscription stands, with the function that ends it. */
  async listen(channel: string, listener: Listener): Promise<() => Promise<void>> {
    const known = this.#listeners.get(channel);
    if (known) known.add(listener);
    else {
      this.#listeners.set(channel, new Set([listener]));
      await this.#redis.subscribe(channel);
    }
    return async () => {
      const listeners = this.#listeners.get(channel);
      if (!listeners?.delete(listener) || listeners.size > 0) return;
      this.#listeners.delete(channel);
      await this.#redis.unsubscribe(channel);
    };
  }

  close(): void {
    this.#redis.disconnect();
  }
}
