/**
 * One rank on the ring. Data runs forward: this rank connects to the one before it (`upstream`), hears data from there, and sends data to
 * the one behind it (`downstream`). The other direction of the same sockets is never held up by data, so signs of life go backward: each
 * rank is watched by the one before it. What happens to one rank (`News`) goes both ways until all have heard.
 *
 *   forming    meeting both neighbours (neighbours.ts)
 *   whole      collectives take place, one at a time
 *   over       lost, apart, or somebody has concluded: what is under way and all that follows is refused
 */
import { MaggyError } from '../../../core/errors.ts';
import type { Conclusion } from '../../../training/lockstep/communicator.ts';
import { Collective, type Operation } from './collective.ts';
import { Float32Encoding, type Encoding } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import { Float16Encoding, Residuals } from './float16-encoding.ts';
import { BEAT, DATA, NEWS, type Header } from './frames.ts';
import type { FrameHandler, Link } from './link.ts';
import { rankBefore, rankBehind, SILENCE_MS, type Membership, type Refusal } from './membership.ts';
import { Neighbours } from './neighbours.ts';

type Bytes = Uint8Array;

/** Signs of life in the time after which a silent rank is lost. */
const BEATS_PER_SILENCE = 8;
const MOST_NEWS_BYTES = 65_536;

/** What goes round the ring about one rank; `rank` is where it happened or was noticed. */
type News = Refusal & { readonly kind: 'lost' | 'concluded'; readonly rank: number };

export interface CollectiveRequest {
  readonly operation: Operation;
  readonly exchange: Exchange;
  /** Of the exchange. */
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
  readonly scratch: Bytes;
  readonly length: number;
  readonly mark: number;
}

export class RingNode {
  readonly #membership: Membership;
  readonly #listener: RingListener;
  readonly #residuals = new Residuals();
  readonly #concluded = new Map<number, Refusal & { kind: 'concluded' }>();
  readonly #neighbours: Neighbours;
  #upstream: Link | undefined;
  #downstream: Link | undefined;
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
    this.#neighbours = new Neighbours(membership);
  }

  /** @returns this rank's address */
  listen(): Promise<string> {
    return this.#neighbours.listen();
  }

  /** Resolves when both neighbours have shown that they belong to the group. */
  async connect(addresses: readonly string[]): Promise<void> {
    const links = await this.#neighbours.meet(addresses);
    if (links === undefined) return;
    this.#upstream = links.upstream;
    this.#downstream = links.downstream;
    this.#heardMs = performance.now();
    links.upstream.begin(this.#frames(rankBefore(this.#membership)));
    links.downstream.begin(this.#frames(rankBehind(this.#membership)));
    this.#watch();
  }

  begin({ operation, exchange, values, mark, exactFrom }: CollectiveRequest): void {
    const { rank, worldSize, generation } = this.#membership;
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#over ??= this.#absentee();
    if (this.#over !== undefined) {
      this.#listener.refused(this.#over);
      return;
    }
    const { length } = values;
    const encoding = this.#encodingOf(values, exactFrom, exchange);
    const send = (hop: number, chunk: number, bytes: Bytes): void =>
      this.#downstream?.send({ kind: DATA, generation, sequence, hop, chunk, length, mark, bytes: bytes.length }, bytes);
    const collective = new Collective({ operation, rank, worldSize, length, encoding, send });
    this.#current = { collective, scratch: exchange.scratch, length, mark };
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
    this.#neighbours.close();
    this.#upstream?.end();
    this.#downstream?.end();
  }

  #encodingOf(values: Float32Array, exactFrom: number, exchange: Exchange): Encoding {
    const isRounded = this.#membership.compression === 'float16' && exactFrom > 0;
    return isRounded
      ? new Float16Encoding(values, exactFrom, this.#residuals)
      : new Float32Encoding(values, (sum, addend) => exchange.add(sum, addend));
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
    if (current === undefined || sequence !== this.#sequence)
      throw new MaggyError('corrupt', `sent collective ${sequence} at ${this.#sequence}`);
    const { scratch } = current;
    if (bytes > scratch.length) throw new MaggyError('corrupt', `sent a chunk of ${bytes} bytes`);
    if (length === current.length && mark === current.mark) return current.collective.landing(hop, chunk, bytes, scratch);
    this.#comeApart(length, current.length);
    return scratch.subarray(0, bytes);
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
    const { silenceMs = SILENCE_MS } = this.#membership;
    const intervalMs = silenceMs / BEATS_PER_SILENCE;
    let tickedMs = performance.now();
    this.#pulse = setInterval(() => {
      const nowMs = performance.now();
      // After a pause of this process itself, what the others have said meanwhile is yet to be read.
      const wasPaused = nowMs - tickedMs > 2 * intervalMs;
      tickedMs = nowMs;
      this.#upstream?.send(this.#control(BEAT, 0));
      const silentMs = nowMs - this.#heardMs;
      if (!wasPaused && silentMs > silenceMs && !this.#concluded.has(rankBehind(this.#membership))) {
        this.#lose(`rank ${rankBehind(this.#membership)} has been silent for ${(silentMs / 1000).toFixed(1)} s`);
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
    this.#over = { kind: 'apart', why: `rank ${rankBefore(this.#membership)} is at ${what}, in collective ${this.#sequence}` };
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
