/**
 * A rank other than the first, on its worker: its process trains like rank 0's and says nothing of the trial. What it prints goes to the
 * trial's log under its rank. Its training function's failure is the attempt's, its loss is the loss of the attempt: whoever holds the
 * attempt's token may say so, and the scripts take the first word.
 */
import type { Logger } from 'pino';
import type { AttemptToken } from '../../core/attempt.ts';
import type { Attempts } from '../../queue/attempts.ts';
import { deferred } from '../deferred.ts';
import { reportDeath, type Exit } from '../exit.ts';
import { inBackground } from '../in-background.ts';
import { monotonicMs } from '../monotonic.ts';
import type { DoneMessage, ListeningMessage, RunOrder, StatisticsMessage } from '../protocol.ts';
import type { OutputStream, TrialListener, TrialProcess } from '../trial-process.ts';
import { within } from '../within.ts';
import type { RankLink } from './link.ts';
import { RankOutput } from './rank-output.ts';
import type { HeldSeat } from './seat.ts';

export interface FollowerWiring {
  readonly seat: HeldSeat;
  readonly child: TrialProcess;
  readonly attempts: Attempts;
  readonly token: AttemptToken;
  readonly link: RankLink;
  readonly order: Omit<RunOrder, 'type' | 'run' | 'deadlineMs'>;
  readonly outputIntervalMs: number;
  /** How long a rank may take to its end once the attempt has ended. */
  readonly endGraceMs: number;
  readonly log: Logger;
}

/** Rank 0's worker, if it can, is the first to say that the group is lost: it brings home what was reported until then. */
const FIRST_WORD_MS = 1500;
const TICK_MS = 250;

export class Follower implements TrialListener {
  readonly #wiring: FollowerWiring;
  readonly #output: RankOutput;
  readonly #left = deferred();
  readonly #timer: NodeJS.Timeout;
  #hasEnded = false;

  constructor(wiring: FollowerWiring) {
    this.#wiring = wiring;
    const { attempts, token, seat, outputIntervalMs, log } = wiring;
    const { rank } = seat.seat;
    this.#output = new RankOutput(rank, outputIntervalMs, (lines) => attempts.appendOutput(token, lines, rank), log);
    this.#timer = setInterval(() => wiring.child.extendDeadline(wiring.seat.deadlineMs), TICK_MS);
  }

  /** Runs the rank; resolves when its process is free for another trial. */
  run(): Promise<void> {
    const { seat, child, order, endGraceMs, link, log } = this.#wiring;
    this.#output.note(link.begun);
    child.run({ ...order, deadlineMs: seat.deadlineMs }, this);
    const ending = seat.over.then(async () => {
      await within(this.#left.promise, monotonicMs() >= seat.deadlineMs ? 0 : endGraceMs);
      if (!this.#hasEnded) child.kill();
    });
    inBackground(ending, log, 'the process of a rank could not be ended');
    return this.#left.promise;
  }

  /** The worker is to end. */
  async handBack(): Promise<void> {
    await this.#lose(`the worker of rank ${this.#wiring.seat.seat.rank} was asked to end`);
    this.#wiring.child.kill();
    await this.#left.promise;
  }

  /** Rank 0 reports for all. */
  onReports(): void {
    return undefined;
  }

  /** And saves for all. */
  onCheckpoint(): void {
    return undefined;
  }

  onOutput(stream: OutputStream, chunk: Buffer): void {
    this.#output.add(stream, chunk);
  }

  onListening(message: ListeningMessage): void {
    this.#wiring.link.onListening(message);
  }

  onStatistics(message: StatisticsMessage): void {
    this.#wiring.link.onStatistics(message);
  }

  onDone(message: DoneMessage): void {
    void this.#end(() => this.#conclude(message));
  }

  onExit(exit: Exit): void {
    const { rank } = this.#wiring.seat.seat;
    void this.#end(() => this.#lose(`rank ${rank} was lost: ${reportDeath(exit).message}`));
  }

  async #conclude({ outcome, written }: DoneMessage): Promise<void> {
    const { child, seat, attempts, token } = this.#wiring;
    const { rank, group } = seat.seat;
    await child.outputUpTo(written);
    if (outcome.state === 'lost') {
      await within(seat.over, FIRST_WORD_MS);
      await this.#lose(outcome.message);
    } else if (outcome.state === 'failed') {
      const { reason, message } = outcome;
      this.#output.note(`Rank ${rank} of group ${group} failed: ${message}`);
      await attempts.finish(token, { state: 'failed', reason, message: `rank ${rank}: ${message}` });
      await seat.closeGroup(`rank ${rank} failed: ${message}`);
    }
  }

  /** Gives the attempt back, unless it has ended in another way. */
  async #lose(why: string): Promise<void> {
    const { seat, attempts, token } = this.#wiring;
    await attempts.release(token, why);
    await seat.closeGroup(why);
  }

  async #end(conclude: () => Promise<void>): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#timer);
    const { child, link, log } = this.#wiring;
    try {
      await conclude();
      if (link.ended !== undefined) this.#output.note(link.ended);
      await this.#output.end();
    } catch (error) {
      log.warn({ err: error }, 'the end of a rank was not told');
    } finally {
      child.release();
      this.#left.resolve();
    }
  }
}
