/**
 * One attempt, from its binding to its end. Phases:
 *
 *   running    the training function runs; reports, output and checkpoints pass through here, the lease is renewed
 *   finishing  the function or its process has ended; what it said is brought home, then the outcome is told. As soon as it is on
 *              its way the process is free: whatever the slot asks for next, Redis hears later
 *   over       the outcome was taken, or nothing more may be said: the lease was lost, or the attempt handed back
 *
 * Whatever is refused means that the attempt no longer holds its lease: its process is killed and nothing more is said.
 * Nobody calls in here on a timer of the attempt's own; the worker's one clock calls `tick`.
 */
import type { Logger } from 'pino';
import type { Specification } from '../core/experiment.ts';
import type { Decision } from '../core/states.ts';
import type { AttemptKeeper, Binding, Outcome, Reply } from '../core/attempt.ts';
import { DirectoryCheckpointStore } from '../training/checkpoint-store.ts';
import { AttemptRecord } from './attempt-record.ts';
import { CheckpointTrail } from './checkpoint-trail.ts';
import { deferred } from './deferred.ts';
import { reportDeath, type Exit } from './exit.ts';
import { Lease, type LeaseTimes } from './lease.ts';
import { monotonicMs } from './monotonic.ts';
import { outcomeOfExit, outcomeOfFunction, type EndedBecause } from './outcome.ts';
import {
  REPORT_WINDOW,
  type CheckpointMessage,
  type DoneMessage,
  type ListeningMessage,
  type RankOrder,
  type ReportsMessage,
  type StatisticsMessage,
} from './protocol.ts';
import type { TakenAnswer } from './report-queue.ts';
import { runOrderOf } from './run-order.ts';
import type { OutputStream, TrialListener, TrialProcess } from './trial-process.ts';

export interface AttemptSettings extends LeaseTimes {
  /** A decision that has not come by then means continue; longer than a takeover takes. */
  readonly decisionWaitMs: number;
  /** Between two sendings of what a trial printed. */
  readonly outputIntervalMs: number;
}

export interface AttemptWiring {
  readonly attempts: AttemptKeeper;
  readonly child: TrialProcess;
  readonly binding: Binding;
  readonly specification: Specification;
  /** Folder of the experiment's files. */
  readonly store: string;
  readonly settings: AttemptSettings;
  /** When the start was asked for, on the monotonic clock: the lease lasts at least from then. */
  readonly startAskedAtMs: number;
  /** Of a lockstep trial, whose rank 0 this attempt runs. */
  readonly rank?: { readonly order: RankOrder; readonly link: AttemptLink };
  readonly log: Logger;
}

/** What an attempt has to do with the group that carries it out. */
export interface AttemptLink {
  /** Lines for the trial's log: how the rank began, and how it went. */
  readonly begun: string;
  readonly ended: string | undefined;
  onListening(message: ListeningMessage): void;
  onStatistics(message: StatisticsMessage): void;
}

export type AttemptEnd =
  { readonly kind: 'told'; readonly outcome: Outcome } | { readonly kind: 'lost'; readonly why: string } | { readonly kind: 'handed-back' };

export class Attempt implements TrialListener {
  /** Replaced checkpoints whose files may outlive the attempt for a while. */
  readonly checkpoints: CheckpointTrail;
  readonly #wiring: AttemptWiring;
  readonly #record: AttemptRecord;
  readonly #lease: Lease;
  readonly #over = deferred<AttemptEnd>();
  /** Settled when the process is free for another trial. */
  readonly #left = deferred();
  #hasLeft = false;
  #phase: 'running' | 'finishing' | 'over' = 'running';
  /** The last sign that training goes on: a report, a line, a checkpoint, a decision given. */
  #activeAtMs: number;
  #awaited: { readonly step: number; readonly sinceMs: number; hasTimedOut: boolean } | undefined;
  #creditedReports = 0;
  /** Why this side ended the process, if it did. */
  #endedBecause: EndedBecause | undefined;

