/** What ranks say to each other goes the same over every kind of connection, and nothing of another generation comes through. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Exchange } from '../../worker/lockstep/wire/exchange.ts';
import { BEAT, encodeHeader } from '../../worker/lockstep/wire/frames.ts';
import { NONCE_BYTES, PROOF_BYTES } from '../../worker/lockstep/wire/handshake.ts';
import type { Refusal } from '../../worker/lockstep/wire/membership.ts';
import { RingNode } from '../../worker/lockstep/wire/ring-node.ts';
import { TAG_BYTES } from '../../worker/lockstep/wire/seal.ts';
import { PATIENT_MS, Ranks } from './ranks.ts';

let ranks: Ranks | undefined;
let folder: string | undefined;
afterEach(async () => {
  await ranks?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it('trains to the same bits over Unix sockets, TCP and TLS', async () => {
  ranks = await Ranks.start(3, PATIENT_MS);
  const [expected] = await ranks.run('mlp momentum fit');
  expect(expected?.result).toMatchObject({ state: 'completed' });
  for (const tls of [false, true]) {
    const transport = { type: 'tcp', host: '127.0.0.1', tls } as const;
    for (const { result } of await ranks.run('mlp momentum fit', () => ({ transport }))) expect(result).toEqual(expected?.result);
  }
});

const refusals = [
  { on: 'a Unix socket', why: 'rank 1 sent a frame of generation 1' },
  { on: 'TCP without TLS', why: 'rank 1 sent bytes that were altered on the way, or are not its own' },
] as const;

it.each(refusals)('ends over a frame that was slipped into a link which has shaken hands, on $on', async ({ on, why }) => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-links-'));
  const shared = {
    group: 'test',
    generation: 2,
    worldSize: 2,
    secret: randomBytes(32).toString('hex'),
    transport: on === 'a Unix socket' ? ({ type: 'unix', folder } as const) : ({ type: 'tcp', host: '127.0.0.1' } as const),
  };
  let refuse: (refusal: Refusal) => void;
  const refused = new Promise<Refusal>((resolve) => (refuse = resolve));
  const first = new RingNode({ ...shared, rank: 0 }, { done: () => undefined, refused: (refusal) => refuse(refusal) });
  const second = new RingNode({ ...shared, rank: 1 }, { done: () => undefined, refused: () => undefined });
  const [ofFirst, ofSecond] = await Promise.all([first.listen(), second.listen()]);
  const old = encodeHeader({ kind: BEAT, generation: 1, sequence: 0, hop: 0, chunk: 0, length: 0, mark: 0, bytes: 0 });
  const between = await alterAfterHandshake(folder, ofSecond, (far, near) => {
    // With a tag that is none, where one is read.
    near.write(Buffer.concat([old, Buffer.alloc(TAG_BYTES)]));
    far.pipe(near);
  });
  await Promise.all([first.connect([ofFirst, between.address]), second.connect([ofFirst, ofSecond])]);
  const exchange = Exchange.allocate(1);
  first.begin({ operation: 'allReduce', exchange, values: exchange.values, mark: 0, exactFrom: 0 });
  expect(await refused).toMatchObject({ kind: 'lost', why });
  first.close();
  second.close();
  between.close();
});

it('ends over a frame that was altered on the way, on TCP without TLS', async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-links-'));
  const transport = { type: 'tcp', host: '127.0.0.1' } as const;
  const shared = { group: 'test', generation: 1, worldSize: 2, secret: randomBytes(32).toString('hex'), transport } as const;
  let refuse: (refusal: Refusal) => void;
  const refused = new Promise<Refusal>((resolve) => (refuse = resolve));
  const first = new RingNode({ ...shared, rank: 0 }, { done: () => undefined, refused: (refusal) => refuse(refusal) });
  const second = new RingNode({ ...shared, rank: 1 }, { done: () => undefined, refused: () => undefined });
  const [ofFirst, ofSecond] = await Promise.all([first.listen(), second.listen()]);
  const between = await alterAfterHandshake(folder, ofSecond, (far, near) => {
    far.on('data', (bytes: Buffer) => {
      // The last byte of what comes is one of a value or of a tag: headers are whole as they were.
      const altered = Buffer.from(bytes);
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      near.write(altered);
    });
  });
  await Promise.all([first.connect([ofFirst, between.address]), second.connect([ofFirst, ofSecond])]);
  for (const node of [first, second]) {
    const exchange = Exchange.allocate(1000);
    node.begin({ operation: 'allReduce', exchange, values: exchange.values.subarray(0, 1000), mark: 0, exactFrom: 0 });
  }
  expect(await refused).toMatchObject({ kind: 'lost', why: 'rank 1 sent bytes that were altered on the way, or are not its own' });
  first.close();
  second.close();
  between.close();
});

/** Stands between a rank and the one that listens at the address. Once that one has proved who it is, `alter` passes on what comes from it. */
async function alterAfterHandshake(
  folder: string,
  address: string,
  alter: (far: Socket, near: Socket) => void,
): Promise<{ address: string; close: () => void }> {
  const answerBytes = NONCE_BYTES + PROOF_BYTES;
  const isUnix = address.startsWith('unix:');
  const server = createServer((near) => {
    const far = isUnix ? connect(address.slice('unix:'.length)) : connect(Number(new URL(address).port), '127.0.0.1');
    near.pipe(far);
    near.on('close', () => far.destroy());
    near.on('error', () => far.destroy());
    far.once('data', (answer: Buffer) => {
      expect(answer).toHaveLength(answerBytes);
      near.write(answer);
      alter(far, near);
    });
  });
  if (isUnix) server.listen(join(folder, 'between'));
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = server.address();
  return { address: typeof own === 'string' ? `unix:${own}` : `tcp://127.0.0.1:${String(own?.port)}`, close: () => server.close() };
}
