/** What ranks say to each other goes the same over every kind of connection, and nothing of another generation comes through. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Exchange } from '../../worker/lockstep/wire/exchange.ts';
import { BEAT, encodeHeader } from '../../worker/lockstep/wire/frames.ts';
import { NONCE_BYTES, PROOF_BYTES } from '../../worker/lockstep/wire/handshake.ts';
import type { Refusal } from '../../worker/lockstep/wire/membership.ts';
import { RingNode } from '../../worker/lockstep/wire/ring-node.ts';
import { PATIENT_MS, Ranks } from './ranks.ts';

let ranks: Ranks | undefined;
afterEach(() => ranks?.stop());

it('trains to the same bits over Unix sockets, TCP and TLS', async () => {
  ranks = await Ranks.start(3, PATIENT_MS);
  const [expected] = await ranks.run('mlp momentum fit');
  expect(expected?.result).toMatchObject({ state: 'completed' });
  for (const tls of [false, true]) {
    const transport = { type: 'tcp', host: '127.0.0.1', tls } as const;
    for (const { result } of await ranks.run('mlp momentum fit', () => ({ transport }))) expect(result).toEqual(expected?.result);
  }
});

it('ends over a frame of another generation on a link that has shaken hands', async () => {
  const shared = {
    group: 'test',
    generation: 2,
    worldSize: 2,
    secret: randomBytes(32).toString('hex'),
    transport: { type: 'tcp', host: '127.0.0.1' },
  } as const;
  let refuse: (refusal: Refusal) => void;
  const refused = new Promise<Refusal>((resolve) => (refuse = resolve));
  const first = new RingNode({ ...shared, rank: 0 }, { done: () => undefined, refused: (refusal) => refuse(refusal) });
  const second = new RingNode({ ...shared, rank: 1 }, { done: () => undefined, refused: () => undefined });
  const [ofFirst, ofSecond] = await Promise.all([first.listen(), second.listen()]);
  const old = encodeHeader({ kind: BEAT, generation: 1, sequence: 0, hop: 0, chunk: 0, length: 0, mark: 0, bytes: 0 });
  const between = await insertAfterHandshake(Number(new URL(ofSecond).port), old);
  await Promise.all([first.connect([ofFirst, between.address]), second.connect([ofFirst, ofSecond])]);
  await between.inserted;
  const exchange = Exchange.allocate(1);
  first.begin({ operation: 'allReduce', exchange, values: exchange.values, mark: 0, exactFrom: 0 });
  expect(await refused).toMatchObject({ kind: 'lost', why: 'rank 1 sent a frame of generation 1' });
  first.close();
  second.close();
  between.close();
});

/** Stands between a rank and the one that listens at the port; says something of its own once that one has proved who it is. */
async function insertAfterHandshake(
  port: number,
  frame: Uint8Array,
): Promise<{ address: string; inserted: Promise<void>; close: () => void }> {
  const answerBytes = NONCE_BYTES + PROOF_BYTES;
  let tell: () => void;
  const inserted = new Promise<void>((resolve) => (tell = resolve));
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far);
    near.on('close', () => far.destroy());
    far.once('data', (answer: Buffer) => {
      expect(answer).toHaveLength(answerBytes);
      near.write(answer);
      near.write(frame, () => tell());
      far.pipe(near);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return { address: `tcp://127.0.0.1:${String(own)}`, inserted, close: () => server.close() };
}
