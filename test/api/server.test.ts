/** The API as a process of its own, and the bytes that no route sees. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { startServer } from '../../api/server.ts';
import { MaggyError } from '../../core/errors.ts';

const program = fileURLToPath(new URL('../../cli/maggy.mjs', import.meta.url));

function start(env: Record<string, string>) {
  return spawn(process.execPath, [program, 'api'], {
    env: { ...process.env, REDIS_URL: inject('redisUrl'), MAGGY_PREFIX: 'test:server', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the process', () => {
  it('serves until it is told to end, and ends with 0', async () => {
    const server = start({});
    try {
      let base: string | undefined;
      for await (const line of createInterface({ input: server.stdout })) {
        base = /Server listening at (http:[^"]+)/.exec(line)?.[1];
        if (base !== undefined) break;
      }
      expect(await (await fetch(`${base ?? ''}/readyz`)).json()).toEqual({ status: 'ok' });
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
    } finally {
      server.kill('SIGKILL');
    }
  });

  it.each([
    [{ PORT: 'http' }, 2, 'PORT: must be a port from 0 to 65535, got http'],
    [{ REDIS_URL: 'redis://127.0.0.1:1' }, 4, 'Redis does not answer'],
  ])('that cannot start (%j) says why without a stack and ends with %i', async (env, code, message) => {
    const server = start(env);
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await once(server, 'close')).toEqual([code, null]);
    expect(said).toContain(message);
    expect(said).not.toMatch(/^ +at /m);
  });
});

describe('startServer', () => {
  it('refuses a port that is taken and leaves nothing open', async () => {
    const options = { redisUrl: inject('redisUrl'), prefix: 'test:server', storeFolder: '/nowhere', host: '127.0.0.1' };
    const first = await startServer({ ...options, port: 0 });
    await expect(startServer({ ...options, port: Number(new URL(first.url).port) })).rejects.toThrow('EADDRINUSE');
    await first.close();
  });

  it('refuses a Redis that does not answer', async () => {
    const options = { redisUrl: 'redis://127.0.0.1:1', storeFolder: '/nowhere', host: '127.0.0.1', port: 0 };
    await expect(startServer(options)).rejects.toThrow(MaggyError);
  });

  it('answers bytes that are no HTTP with a refusal of the usual shape', async () => {
    const server = await startServer({
      redisUrl: inject('redisUrl'),
      prefix: 'test:server',
      storeFolder: '/nowhere',
      host: '127.0.0.1',
      port: 0,
    });
    const requests = [
      'HELLO\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      'POST /v1/experiments HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n',
    ];
    for (const request of requests) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.write(request);
      await once(socket, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'malformed-request' });
    }
    await server.close();
  });
});
