/**
 * One rank on the ring. Data runs forward: this rank connects to the one before it (`upstream`), hears data from there, and sends data to
 * the one behind it (`downstream`). The other direction of the same sockets is never held up by data, so signs of life go backward: each
 * rank is watched by the one before it. What happens to one rank (`News`) goes both ways until all have heard.
 *
 *   forming    listening, and shaking hands with both neighbours
 *   whole      collectives take place, one at a time
 *   over       lost, apart, or somebody has concluded: what is under way and all that follows is refused
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MaggyError } from '../../../core/errors.ts';
import type { Conclusion } from '../../../training/lockstep/communicator.ts';
import { deferred } from '../../deferred.ts';
import { Collective, type Operation } from './collective.ts';
import { Float32Encoding, type Encoding } from './encoding.ts';
import { Float16Encoding, Residuals } from './float16-encoding.ts';
import { BEAT, DATA, NEWS, type Header } from './frames.ts';
import { decodeHello, encodeHello, HELLO_BYTES, isSame, NONCE_BYTES, proof, PROOF_BYTES } from './handshake.ts';
import type { FrameHandler, Link } from './link.ts';
import type { Membership, Refusal } from './membership.ts';
import { CHUNK_VALUES } from './segments.ts';
import { connect, listen, type Listener } from './transport.ts';

type Bytes = Uint8Array;

const SILENCE_MS = 4000;
const FORMING_MS = 30_000;
/** Signs of life in the time after which a silent rank is lost. */
const BEATS_PER_SILENCE = 8;
const MOST_NEWS_BYTES = 65_536;

/** What goes round the ring about one rank; `rank` is where it happened or was noticed. */
type News = Refusal & { readonly kind: 'lost' | 'concluded'; readonly rank: number };

export interface CollectiveRequest {
  readonly operation: Operation;
  readonly values: Float32Array;
  readonly mark: number;
  /** From this value on nothing is rounded. */
  readonly exactFrom: number;
}

export interface RingListener {
  /** The collective under way has its result. */
  done(): void;
  refused(refusal: Refusal): void;
}

interface Current {
  readonly collective: Collective;
  readonly length: number;
  readonly mark: number;
}

export class RingNode {
  readonly #membership: Membership;
  readonly #listener: RingListener;
  readonly #silenceMs: number;
  readonly #scratch: Bytes = new Uint8Array(CHUNK_VALUES * 4);
  readonly #residuals = new Residuals();
  readonly #concluded = new Map<number, Refusal & { kind: 'concluded' }>();
  #server: Listener | undefined;
  #upstream: Link | undefined;
  #downstream: Link | undefined;
  /** The next rank's link, once it has shaken hands. */
  readonly #accepted = deferred<Link>();
  /** Number of the collective under way, or of the last. */
  #sequence = 0;
  #current: Current | undefined;
  #over: Refusal | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #heardMs = 0;
  #isClosing = false;

  constructor(membership: Membership, listener: RingListener) {
    this.#membership = membership;
    this.#listener = listener;
    this.#silenceMs = membership.silenceMs ?? SILENCE_MS;
  }

  async listen(): Promise<string> {
    this.#server = await listen(this.#membership, (link) => void this.#welcome(link));
    return this.#server.address;
  }

