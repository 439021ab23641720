/**
 * One end of a connection between two neighbours in the ring: exact reads, frames, and an account of what has left. It neither knows
 * what frames mean nor whether the other end may be believed.
 */
import type { Socket } from 'node:net';
import type { ExactReader } from './exact-reader.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header } from './frames.ts';
import { TAG_BYTES, type Seal } from './seal.ts';

type Bytes = Uint8Array;

/** For the two directions of a link that nothing else protects. */
export interface Seals {
  readonly outgoing: Seal;
  readonly incoming: Seal;
}

export interface FrameHandler {
  /** A frame that is not ready stays in the socket, and what is behind it, until `resume`. */
  isReady(header: Header): boolean;
  /** Where the bytes of a frame go. Throws for a frame that has no place here, which ends the link. */
  landing(header: Header): Bytes;
  arrived(header: Header, bytes: Bytes): void;
  /** Everything sent so far has left this process. */
  drained(): void;
  /** Once, when the link is of no more use. */
  closed(why: string): void;
}

export class Link {
  readonly #socket: Socket;
  readonly #reader: ExactReader;
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #tag = new Uint8Array(TAG_BYTES);
  #seals: Seals | undefined;
  #handler: FrameHandler | undefined;
  /** The header of a frame that is not ready. */
  #waiting: Header | undefined;
  #unsent = 0;
  #why = 'closed its connection';

  constructor(socket: Socket, reader: ExactReader) {
    this.#socket = socket;
    this.#reader = reader;
    socket.on('error', (error) => (this.#why = error.message));
    socket.on('close', () => this.#handler?.closed(this.#why));
  }

  get isDrained(): boolean {
    return this.#unsent === 0;
  }

  /** The next bytes of the stream, before frames begin. */
  read(length: number): Promise<Uint8Array> {
    const target = new Uint8Array(length);
    return new Promise((resolve, reject) => {
      const refuse = (): void => reject(new Error(this.#why));
      this.#socket.once('close', refuse);
      this.#expect(target, () => {
        this.#socket.off('close', refuse);
        this.#socket.pause();
        resolve(target);
      });
    });
  }

  write(bytes: Bytes): void {
    this.#socket.write(bytes);
  }

  /** Frames carry tags from the first on. */
  seal(seals: Seals): void {
    this.#seals = seals;
  }

  /** From here on the stream is frames. */
  begin(handler: FrameHandler): void {
    this.#handler = handler;
    if (this.#socket.destroyed) handler.closed(this.#why);
    else this.#expectFrame();
  }

  /** `bytes` must stay as they are until the link is drained. */
  send(header: Header, bytes?: Bytes): void {
    if (!this.#socket.writable) return;
    this.#unsent += 1;
    const left = (): void => {
      this.#unsent -= 1;
      if (this.#unsent === 0) this.#handler?.drained();
    };
    const head = encodeHeader(header);
    const parts = bytes === undefined || bytes.length === 0 ? [head] : [head, bytes];
    const sealed = parts.flatMap((part) => (this.#seals === undefined ? [part] : [part, this.#seals.outgoing.tag(part)]));
    this.#socket.cork();
    sealed.forEach((part, at) => this.#socket.write(part, at === sealed.length - 1 ? left : undefined));
    this.#socket.uncork();
  }

  /** Looks again at the frame that was not ready. */
  resume(): void {
    const header = this.#waiting;
    this.#waiting = undefined;
    if (header !== undefined) this.#expectBytes(header);
  }

  /** Closes when what was sent has left. */
  end(): void {
    this.#socket.end();
  }

  destroy(why?: string): void {
    if (why !== undefined) this.#why = why;
    this.#socket.destroy();
  }

  #expectFrame(): void {
    this.#expectSealed(this.#header, () => this.#expectBytes(decodeHeader(this.#header)));
  }

  #expectBytes(header: Header): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    try {
      if (!handler.isReady(header)) {
        this.#waiting = header;
        this.#socket.pause();
        return;
      }
      const target = handler.landing(header);
      this.#expectSealed(target, () => {
        handler.arrived(header, target);
        this.#expectFrame();
      });
    } catch (error) {
      this.destroy(error instanceof Error ? error.message : String(error));
    }
  }

  /** Expects the target and, on a sealed link, the tag behind it: nobody hears of bytes whose tag does not fit. */
  #expectSealed(target: Bytes, full: () => void): void {
    const { incoming } = this.#seals ?? {};
    if (incoming === undefined || target.length === 0) {
      this.#expect(target, full);
      return;
    }
    this.#expect(target, () =>
      this.#expect(this.#tag, () => {
        if (incoming.fits(target, this.#tag)) full();
        else this.destroy('sent bytes that were altered on the way, or are not its own');
      }),
    );
  }

  #expect(target: Bytes, full: () => void): void {
    this.#reader.expect(target, full);
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}
