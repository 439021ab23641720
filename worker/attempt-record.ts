/**
 * What an attempt says to the keeper of its record, all of it under its lease: reports, output, checkpoints, the model and in the end its
 * outcome. Whatever is refused means that the lease is somebody else's by now: the attempt is told so, once, and from
 * then on nothing more is said. Knows nothing of processes.
 */
import type { Logger } from 'pino';
import { MaggyError } from '../core/errors.ts';
import type { AttemptKeeper, AttemptToken, Outcome, Refused, StoredKind } from '../core/attempt.ts';
import { TrialOutput } from './output.ts';
import type { ReportRow } from './protocol.ts';
import { ReportQueue, type TakenAnswer } from './report-queue.ts';

export interface AttemptRecordOptions {
  readonly attempts: AttemptKeeper;
  readonly token: AttemptToken;
  /** The metric whose value each report carries. */
  readonly metric: string;
  /** Between two sendings of what the trial printed. */
  readonly outputIntervalMs: number;
  readonly onTaken: (answer: TakenAnswer, decisionStep: number | null) => void;
  readonly onLost: (why: string) => void;
  readonly log: Logger;
}

export class AttemptRecord {
  readonly output: TrialOutput;
  readonly #options: AttemptRecordOptions;
  readonly #reports: ReportQueue;
  #isOver = false;

  constructor(options: AttemptRecordOptions) {
    this.#options = options;
    const { attempts, token, outputIntervalMs: intervalMs, onTaken, log } = options;
    this.#reports = new ReportQueue({
      send: (first, reports, decides) => attempts.report(token, first, reports, decides),
      onTaken,
      onRefused: ({ why }) => this.#lose(why),
      onError: (error) => this.#giveUp(error),
    });
    const send = (lines: readonly string[]) => this.#say(attempts.appendOutput(token, lines));
    this.output = new TrialOutput({ attempt: token.attempt, intervalMs, send, log });
  }

  /** Whether every report that came was taken. */
  get isIdle(): boolean {
    return this.#reports.isIdle;
  }

  /** @throws MaggyError `internal` when a report lacks the metric; none of them is taken then */
  addReports(rows: readonly ReportRow[], decides: boolean): void {
    const { metric } = this.#options;
    const reports = rows.map(({ step, metrics }) => ({ step, metrics, value: valueOf(metrics, metric) }));
    this.#reports.add(reports, decides);
  }

  // Each answers undefined when it was refused or failed, which ends the attempt.

  renew(leaseMs: number, awaitedStep: number | undefined) {
    return this.#say(this.#options.attempts.renew(this.#options.token, leaseMs, awaitedStep));
  }

  timeOutDecision(step: number) {
    return this.#say(this.#options.attempts.timeOutDecision(this.#options.token, step));
  }

  registerFiles(kind: StoredKind, id: string, step: number) {
    return this.#say(this.#options.attempts.registerFiles(this.#options.token, kind, id, step));
  }

  /**
   * Tells the outcome, which ends the lease; everything that was said goes before it, and again where Redis has lost it.
   * @param onTelling called when the outcome is on its way: Redis hears it before whatever this worker says from then on
   * @returns `undecided` where Redis has lost the word to stop or pause that the outcome carries out; undefined where it was refused
   */
  async finish(
    outcome: Outcome,
    model: { readonly id: string; readonly step: number } | undefined,
    onTelling: () => void,
  ): Promise<'finished' | 'undecided' | undefined> {
    const { attempts, token } = this.#options;
    if (!this.#reports.isIdle) await this.#reports.settled();
    await this.output.end();
    while (!this.#isOver) {
      if (model !== undefined && (await this.registerFiles('model', model.id, model.step)) === undefined) break;
      const telling = this.#say(attempts.finish(token, outcome, this.#reports.last));
      onTelling();
      const told = await telling;
      if (told?.kind !== 'gap') return told?.kind;
      this.#reports.sendAgain(told.resendFrom);
      await this.#reports.settled();
    }
    return undefined;
  }

  /** Gives the trial back before its end, so that another worker may start it at once. Whether that was heard; else the lease lapses. */
  async release(why: string): Promise<boolean> {
    const { attempts, token, log } = this.#options;
    try {
      await attempts.release(token, why);
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the trial could not be given back');
      return false;
    }
  }

  /** The same at the end of what was said. */
  async giveBack(why: string): Promise<void> {
    if (!this.#reports.isIdle) await this.#reports.settled();
    await this.output.end();
    if (!this.#isOver) await this.#say(this.#options.attempts.release(this.#options.token, why));
  }

  /** Says nothing more. */
  close(): void {
    this.#isOver = true;
    this.output.abandon();
  }

  async #say<Answer extends { readonly kind: string }>(saying: Promise<Answer | Refused>): Promise<Answer | undefined> {
    try {
      const answer = await saying;
      if (this.#isOver) return undefined;
      if (!isRefused(answer)) return answer;
      this.#lose(answer.why);
    } catch (error) {
      this.#giveUp(error);
    }
    return undefined;
  }

  /** An answer that nobody expects: the attempt cannot be vouched for any more. */
  #giveUp(error: unknown): void {
    if (this.#isOver) return;
    this.#options.log.error({ err: error }, 'the attempt is given up');
    this.#lose(error instanceof Error ? error.message : String(error));
  }

  #lose(why: string): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onLost(why);
  }
}

function isRefused(answer: { readonly kind: string }): answer is Refused {
  return answer.kind === 'refused';
}

function valueOf(metrics: ReportRow['metrics'], metric: string): number {
  const value = metrics[metric];
  if (value === undefined) throw new MaggyError('internal', `a report lacks the metric ${metric}`);
  return value;
}