  /** Resolves when both neighbours have shown that they belong to the group. */
  async connect(addresses: readonly string[]): Promise<void> {
    const { worldSize, formingMs = FORMING_MS } = this.#membership;
    if (worldSize > 1) {
      const address = addresses[this.#before];
      if (address === undefined) throw new MaggyError('invalid', `there is no address of rank ${this.#before}`, { field: 'addresses' });
      const upstream = connect(this.#membership, address);
      try {
        const [, downstream] = await within(formingMs, Promise.all([this.#introduce(upstream), this.#accepted.promise]));
        this.#join(upstream, downstream);
      } catch (error) {
        upstream.destroy();
        throw error;
      }
    }
    this.#server?.close();
  }

  begin({ operation, values, mark, exactFrom }: CollectiveRequest): void {
    const { rank, worldSize, generation } = this.#membership;
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#over ??= this.#absentee();
    if (this.#over !== undefined) {
      this.#listener.refused(this.#over);
      return;
    }
    const { length } = values;
    const encoding = this.#encodingOf(values, exactFrom);
    const send = (hop: number, chunk: number, bytes: Bytes): void =>
      this.#downstream?.send({ kind: DATA, generation, sequence, hop, chunk, length, mark, bytes: bytes.length }, bytes);
    const collective = new Collective({ operation, rank, worldSize, length, encoding, send });
    this.#current = { collective, length, mark };
    collective.start();
    this.#upstream?.resume();
    this.#finishIfComplete();
  }

  conclude(conclusion: Conclusion): void {
    const { rank } = this.#membership;
    if (this.#concluded.has(rank)) return;
    this.#hear({ kind: 'concluded', rank, conclusion, collectives: this.#sequence });
  }

  /** Says goodbye and frees everything. Those who have not heard how this rank's training ended take it for lost. */
  close(): void {
    this.#isClosing = true;
    clearInterval(this.#pulse);
    this.#server?.close();
    this.#upstream?.end();
    this.#downstream?.end();
  }

  #encodingOf(values: Float32Array, exactFrom: number): Encoding {
    const isRounded = this.#membership.compression === 'float16' && exactFrom > 0;
    return isRounded ? new Float16Encoding(values, exactFrom, this.#residuals) : new Float32Encoding(values);
  }

  get #before(): number {
    const { rank, worldSize } = this.#membership;
    return (rank + worldSize - 1) % worldSize;
  }

  get #behind(): number {
    const { rank, worldSize } = this.#membership;
    return (rank + 1) % worldSize;
  }

  // ── forming ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Shakes hands with the rank before. */
  async #introduce(link: Link): Promise<void> {
    const { generation, worldSize, rank } = this.#membership;
    const hello = encodeHello({ generation, worldSize, rank }, randomBytes(NONCE_BYTES));
    link.write(hello);
    const answer = await link.read(NONCE_BYTES + PROOF_BYTES).catch((cause: unknown) => {
      throw new MaggyError('unavailable', `rank ${this.#before} refused the connection of generation ${generation}`, { cause });
    });
    const said = { hello, acceptorRank: this.#before, acceptorNonce: answer.subarray(0, NONCE_BYTES) };
    if (!isSame(answer.subarray(NONCE_BYTES), proof('acceptor', this.#membership, said))) {
      throw new MaggyError('unavailable', `what answers at the address of rank ${this.#before} does not know the group's secret`);
    }
    link.write(proof('connector', this.#membership, said));
  }

  /** Takes the connection of the rank behind, and refuses all others without a word. */
  async #welcome(link: Link): Promise<void> {
    const timer = setTimeout(() => link.destroy(), this.#silenceMs);
    try {
      const hello = await link.read(HELLO_BYTES);
      const said = { hello, acceptorRank: this.#membership.rank, acceptorNonce: randomBytes(NONCE_BYTES) };
      const { generation, worldSize } = this.#membership;
      const other = decodeHello(hello);
      if (other?.generation !== generation || other.worldSize !== worldSize || other.rank !== this.#behind) {
        link.destroy();
        return;
      }
      link.write(Buffer.concat([said.acceptorNonce, proof('acceptor', this.#membership, said)]));
      if (isSame(await link.read(PROOF_BYTES), proof('connector', this.#membership, said))) this.#accepted.resolve(link);
      else link.destroy();
    } catch {
      link.destroy();
    } finally {
      clearTimeout(timer);
    }
  }

  #join(upstream: Link, downstream: Link): void {
    this.#upstream = upstream;
    this.#downstream = downstream;
    this.#heardMs = performance.now();
    upstream.begin(this.#frames(this.#before));
    downstream.begin(this.#frames(this.#behind));
    this.#watch();
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #frames(peer: number): FrameHandler {
    return {
      landing: (header) => this.#landing(header),
      isReady: ({ kind, sequence }) => kind !== DATA || (this.#current !== undefined && sequence <= this.#sequence),
      arrived: (header, bytes) => this.#arrived(header, bytes),
      drained: () => this.#finishIfComplete(),
      closed: (why) => this.#closed(peer, why),
    };
  }

  #landing({ kind, generation, sequence, hop, chunk, length, mark, bytes }: Header): Bytes {
    if (generation !== this.#membership.generation) throw new MaggyError('corrupt', `sent a frame of generation ${generation}`);
    if (kind !== DATA) {
      if (bytes > MOST_NEWS_BYTES) throw new MaggyError('corrupt', `sent news of ${bytes} bytes`);
      return new Uint8Array(bytes);
    }
    const current = this.#current;
    if (bytes > this.#scratch.length) throw new MaggyError('corrupt', `sent a chunk of ${bytes} bytes`);
    if (current === undefined || sequence !== this.#sequence)
      throw new MaggyError('corrupt', `sent collective ${sequence} at ${this.#sequence}`);
    if (length === current.length && mark === current.mark) return current.collective.landing(hop, chunk, bytes, this.#scratch);
    this.#comeApart(length, current.length);
    return this.#scratch.subarray(0, bytes);
  }

  #arrived({ kind, hop, chunk }: Header, bytes: Bytes): void {
    if (kind === BEAT) this.#heardMs = performance.now();
    else if (kind === NEWS) this.#hear(parseNews(bytes));
    else {
      // Refused in the meantime, it is nobody's.
      this.#current?.collective.landed(hop, chunk, bytes);
      this.#finishIfComplete();
    }
  }

  /** The result is there when all has come; the memory is free for the next collective when all has left. */
  #finishIfComplete(): void {
    if (this.#current?.collective.isComplete !== true || this.#downstream?.isDrained === false) return;
    this.#current = undefined;
    this.#listener.done();
  }

  // ── what ends a group ───────────────────────────────────────────────────────────────────────────────────────────────

  #closed(peer: number, why: string): void {
    if (this.#isClosing || this.#concluded.has(peer)) return;
    this.#lose(`rank ${peer} ${why}`);
  }

  /** Sends signs of life to the rank before, and looks for those of the rank behind. */
  #watch(): void {
    const intervalMs = this.#silenceMs / BEATS_PER_SILENCE;
    let tickedMs = performance.now();
    this.#pulse = setInterval(() => {
      const nowMs = performance.now();
      // After a pause of this process itself, what the others have said meanwhile is yet to be read.
      const wasPaused = nowMs - tickedMs > 2 * intervalMs;
      tickedMs = nowMs;
      this.#upstream?.send(this.#control(BEAT, 0));
      const silentMs = nowMs - this.#heardMs;
      if (!wasPaused && silentMs > this.#silenceMs && !this.#concluded.has(this.#behind)) {
        this.#lose(`rank ${this.#behind} has been silent for ${(silentMs / 1000).toFixed(1)} s`);
      }
    }, intervalMs);
  }

  #lose(why: string): void {
    this.#hear({ kind: 'lost', rank: this.#membership.rank, why });
  }

  /** Takes in what is new, passes it on both ways, and refuses what cannot be completed any more. */
  #hear(news: News): void {
    if (news.kind === 'lost') {
      if (this.#over?.kind === 'lost') return;
      this.#over = news;
    } else {
      if (this.#concluded.has(news.rank)) return;
      this.#concluded.set(news.rank, news);
    }
    const bytes = Buffer.from(JSON.stringify(news));
    this.#upstream?.send(this.#control(NEWS, bytes.length), bytes);
    this.#downstream?.send(this.#control(NEWS, bytes.length), bytes);
    if (this.#current === undefined) return;
    this.#over ??= this.#absentee();
    if (this.#over !== undefined) this.#refuse(this.#over);
  }

  #comeApart(theirs: number, mine: number): void {
    const what = theirs === mine ? 'other data or another step' : `${theirs} values and not ${mine}`;
    this.#over = { kind: 'apart', why: `rank ${this.#before} is at ${what}, in collective ${this.#sequence}` };
    this.#refuse(this.#over);
  }

  #refuse(refusal: Refusal): void {
    this.#current = undefined;
    this.#listener.refused(refusal);
  }

  /** Who takes no part in the collective that has this rank's number. */
  #absentee(): Refusal | undefined {
    for (const concluded of this.#concluded.values()) if (concluded.collectives < this.#sequence) return concluded;
    return undefined;
  }

  #control(kind: number, bytes: number): Header {
    return { kind, generation: this.#membership.generation, sequence: 0, hop: 0, chunk: 0, length: 0, mark: 0, bytes };
  }
}

/** The other end has proved that it is this program. */
const parseNews = (bytes: Bytes): News => JSON.parse(Buffer.from(bytes).toString()) as News;

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
