/** The client as programs use it, against a real API with a real optimizer and worker. */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient, MaggyError } from '../../client/index.ts';
import type { LogEvent } from '../../core/events.ts';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: RunningServer;
let client: MaggyClient;
let id = '';

beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  client = new MaggyClient(`${server.url}/`);
  await deployment.worker({ slots: 2, steps: 3, pauseMs: 5 });
  id = await deployment.submit({ id: 'eclient1', maxTrials: 12 });
});
afterAll(async () => {
  await server.close();
  await deployment.close();
});

async function logOf(from: MaggyClient, after = 0): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const event of from.watch(id, { after })) events.push(event);
  return events;
}

describe('a client', () => {
  it('follows an experiment to its end and reads its trials page by page', async () => {
    const states = new Set<string>();
    const result = await client.wait(id, { onNews: ({ state }) => void states.add(state) });
    expect(result).toMatchObject({ state: 'completed', counts: { completed: 12 } });
    expect(states).toContain('completed');
    expect(await client.result(id)).toEqual(result);

    const all = await client.allTrials(id);
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 12 }, (_, number) => number));
    const best: number[] = [];
    for await (const trial of client.trials(id, { sort: 'value', order: 'ascending', limit: 5 })) best.push(trial.number);
    expect(best).toHaveLength(12);
    expect(best[0]).toBe(result.incumbent?.number);
  });

  it('watches the log entry by entry, from the one after any number on', async () => {
    const events = await logOf(client);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    expect(events.at(-1)?.type).toBe('ended');
    expect(await logOf(client, 10)).toEqual(events.slice(10));
    expect(await logOf(client, events.length)).toEqual([]);
  });

  it('goes on after the last event it saw when the connection breaks in the middle', async () => {
    const proxy = await cuttingProxy(new URL(server.url), 4000);
    try {
      const seen = await logOf(new MaggyClient(`http://127.0.0.1:${proxy.port}`));
      expect(seen).toEqual(await logOf(client));
      expect(proxy.cuts()).toBe(2);
    } finally {
      proxy.server.close();
    }
  });

  it('is told of the result as it becomes, each with all before it, also where the connection breaks', async () => {
    const extended = await deployment.submit({ id: 'eclient2', maxTrials: 30 });
    const proxy = await cuttingProxy(new URL(server.url), 1500);
    try {
      const positions: number[] = [];
      let state = '';
      for await (const result of new MaggyClient(`http://127.0.0.1:${proxy.port}`).results(extended)) {
        positions.push(result.position);
        ({ state } = result);
      }
      expect(state).toBe('completed');
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(proxy.cuts()).toBeGreaterThan(0);
      // Of one that has ended there is the end.
      for await (const result of client.results(extended)) expect(result).toEqual(await client.result(extended));
    } finally {
      proxy.server.close();
    }
  });

  it('throws what it cannot read of a log, and does not ask for it again', async () => {
    let asked = 0;
    const odd = createHttpServer((_request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"neither":1}\n\n');
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    const address = odd.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await expect(logOf(new MaggyClient(`http://127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'corrupt' });
      expect(asked).toBe(1);
    } finally {
      odd.close();
    }
  });

  it('takes a password of any letters for a proxy, and refuses an address with a bare %', async () => {
    let shown: string | undefined;
    const proxy = createHttpServer((request, response) => {
      shown = request.headers.authorization;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await new MaggyClient(`http://user:${encodeURIComponent('Łódź')}@127.0.0.1:${port}`).pools();
      expect(Buffer.from(shown?.replace('Basic ', '') ?? '', 'base64').toString()).toBe('user:Łódź');
    } finally {
      proxy.close();
    }
    expect(() => new MaggyClient('http://user:100%@here')).toThrow(/written %25/);
  });

  it('ends its watching with the reason of the signal', async () => {
    const leaving = new AbortController();
    leaving.abort(new Error('enough'));
    await expect(client.watch(id, { signal: leaving.signal }).next()).rejects.toThrow('enough');
  });

  it('throws what the server refused with, and says where no server answers', async () => {
    const refused = client.submit({ kind: 'tune', trainingFunction: 'nobody-has-this', maxTrials: 1 });
    await expect(refused).rejects.toBeInstanceOf(MaggyError);
    await expect(refused).rejects.toMatchObject({ code: 'unknown-training-function' });
    await expect(client.result('eunknown')).rejects.toMatchObject({ code: 'not-found' });
    await expect(new MaggyClient('http://127.0.0.1:1').result(id)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });

  it('goes into a bundle for browsers, with nothing of Node in it', async () => {
    const { outputFiles, errors } = await build({
      stdin: { contents: "export { MaggyClient } from './client/index.ts'", resolveDir: process.cwd() },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
    });
    expect(errors).toEqual([]);
    expect(outputFiles[0]?.text).toContain('MaggyClient');
  });
});

/** Lets so many bytes of an answer through on its first two connections, then cuts them. */
async function cuttingProxy(target: URL, bytes: number): Promise<{ server: Server; port: number; cuts: () => number }> {
  const { connect } = await import('node:net');
  let [connections, cuts] = [0, 0];
  const proxy = createServer((socket: Socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    const isCut = connections < 2;
    connections += 1;
    let passed = 0;
    socket.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      socket.write(isCut ? chunk.subarray(0, Math.max(0, bytes - passed)) : chunk);
      passed += chunk.length;
      if (!isCut || passed < bytes || socket.destroyed) return;
      cuts += 1;
      socket.resetAndDestroy();
    });
    for (const end of [socket, upstream])
      end.on('error', () => undefined).on('close', () => [socket, upstream].forEach((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  return { server: proxy, port: typeof address === 'object' && address !== null ? address.port : 0, cuts: () => cuts };
}
