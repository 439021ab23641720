/**
 * The channel between a worker and its trial process: JSON, a message a line, both ways over one pipe. Node has such a channel
 * too, but it throws where nobody can catch it when a line is no JSON, and a training function, or native code below it, can
 * write to any descriptor of its process. Here whoever reads parses, and decides.
 */
import type { Duplex } from 'node:stream';

/** The pipe's file descriptor in the trial process. */
export const CHANNEL = 3;

/** Longer than any message; what a process writes without an end must not fill the memory of its worker. */
const LINE_CHARACTERS = 2 ** 26;

export class Channel<Message> {
  readonly #pipe: Duplex;
  readonly #onLine: (line: string) => void;
  /** The beginning of a line whose end has not come yet. */
  #begun = '';

  constructor(pipe: Duplex, onLine: (line: string) => void) {
    this.#pipe = pipe;
    this.#onLine = onLine;
    pipe.setEncoding('utf8');
    pipe.on('data', (text: string) => this.#read(text));
    // The other side has just died, which it tells by its end.
    pipe.on('error', () => undefined);
  }

  send(message: Message): void {
    if (this.#pipe.writable) this.#pipe.write(`${JSON.stringify(message)}\n`);
  }

  #read(text: string): void {
    const read = this.#begun + text;
    let start = 0;
    for (let end = read.indexOf('\n'); end >= 0; end = read.indexOf('\n', start)) {
      this.#onLine(read.slice(start, end));
      start = end + 1;
    }
    this.#begun = read.slice(start);
    if (this.#begun.length > LINE_CHARACTERS) {
      this.#begun = '';
      this.#onLine('a line without an end');
    }
  }
}
