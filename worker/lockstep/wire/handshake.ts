/**
 * Proof, in both directions, that both ends of a new link know the secret of this group and generation (as in SCRAM, RFC 5802, without
 * what passwords need):
 *
 *     connector → acceptor   hello: magic, generation, world size, rank, nonce
 *     acceptor → connector   nonce, HMAC-SHA-256(secret, "acceptor" | transcript)
 *     connector → acceptor   HMAC-SHA-256(secret, "connector" | transcript)
 *
 * The transcript is the group's name, the hello, the acceptor's rank and both nonces, so that nothing said in one handshake is worth
 * anything in another. Both sides have said who they are before either believes the other.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Membership } from './membership.ts';
import { Seal, SEAL_KEY_BYTES } from './seal.ts';

export const NONCE_BYTES = 32;
export const PROOF_BYTES = 32;
export const HELLO_BYTES = 16 + NONCE_BYTES;

/** "MGL1", the protocol and its version. */
const MAGIC = 0x314c474d;

export interface Hello {
  readonly generation: number;
  readonly worldSize: number;
  readonly rank: number;
}

export function encodeHello({ generation, worldSize, rank }: Hello, nonce: Uint8Array): Uint8Array {
  const hello = new Uint8Array(HELLO_BYTES);
  const words = new DataView(hello.buffer);
  [MAGIC, generation, worldSize, rank].forEach((word, at) => words.setUint32(4 * at, word, true));
  hello.set(nonce, 16);
  return hello;
}

/** Nothing for bytes that are no hello. */
export function decodeHello(hello: Uint8Array): Hello | undefined {
  const words = new DataView(hello.buffer, hello.byteOffset, HELLO_BYTES);
  const word = (at: number): number => words.getUint32(4 * at, true);
  return word(0) === MAGIC ? { generation: word(1), worldSize: word(2), rank: word(3) } : undefined;
}

type Side = 'acceptor' | 'connector';

/** In one handshake. */
export interface Said {
  readonly hello: Uint8Array;
  readonly acceptorRank: number;
  readonly acceptorNonce: Uint8Array;
}

export function proof(side: Side, { group, secret }: Membership, said: Said): Uint8Array {
  return createHmac('sha256', Buffer.from(secret, 'hex'))
    .update(JSON.stringify([side, group, said.acceptorRank]))
    .update(said.hello)
    .update(said.acceptorNonce)
    .digest();
}

/** For what this side sends from here on, where nothing else protects it: under a key that follows from the secret and both nonces. */
export function sealOf(side: Side, { group, secret }: Membership, { hello, acceptorRank, acceptorNonce }: Said): Seal {
  const purpose = JSON.stringify(['seal', side, group, acceptorRank]);
  const key = hkdfSync('sha256', Buffer.from(secret, 'hex'), Buffer.concat([hello, acceptorNonce]), purpose, SEAL_KEY_BYTES);
  return new Seal(new Uint8Array(key));
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
