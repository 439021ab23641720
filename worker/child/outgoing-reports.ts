/**
 * Reports on their way from a training function to the worker. They cost the function next to nothing: those of one turn of
 * the event loop leave in one message, and the function goes on without an answer, up to a window of unanswered ones, so
 * that a function which reports in a tight loop cannot fill anybody's memory.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred, type Deferred } from '../deferred.ts';
import { REPORT_WINDOW, type ReportRow } from '../protocol.ts';

/** A function that never lets the event loop turn is made to, after so long, so that a stop can reach it. */
const TURN_AT_LEAST_EVERY_MS = 50;

export class OutgoingReports {
  readonly #send: (reports: readonly ReportRow[], decides: boolean) => void;
  #pending: ReportRow[] = [];
  #made = 0;
  #taken = 0;
  #room: Deferred | undefined;
  #flush: NodeJS.Immediate | undefined;
  #flushAskedAtMs = 0;

  constructor(send: (reports: readonly ReportRow[], decides: boolean) => void) {
    this.#send = send;
  }

  /** Resolves when the function may go on. */
  async add(report: ReportRow): Promise<void> {
    this.#pending.push(report);
    this.#made += 1;
    if (this.#made - this.#taken >= REPORT_WINDOW) {
      this.#flushNow(false);
      this.#room ??= deferred();
      await this.#room.promise;
    } else if (this.#flush === undefined) {
      this.#flushAskedAtMs = performance.now();
      this.#flush = setImmediate(() => this.#flushNow(false));
    } else if (performance.now() - this.#flushAskedAtMs > TURN_AT_LEAST_EVERY_MS) {
      this.#flushNow(false);
      await nextTurn();
    }
  }

  /** The report whose decision the function waits for. */
  addDeciding(report: ReportRow): void {
    this.#pending.push(report);
    this.#made += 1;
    this.#flushNow(true);
  }

  /** Sends what has not left yet. */
  flush(): void {
    this.#flushNow(false);
  }

  /** What has not left yet; nothing is sent after this. */
  takeRest(): readonly ReportRow[] {
    clearImmediate(this.#flush);
    const rest = this.#pending;
    this.#pending = [];
    return rest;
  }

  /** The worker has taken the reports up to this number. */
  taken(number: number): void {
    this.#taken = number;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Lets go of a function that waits for room: its trial ends. */
  release(): void {
    this.taken(this.#made);
  }

  #flushNow(decides: boolean): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#pending.length === 0) return;
    const reports = this.#pending;
    this.#pending = [];
    this.#send(reports, decides);
  }
}
