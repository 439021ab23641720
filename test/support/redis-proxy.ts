/** A way to Redis that networks may do their worst to: hold bytes up, lose those of one direction or of both, reset connections. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where bytes come from: whoever connected here, or Redis. */
type Side = 'client' | 'redis';

export class RedisProxy {
  readonly #target: string;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, Side>();
  /** From whom nothing passes. */
  #held: ReadonlySet<Side> = new Set();
  #delayMs = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  /** @param target of Redis: a `redis://` URL or the path of a Unix socket */
  static async start(target: string): Promise<RedisProxy> {
    const proxy = new RedisProxy(target);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** To connect to instead. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return `redis://127.0.0.1:${address.port}`;
  }

  /** Bytes wait in both directions, as in a partition of the network. */
  cut(): void {
    this.#hold(['client', 'redis']);
  }

  /** What is sent arrives, and no answer comes back: each side takes the other for silent. */
  halfOpen(): void {
    this.#hold(['redis']);
  }

  /** Every piece arrives so much later. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Connections are gone; new ones may be made at once. */
  reset(): void {
    for (const [socket, side] of this.#sockets) if (side === 'client') socket.resetAndDestroy();
  }

  /** Everything passes again. What was connected while it did not is gone, as after a partition. */
  heal(): void {
    this.#delayMs = 0;
    const wasHeld = this.#held.size > 0;
    this.#hold([]);
    if (wasHeld) this.reset();
  }

  close(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#server.close();
  }

  #hold(sides: readonly Side[]): void {
    this.#held = new Set(sides);
    for (const [socket, side] of this.#sockets) {
      if (this.#held.has(side)) socket.pause();
      else socket.resume();
    }
  }

  #join(client: Socket): void {
    const redis = this.#target.startsWith('/') ? connect(this.#target) : connectTo(new URL(this.#target));
    this.#pass(client, redis, 'client');
    this.#pass(redis, client, 'redis');
  }

  #pass(from: Socket, to: Socket, side: Side): void {
    this.#sockets.set(from, side);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    let waiting = 0;
    let last = Promise.resolve();
    from.on('data', (chunk) => {
      const dueAt = performance.now() + this.#delayMs;
      if (this.#delayMs === 0 && waiting === 0) {
        to.write(chunk);
        return;
      }
      // What follows on something that waits arrives after it, also when the network is quick again.
      waiting += 1;
      last = last.then(async () => {
        await sleep(Math.max(0, dueAt - performance.now()));
        to.write(chunk);
        waiting -= 1;
      });
    });
    if (this.#held.has(side)) from.pause();
  }
}

function connectTo({ hostname, port }: URL): Socket {
  return connect(Number(port || 6379), hostname);
}
