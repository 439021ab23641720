/** A way to Redis that can be cut: while it is, bytes wait in both directions, as in a partition of the network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RedisProxy {
  /** Path of the Unix socket to connect to instead. */
  readonly url: string;
  cut(): void;
  heal(): void;
  close(): void;
}

export async function startProxy(redisUrl: string): Promise<RedisProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'maggy-proxy-'));
  const url = join(folder, 'redis.sock');
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = redisUrl.startsWith('/') ? connect(redisUrl) : connect(Number(new URL(redisUrl).port || 6379), new URL(redisUrl).hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    if (isCut) for (const socket of [near, far]) socket.unpipe();
  });
  await new Promise<void>((resolve) => server.listen(url, resolve));
  const pairs = (): Socket[] => [...sockets];
  return {
    url,
    cut() {
      isCut = true;
      for (const socket of pairs()) {
        socket.unpipe();
        socket.pause();
      }
    },
    heal() {
      isCut = false;
      // A partition that ends: connections made before it are gone.
      for (const socket of pairs()) socket.destroy();
    },
    close() {
      for (const socket of pairs()) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
