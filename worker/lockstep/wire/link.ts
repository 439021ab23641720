/**
 * One end of a connection between two neighbours in the ring: exact reads, frames, and an account of what has left. It neither knows
 * what frames mean nor whether the other end may be believed.
 */
import type { Socket } from 'node:net';
import type { ExactReader } from './exact-reader.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header } from './frames.ts';

type Bytes = Uint8Array;

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
    this.#socket.cork();
    const head = encodeHeader(header);
    if (bytes === undefined || bytes.length === 0) {
      this.#socket.write(head, left);
    } else {
      this.#socket.write(head);
      this.#socket.write(bytes, left);
    }
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
    this.#expect(this.#header, () => this.#expectBytes(decodeHeader(this.#header)));
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
      this.#expect(target, () => {
        handler.arrived(header, target);
        this.#expectFrame();
      });
    } catch (error) {
      this.destroy(error instanceof Error ? error.message : String(error));
    }
  }

  #expect(target: Bytes, full: () => void): void {
    this.#reader.expect(target, full);
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}
