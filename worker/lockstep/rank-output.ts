/**
 * What a rank other than the first prints, on its way to the trial's log: under the rank's name, and no more than so many lines, so that
 * the ranks cannot crowd out what rank 0 prints.
 */
import type { Logger } from 'pino';
import { TrialOutput } from '../output.ts';
import type { OutputStream } from '../trial-process.ts';

const MOST_LINES = 200;

export class RankOutput {
  readonly #rank: number;
  readonly #send: (lines: readonly string[]) => Promise<unknown>;
  readonly #output: TrialOutput;
  #lines = 0;

  constructor(rank: number, intervalMs: number, send: (lines: readonly string[]) => Promise<unknown>, log: Logger) {
    this.#rank = rank;
    this.#send = send;
    this.#output = new TrialOutput({ attempt: 1, intervalMs, send: (lines) => this.#sendSome(lines), log });
  }

  add(stream: OutputStream, bytes: Buffer): void {
    this.#output.add(stream, bytes);
  }

  /** Adds a line of the worker's own. */
  note(line: string): void {
    this.#output.note(line);
  }

  /** Resolves when the record has what is left, or has refused it. */
  async end(): Promise<void> {
    await this.#output.end();
  }

  async #sendSome(lines: readonly string[]): Promise<void> {
    const room = Math.max(0, MOST_LINES - this.#lines);
    const isFull = this.#lines < MOST_LINES && lines.length > room;
    this.#lines += lines.length;
    const kept = [...lines.slice(0, room), ...(isFull ? [`… what this rank prints from here on is not kept`] : [])];
    if (kept.length > 0) await this.#send(kept.map((line) => `[rank ${this.#rank}] ${line}`));
  }
}
