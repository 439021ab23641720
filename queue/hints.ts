/**
 * Hints over publish/subscribe: "the log grew", "a decision was made". A hint may get lost; whoever listens also polls.
 * One connection serves all channels of a process.
 */
import type { Redis } from 'ioredis';
import { connect } from './connection.ts';

type Listener = (message: string) => void;

interface Channel {
  readonly listeners: Set<Listener>;
  readonly subscribed: Promise<unknown>;
}

export class Hints {
  readonly #redis: Redis;
  readonly #channels = new Map<string, Channel>();

  constructor(url: string, onError?: (error: Error) => void) {
    this.#redis = connect(url, 'patient', onError);
    this.#redis.on('message', (name: string, message: string) => {
      for (const listener of this.#channels.get(name)?.listeners ?? []) listener(message);
    });
  }

  /** Calls `listener` with each message; resolves when the subscription stands, with the function that ends it. */
  async listen(name: string, listener: Listener): Promise<() => Promise<void>> {
    const channel = this.#channels.get(name) ?? this.#open(name);
    channel.listeners.add(listener);
    // Whoever joins while another is subscribing waits as well.
    await channel.subscribed;
    return async () => {
      if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
      this.#channels.delete(name);
      await this.#redis.unsubscribe(name);
    };
  }

  #open(name: string): Channel {
    const channel = { listeners: new Set<Listener>(), subscribed: this.#redis.subscribe(name) };
    this.#channels.set(name, channel);
    // Told to those who wait for it; the next one to listen tries again.
    channel.subscribed.catch(() => this.#channels.delete(name));
    return channel;
  }

  close(): void {
    this.#redis.disconnect();
  }
}
