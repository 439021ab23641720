/**
 * What a trial prints, on its way to the record. Chunks are gathered and sent a few times a second; a trial that prints
 * faster than that loses the middle: what is held back is bounded, the oldest goes first, and a line says how much. What the record does
 * not take is lost, and the trial goes on.
 */
import type { Logger } from 'pino';
import type { OutputStream } from './trial-process.ts';

interface Chunk {
  readonly stream: OutputStream;
  readonly bytes: Buffer;
}

/** What one sending holds at most: a little less than the record keeps, so that the line which says what was dropped stays in it. */
const HELD_BYTES = 200 * 1024;
const HELD_LINES = 900;
const LINE_CHARACTERS = 10_000;
const NEWLINE = 0x0a;

export interface TrialOutputOptions {
  /** From the second one on its output is set off from what was kept before. */
  readonly attempt: number;
  /** Between two sendings. */
  readonly intervalMs: number;
  readonly send: (lines: readonly string[]) => Promise<unknown>;
  readonly log: Logger;
}

export class TrialOutput {
  readonly #options: TrialOutputOptions;
  #chunks: Chunk[] = [];
  #heldBytes = 0;
  #droppedLines = 0;
  /** The beginnings of lines whose ends have not come yet. */
  readonly #unfinished: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: TrialOutputOptions) {
    this.#options = options;
    if (options.attempt > 1) this.note(`--- attempt ${options.attempt} ---`);
  }

  add(stream: OutputStream, bytes: Buffer): void {
    this.#chunks.push({ stream, bytes });
    this.#heldBytes += bytes.byteLength;
    while (this.#heldBytes > HELD_BYTES && this.#chunks.length > 1) this.#dropOldest();
    this.#timer ??= setTimeout(() => void this.#flush(), this.#options.intervalMs);
  }

  /** Adds a line of the worker's own. */
  note(line: string): void {
    this.add('stderr', Buffer.from(`${line}\n`));
  }

  /** Sends what is left, unfinished lines too; resolves when the record has it, or has refused it. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    const lines = [...this.#takeLines(), ...this.#takeUnfinished()];
    await this.#send(lines);
  }

  /** Sends nothing more. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#chunks = [];
  }

  async #flush(): Promise<void> {
    this.#sending = this.#send(this.#takeLines());
    await this.#sending;
    this.#sending = undefined;
    // The next interval begins when this sending is over: there is one at a time, and a slow Redis only makes more be dropped.
    this.#timer = undefined;
    if (this.#chunks.length > 0) this.#timer = setTimeout(() => void this.#flush(), this.#options.intervalMs);
  }

  async #send(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const { send, log } = this.#options;
    try {
      await send(lines);
    } catch (error) {
      log.warn({ err: error, lines: lines.length }, 'what a trial printed could not be kept');
    }
  }

  #dropOldest(): void {
    const dropped = this.#chunks.shift();
    if (dropped === undefined) return;
    this.#heldBytes -= dropped.bytes.byteLength;
    this.#droppedLines += countNewlines(dropped.bytes);
    const last = dropped.bytes.lastIndexOf(NEWLINE);
    if (last >= 0) this.#unfinished[dropped.stream] = Buffer.alloc(0);
  }

  #takeLines(): string[] {
    const lines: string[] = [];
    for (const { stream, bytes } of this.#chunks) {
      const last = bytes.lastIndexOf(NEWLINE);
      const begun = this.#unfinished[stream];
      if (last < 0) {
        // A line without an end is kept as far as a line may go.
        if (begun.byteLength < LINE_CHARACTERS) this.#unfinished[stream] = Buffer.concat([begun, bytes]);
        continue;
      }
      const whole = Buffer.concat([begun, bytes.subarray(0, last)]).toString();
      for (const line of whole.split('\n')) lines.push(cut(line));
      this.#unfinished[stream] = bytes.subarray(last + 1);
    }
    const dropped = this.#droppedLines + Math.max(0, lines.length - HELD_LINES);
    this.#chunks = [];
    this.#heldBytes = 0;
    this.#droppedLines = 0;
    if (dropped === 0) return lines;
    return [`… ${dropped} lines dropped: the trial printed faster than they can be kept`, ...lines.slice(-HELD_LINES)];
  }

  #takeUnfinished(): string[] {
    const streams: OutputStream[] = ['stdout', 'stderr'];
    return streams
      .map((stream) => this.#unfinished[stream].toString())
      .filter((line) => line !== '')
      .map(cut);
  }
}

function cut(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.length > LINE_CHARACTERS ? `${text.slice(0, LINE_CHARACTERS)}…` : text;
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
