/**
 * How the ring forms: a rank listens for the one behind it, connects to the one before it, and shakes hands with both (handshake.ts).
 * Whoever does not know the group's secret, or is of another generation, is refused without a word.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MaggyError } from '../../../core/errors.ts';
import { deferred } from '../../deferred.ts';
import { decodeHello, encodeHello, HELLO_BYTES, isSame, NONCE_BYTES, proof, PROOF_BYTES, sealOf, type Said } from './handshake.ts';
import type { Link } from './link.ts';
import { FORMING_MS, rankBefore, rankBehind, SILENCE_MS, type Membership } from './membership.ts';
import { connect, listen, type Listener } from './transport.ts';

export interface Links {
  /** To the rank before, from which data comes. */
  readonly upstream: Link;
  /** To the rank behind, to which data goes. */
  readonly downstream: Link;
}

export class Neighbours {
  readonly #membership: Membership;
  /** The link of the rank behind, once it has shaken hands. */
  readonly #accepted = deferred<Link>();
  #server: Listener | undefined;

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** @returns where this rank is reached */
  async listen(): Promise<string> {
    this.#server = await listen(this.#membership, (link) => void this.#welcome(link));
    return this.#server.address;
  }

  /** Links to both neighbours; nothing in a group of one. Rejects when they have not all come in time, or are not who they should be. */
  async meet(addresses: readonly string[]): Promise<Links | undefined> {
    try {
      return this.#membership.worldSize > 1 ? await this.#meetBoth(addresses) : undefined;
    } finally {
      this.close();
    }
  }

  /** Takes no more connections. */
  close(): void {
    this.#server?.close();
  }

  async #meetBoth(addresses: readonly string[]): Promise<Links> {
    const before = rankBefore(this.#membership);
    const address = addresses[before];
    if (address === undefined) throw new MaggyError('invalid', `there is no address of rank ${before}`, { field: 'addresses' });
    const upstream = connect(this.#membership, address);
    try {
      const met = Promise.all([this.#introduce(upstream), this.#accepted.promise]);
      const [, downstream] = await within(this.#membership.formingMs ?? FORMING_MS, met);
      return { upstream, downstream };
    } catch (error) {
      upstream.destroy();
      throw error;
    }
  }

  /** Shakes hands with the rank before. */
  async #introduce(link: Link): Promise<void> {
    const { generation, worldSize, rank } = this.#membership;
    const before = rankBefore(this.#membership);
    const hello = encodeHello({ generation, worldSize, rank }, randomBytes(NONCE_BYTES));
    link.write(hello);
    const answer = await link.read(NONCE_BYTES + PROOF_BYTES).catch((cause: unknown) => {
      throw new MaggyError('unavailable', `rank ${before} refused the connection of generation ${generation}`, { cause });
    });
    const said = { hello, acceptorRank: before, acceptorNonce: answer.subarray(0, NONCE_BYTES) };
    if (!isSame(answer.subarray(NONCE_BYTES), proof('acceptor', this.#membership, said))) {
      throw new MaggyError('unavailable', `what answers at the address of rank ${before} does not know the group's secret`);
    }
    link.write(proof('connector', this.#membership, said));
    this.#seal(link, 'connector', said);
  }

  /** Takes the connection of the rank behind, and no other. */
  async #welcome(link: Link): Promise<void> {
    const timer = setTimeout(() => link.destroy(), this.#membership.silenceMs ?? SILENCE_MS);
    try {
      const hello = await link.read(HELLO_BYTES);
      const said = { hello, acceptorRank: this.#membership.rank, acceptorNonce: randomBytes(NONCE_BYTES) };
      const { generation, worldSize } = this.#membership;
      const other = decodeHello(hello);
      if (other?.generation !== generation || other.worldSize !== worldSize || other.rank !== rankBehind(this.#membership)) {
        link.destroy();
        return;
      }
      link.write(Buffer.concat([said.acceptorNonce, proof('acceptor', this.#membership, said)]));
      if (isSame(await link.read(PROOF_BYTES), proof('connector', this.#membership, said))) {
        this.#seal(link, 'acceptor', said);
        this.#accepted.resolve(link);
      } else link.destroy();
    } catch {
      link.destroy();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Where whoever is on the way could alter frames: not in a folder that only this user may enter, nor under TLS. */
  #seal(link: Link, side: 'acceptor' | 'connector', said: Said): void {
    const { transport } = this.#membership;
    if (transport.type === 'unix' || transport.tls === true) return;
    const [ofAcceptor, ofConnector] = [sealOf('acceptor', this.#membership, said), sealOf('connector', this.#membership, said)];
    link.seal(side === 'acceptor' ? { outgoing: ofAcceptor, incoming: ofConnector } : { outgoing: ofConnector, incoming: ofAcceptor });
  }
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const done = new AbortController();
  const late = delay(ms, undefined, { signal: done.signal }).then(() => {
    throw new MaggyError('unavailable', `the group did not form within ${ms / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}
