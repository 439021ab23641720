/**
 * A way to Redis that is cut after so many commands, as if the process that goes by it were killed between that command and its answer.
 * Nothing passes any more, on no connection, until the way is open again.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandCounter } from './command-counter.ts';

export class CuttingProxy {
  /** Path of the Unix socket to connect to. */
  readonly url: string;
  readonly #folder: string;
  readonly #target: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #left: number;
  #state: 'counting' | 'cut' | 'open' = 'counting';

  private constructor(folder: string, target: string, commands: number) {
    this.#folder = folder;
    this.#target = target;
    this.#left = commands;
    this.url = join(folder, 'redis.sock');
    this.#server = createServer((client) => this.#join(client));
  }

  /**
   * @param target path of the Unix socket of Redis
   * @param commands that reach Redis before the way is cut; the answer of the last one is lost
   */
  static async start(target: string, commands = Infinity): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(await mkdtemp(join(tmpdir(), 'maggy-proxy-')), target, commands);
    await once(proxy.#server.listen(proxy.url), 'listening');
    return proxy;
  }

  get isCut(): boolean {
    return this.#state === 'cut';
  }

  /** Lets everything pass again, until it is cut anew. */
  reopen(): void {
    this.#state = 'open';
  }

  /** Cuts the way after so many commands from now on. */
  cutAfter(commands: number): void {
    this.#left = commands;
    this.#state = 'counting';
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true });
  }

  #join(client: Socket): void {
    if (this.#state === 'cut') {
      client.destroy();
      return;
    }
    const redis = connect(this.#target);
    const counter = new CommandCounter();
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
    redis.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => this.#pass(chunk, redis, counter));
  }

  #pass(chunk: Buffer, redis: Socket, counter: CommandCounter): void {
    if (this.#state === 'cut') return;
    const { commands, bytes } = counter.read(chunk, this.#state === 'open' ? Infinity : this.#left);
    this.#left -= commands;
    if (this.#state === 'open' || this.#left > 0) {
      redis.write(chunk);
      return;
    }
    this.#state = 'cut';
    this.#open.delete(redis);
    for (const socket of this.#open) socket.destroy();
    // What was let through still arrives.
    redis.removeAllListeners('data').resume().end(chunk.subarray(0, bytes));
  }
}
