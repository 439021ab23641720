/**
 * An attempt's reports on their way to its curve: one batch in flight at a time, what comes meanwhile goes in the next. They
 * are numbered from 1 within the attempt; where Redis has lost some of those it took (it restarted), it names the number to
 * send again from, which is why the latest are kept for a while.
 */
import { MaggyError } from '../core/errors.ts';
import type { Report, ReportAnswer } from '../core/attempt.ts';

/** Reports in one script call, so that no call holds Redis up. */
const BATCH = 500;
/** Taken reports kept for sending again: more than an attempt reports in the second that Redis may lose. */
const KEPT = 2000;

type Send = (first: number, reports: readonly Report[], decides: boolean) => Promise<ReportAnswer>;
export type TakenAnswer = Extract<ReportAnswer, { kind: 'taken' }>;

export interface ReportQueueOptions {
  readonly send: Send;
  /** Told of each answer, and of the decision step at the end of what it answers; null where there is none. */
  readonly onTaken: (answer: TakenAnswer, decisionStep: number | null) => void;
  readonly onRefused: (answer: Extract<ReportAnswer, { kind: 'refused' }>) => void;
  readonly onError: (error: unknown) => void;
}

export class ReportQueue {
  readonly #options: ReportQueueOptions;
  /** The reports from number `#first` on. */
  #reports: Report[] = [];
  #first = 1;
  /** Number of the next report to send. */
  #next = 1;
  #decides = false;
  #sending: Promise<void> | undefined;

  constructor(options: ReportQueueOptions) {
    this.#options = options;
  }

  /** Number of the last report that came. */
  get last(): number {
    return this.#first + this.#reports.length - 1;
  }

  /** Whether every report that came was taken. */
  get isIdle(): boolean {
    return this.#sending === undefined;
  }

  add(reports: readonly Report[], decides: boolean): void {
    if (reports.length === 0) return;
    this.#reports.push(...reports);
    this.#decides = decides;
    this.#sending ??= this.#sendAll();
  }

  /** Redis lost what it had taken from this number on. */
  sendAgain(from: number): void {
    try {
      this.#rewind(from);
    } catch (error) {
      this.#options.onError(error);
      return;
    }
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when every report that came was taken, or none will be any more. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    try {
      let goesOn = this.#next <= this.last;
      while (goesOn) goesOn = (await this.#sendBatch()) && this.#next <= this.last;
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#sending = undefined;
    }
  }

  /** Whether there is any point in sending more. */
  async #sendBatch(): Promise<boolean> {
    const from = this.#next - this.#first;
    const batch = this.#reports.slice(from, from + BATCH);
    const end = this.#next + batch.length - 1;
    const decides = this.#decides && end === this.last;
    const answer = await this.#options.send(this.#next, batch, decides);
    switch (answer.kind) {
      case 'refused':
        this.#options.onRefused(answer);
        return false;
      case 'gap':
        this.#rewind(answer.resendFrom);
        return true;
      case 'taken':
        this.#next = end + 1;
        this.#forget();
        // The trial may have gone on meanwhile, and wait at a later step.
        this.#options.onTaken(answer, decides ? (batch.at(-1)?.step ?? null) : null);
        return true;
    }
  }

  #rewind(to: number): void {
    if (to < this.#first) throw new MaggyError('internal', `Redis lost report ${to}, which is not kept any more`);
    this.#next = to;
  }

  #forget(): void {
    const excess = this.#next - this.#first - KEPT;
    if (excess < KEPT) return;
    this.#reports.splice(0, excess);
    this.#first += excess;
  }
}