  constructor(wiring: AttemptWiring) {
    this.#wiring = wiring;
    const { attempts, binding, specification, settings, startAskedAtMs, log } = wiring;
    this.#lease = new Lease(settings, startAskedAtMs);
    this.#activeAtMs = startAskedAtMs;
    this.#record = new AttemptRecord({
      attempts,
      token: binding.token,
      metric: specification.metric,
      outputIntervalMs: settings.outputIntervalMs,
      onTaken: (answer, decisionStep) => this.#onTaken(answer, decisionStep),
      onLost: (why) => this.#lose(why),
      log,
    });
    const files = new DirectoryCheckpointStore(wiring.store);
    this.checkpoints = new CheckpointTrail(files, binding.resumeFrom?.id, () => attempts.registeredCheckpoint(binding.token));
  }

  /** Resolves when the attempt is over. */
  get over(): Promise<AttemptEnd> {
    return this.#over.promise;
  }

  /** Runs the trial; resolves when its process is free for another, which may be before the attempt is over. */
  run(): Promise<void> {
    const { child, binding, specification, store, rank } = this.#wiring;
    if (binding.entry.origin === 'promotion' && binding.resumeFrom === null) {
      this.#record.output.note('The trial was promoted and has saved no checkpoint: it starts from the beginning');
    }
    const lockstep = rank === undefined ? {} : { lockstep: rank.order };
    if (rank !== undefined) this.#record.output.note(rank.link.begun);
    child.run({ deadlineMs: this.#lease.deadlineMs, ...runOrderOf(binding, specification, store), ...lockstep }, this);
    return this.#left.promise;
  }

  /** Renews the lease and looks for silence and for a decision that is overdue. */
  tick(nowMs: number): void {
    if (this.#phase === 'over') return;
    if (this.#lease.isDue(nowMs)) void this.#renew(nowMs);
    if (this.#phase !== 'running') return;
    const { settings, specification, child } = this.#wiring;
    if (nowMs >= this.#lease.deadlineMs) {
      this.#lose('the lease could not be renewed in time');
    } else if (this.#awaited !== undefined) {
      if (!this.#awaited.hasTimedOut && nowMs - this.#awaited.sinceMs >= settings.decisionWaitMs) void this.#timeOutDecision(this.#awaited);
    } else if (
      this.#record.isIdle &&
      this.#endedBecause === undefined &&
      nowMs - this.#activeAtMs >= specification.maxSilenceSeconds * 1000
    ) {
      this.#endedBecause = 'silent';
      child.kill();
    }
  }

  /** A message of the worker's channel about this attempt's trial. */
  hear(reply: Reply): void {
    if (this.#phase !== 'running' || reply.attempt !== this.#wiring.binding.token.attempt) return;
    if (reply.step !== undefined && reply.decision !== undefined) this.#decided(reply.step, reply.decision);
    if (reply.stop) this.#stop('stopped');
  }

  /** Ends what still runs and gives the trial back, so that another worker may start it at once. */
  async handBack(why = ''): Promise<void> {
    if (this.#phase === 'running') {
      const { child } = this.#wiring;
      this.#phase = 'over';
      this.#record.close();
      child.kill();
      await child.exited;
      this.#end((await this.#record.release(why)) ? { kind: 'handed-back' } : { kind: 'lost', why });
    }
    await this.#over.promise;
  }

  /** Ends what still runs and says nothing more: the lease lapses. */
  abandon(why: string): void {
    this.#lose(why);
  }

  onReports({ reports, decides }: ReportsMessage): void {
    if (this.#phase !== 'running') return;
    this.#record.addReports(reports, decides);
    this.#activeAtMs = monotonicMs();
    const last = reports.at(-1);
    if (decides && last !== undefined) this.#awaited = { step: last.step, sinceMs: this.#activeAtMs, hasTimedOut: false };
  }

  onCheckpoint({ call, id, step }: CheckpointMessage): void {
    if (this.#phase !== 'running') return;
    this.#activeAtMs = monotonicMs();
    void this.#register(call, id, step);
  }

  onOutput(stream: OutputStream, chunk: Buffer): void {
    if (this.#phase === 'over') return;
    this.#activeAtMs = monotonicMs();
    this.#record.output.add(stream, chunk);
  }

  onListening(message: ListeningMessage): void {
    this.#wiring.rank?.link.onListening(message);
  }

  onStatistics(message: StatisticsMessage): void {
    this.#wiring.rank?.link.onStatistics(message);
  }

  onDone(message: DoneMessage): void {
    if (this.#phase !== 'running') return;
    // Before anything changes: reports that cannot be read end the process, and the attempt by its exit.
    this.#record.addReports(message.reports, false);
    this.#phase = 'finishing';
    if (message.unhealthy !== null) this.#wiring.log.warn(`the trial process is replaced: ${message.unhealthy}`);
    void this.#finishDone(message);
  }

  onExit(exit: Exit): void {
    if (this.#phase !== 'running') return;
    // The watchdog ends a process whose deadline has passed; that is not the training function's doing.
    if (monotonicMs() >= this.#lease.deadlineMs) {
      this.#lose('the lease could not be renewed in time');
      return;
    }
    this.#phase = 'finishing';
    // A rank of a group is lost like any other, whatever ended it; a new generation goes on from the checkpoint.
    if (this.#wiring.rank !== undefined && this.#endedBecause === undefined) {
      void this.#giveBack(`rank 0 was lost: ${reportDeath(exit).message}`);
      return;
    }
    const outcome = outcomeOfExit(exit, this.#endedBecause, this.#wiring.specification.maxSilenceSeconds);
    if (outcome.state === 'failed') this.#record.output.note(`The trial was ended: ${outcome.message}`);
    void this.#finish(outcome);
  }

  async #finishDone({ written, outcome, model, lastStep }: DoneMessage): Promise<void> {
    const { child, rank } = this.#wiring;
    await child.outputUpTo(written);
    if (rank?.link.ended !== undefined) this.#record.output.note(rank.link.ended);
    if (outcome.state === 'lost') return this.#giveBack(outcome.message);
    await this.#finish(outcomeOfFunction(outcome, this.#endedBecause), model === null ? undefined : { id: model, step: lastStep });
  }

  async #finish(outcome: Outcome, model?: { readonly id: string; readonly step: number }): Promise<void> {
    const told = await this.#record.finish(outcome, model, () => this.#leaveProcess());
    if (told === 'undecided') await this.#giveBack('Redis has lost the decision that ended it');
    if (told === 'finished') this.#end({ kind: 'told', outcome });
  }

  /** Its group has lost a rank: what it said until then is brought home, and the trial is another attempt's. */
  async #giveBack(why: string): Promise<void> {
    this.#record.output.note(`The attempt was given back: ${why}`);
    await this.#record.giveBack(why);
    this.#end({ kind: 'handed-back' });
  }

  async #register(call: number, id: string, step: number): Promise<void> {
    const { child, log } = this.#wiring;
    if ((await this.#record.registerFiles('checkpoint', id, step)) === undefined) return;
    child.tell({ type: 'registered', call });
    this.checkpoints.registered(id, monotonicMs());
    await this.checkpoints.removeDue(monotonicMs()).catch((error: unknown) => log.warn({ err: error }, 'an old checkpoint stays'));
  }

  #onTaken({ taken, decision }: TakenAnswer, decisionStep: number | null): void {
    if (this.#phase !== 'running') return;
    // A trial whose reports fit into its window needs no word that they were taken.
    if (taken - this.#creditedReports >= REPORT_WINDOW / 2) {
      this.#creditedReports = taken;
      this.#wiring.child.tell({ type: 'taken', number: taken });
    }
    if (decisionStep !== null && decision !== 'wait') this.#decided(decisionStep, decision);
    if (decision === 'stop') this.#stop('stopped');
  }

  #decided(step: number, decision: Decision): void {
    if (this.#awaited?.step !== step || this.#phase !== 'running') return;
    this.#awaited = undefined;
    this.#activeAtMs = monotonicMs();
    this.#wiring.child.tell({ type: 'decision', step, decision });
    if (decision === 'stop') this.#stop('stopped');
    if (decision === 'pause') this.#stop('paused');
  }

  #stop(because: 'stopped' | 'paused'): void {
    if (this.#phase !== 'running' || this.#endedBecause !== undefined) return;
    this.#endedBecause = because;
    this.#wiring.child.stop();
  }

  async #renew(nowMs: number): Promise<void> {
    const { settings, child } = this.#wiring;
    const awaited = this.#awaited?.step;
    const answer = await this.#lease.renew(nowMs, () => this.#record.renew(settings.leaseMs, awaited));
    if (answer === undefined) return;
    if (this.#phase === 'running') child.extendDeadline(this.#lease.deadlineMs);
    if (answer.decision !== null && awaited !== undefined) this.#decided(awaited, answer.decision);
    if (answer.stop) this.#stop('stopped');
  }

  async #timeOutDecision(awaited: { readonly step: number; hasTimedOut: boolean }): Promise<void> {
    awaited.hasTimedOut = true;
    this.#wiring.log.warn({ step: awaited.step }, 'no decision came in time: the trial goes on');
    const answer = await this.#record.timeOutDecision(awaited.step);
    if (answer !== undefined) this.#decided(awaited.step, answer.decision);
  }

  #lose(why: string): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'running') this.#wiring.child.kill();
    this.#end({ kind: 'lost', why });
  }

  #end(end: AttemptEnd): void {
    this.#phase = 'over';
    this.#record.close();
    this.#leaveProcess();
    this.#over.resolve(end);
  }

  /** Once: afterwards the process is another attempt's. */
  #leaveProcess(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#wiring.child.release();
    this.#left.resolve();
  }
}
