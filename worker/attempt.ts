/**
 * One attempt, from its binding to its end. Phases:
 *
 *   running    the training function runs; reports, output and checkpoints pass through here, the lease is renewed
 *   finishing  the function or its process has ended; what it said is brought home, then the outcome is told
 *   over       the outcome was taken, or nothing more may be said: the lease was lost, or the attempt handed back
 *
 * Whatever is refused means that the attempt no longer holds its lease: its process is killed and nothing more is said.
 * Nobody calls in here on a timer of the attempt's own; the worker's one clock calls `tick`.
 */
import type { Logger } from 'pino';
import { MaggyError } from '../core/errors.ts';
import type { Specification } from '../core/experiment.ts';
import type { Decision } from '../core/states.ts';
import type { Attempts, Binding, Outcome, Refused, Reply, Report } from '../queue/attempts.ts';
import { DirectoryCheckpointStore } from '../training/checkpoint-store.ts';
import { CheckpointTrail } from './checkpoint-trail.ts';
import { deferred } from './deferred.ts';
import { reportDeath, type Exit } from './exit.ts';
import { monotonicMs } from './monotonic.ts';
import { TrialOutput } from './output.ts';
import {
  REPORT_WINDOW,
  type CheckpointMessage,
  type ChildOutcome,
  type DoneMessage,
  type ReportRow,
  type ReportsMessage,
} from './protocol.ts';
import { ReportQueue, type TakenAnswer } from './report-queue.ts';
import type { OutputStream, TrialListener, TrialProcess } from './trial-process.ts';

export interface AttemptSettings {
  /** How long a lease lasts; a quarter of it passes between renewals. */
  readonly leaseMs: number;
  /** How long before the lease ends the process must be gone. */
  readonly leaseGraceMs: number;
  /** A decision that has not come by then means continue; longer than a takeover takes. */
  readonly decisionWaitMs: number;
  /** Between two sendings of what a trial printed. */
  readonly outputIntervalMs: number;
}

export interface AttemptWiring {
  readonly attempts: Attempts;
  readonly child: TrialProcess;
  readonly binding: Binding;
  readonly specification: Specification;
  /** Folder of the experiment's files. */
  readonly store: string;
  readonly settings: AttemptSettings;
  /** When the start was asked for, on the monotonic clock: the lease lasts at least from then. */
  readonly startAskedAtMs: number;
  readonly log: Logger;
}

export type AttemptEnd =
  { readonly kind: 'told'; readonly outcome: Outcome } | { readonly kind: 'lost'; readonly why: string } | { readonly kind: 'handed-back' };

export class Attempt implements TrialListener {
  /** Replaced checkpoints whose files may outlive the attempt for a while. */
  readonly checkpoints: CheckpointTrail;
  readonly #wiring: AttemptWiring;
  readonly #reports: ReportQueue;
  readonly #output: TrialOutput;
  readonly #over = deferred<AttemptEnd>();
  #phase: 'running' | 'finishing' | 'over' = 'running';
  #deadlineMs: number;
  #renewAtMs: number;
  #isRenewing = false;
  /** The last sign that training goes on: a report, a line, a checkpoint, a decision given. */
  #activeAtMs: number;
  #awaited: { readonly step: number; readonly sinceMs: number; hasTimedOut: boolean } | undefined;
  #creditedReports = 0;
  /** Why this side ended the process, if it did. */
  #endedBecause: 'stopped' | 'silent' | undefined;

  constructor(wiring: AttemptWiring) {
    this.#wiring = wiring;
    const { attempts, binding, settings, startAskedAtMs } = wiring;
    this.#deadlineMs = startAskedAtMs + settings.leaseMs - settings.leaseGraceMs;
    this.#renewAtMs = startAskedAtMs + settings.leaseMs / 4;
    this.#activeAtMs = startAskedAtMs;
    this.#reports = new ReportQueue({
      send: (first, reports, decides) => attempts.report(binding.token, first, reports, decides),
      onTaken: (answer, decides) => this.#onTaken(answer, decides),
      onRefused: (answer) => this.#lose(answer.why),
      onError: (error) => this.#fail(error),
    });
    this.checkpoints = new CheckpointTrail(new DirectoryCheckpointStore(wiring.store), binding.resumeFrom?.id);
    this.#output = new TrialOutput(settings.outputIntervalMs, (lines) => this.#say(attempts.appendOutput(binding.token, lines)));
  }

  /** Runs the trial; resolves when the slot is free again. */
  run(): Promise<AttemptEnd> {
    const { child, binding, specification, store } = this.#wiring;
    const { trial, params, seed } = binding.entry;
    const { trainingFunction, metric, direction, decisionSteps, dataset, seed: experimentSeed } = specification;
    child.run(
      {
        deadlineMs: this.#deadlineMs,
        trainingFunction: trainingFunction.name,
        trial,
        params,
        seed,
        experimentSeed,
        datasetOptions: dataset,
        metric,
        direction,
        decisionSteps,
        resumeFrom: binding.resumeFrom,
        best: binding.best,
        store,
      },
      this,
    );
    return this.#over.promise;
  }

  /** Renews the lease and looks for silence and for a decision that is overdue. */
  tick(nowMs: number): void {
    if (this.#phase === 'over') return;
    if (!this.#isRenewing && nowMs >= this.#renewAtMs) void this.#renew(nowMs);
    if (this.#phase !== 'running') return;
    const { settings, specification, child } = this.#wiring;
    if (nowMs >= this.#deadlineMs) {
      this.#lose('the lease could not be renewed in time');
    } else if (this.#awaited !== undefined) {
      if (!this.#awaited.hasTimedOut && nowMs - this.#awaited.sinceMs >= settings.decisionWaitMs) void this.#timeOutDecision(this.#awaited);
    } else if (
      this.#reports.isIdle &&
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
    if (reply.stop) this.#stop();
  }

  /** Ends what still runs and gives the trial back, so that another worker may start it at once. */
  async handBack(): Promise<void> {
    if (this.#phase === 'running') {
      const { child, attempts, binding } = this.#wiring;
      this.#phase = 'over';
      this.#output.abandon();
      child.kill();
      await child.exited;
      await attempts.release(binding.token);
      this.#over.resolve({ kind: 'handed-back' });
    }
    await this.#over.promise;
  }

  /** Ends what still runs and says nothing more: the lease lapses. */
  abandon(why: string): void {
    this.#lose(why);
  }

  onReports({ reports, decides }: ReportsMessage): void {
    if (this.#phase !== 'running') return;
    const read = this.#read(reports);
    this.#activeAtMs = monotonicMs();
    const last = reports.at(-1);
    if (decides && last !== undefined) this.#awaited = { step: last.step, sinceMs: this.#activeAtMs, hasTimedOut: false };
    this.#reports.add(read, decides);
  }

  onCheckpoint({ call, id, step }: CheckpointMessage): void {
    if (this.#phase !== 'running') return;
    this.#activeAtMs = monotonicMs();
    const { attempts, binding, child, log } = this.#wiring;
    this.#guard(async () => {
      const answer = await this.#say(attempts.registerFiles(binding.token, 'checkpoint', id, step));
      if (answer === undefined) return;
      child.tell({ type: 'registered', call });
      this.checkpoints.registered(id, monotonicMs());
      await this.checkpoints.removeDue(monotonicMs()).catch((error: unknown) => log.warn({ err: error }, 'an old checkpoint stays'));
    });
  }

  onOutput(stream: OutputStream, chunk: Buffer): void {
    if (this.#phase === 'over') return;
    this.#activeAtMs = monotonicMs();
    this.#output.add(stream, chunk);
  }

  onDone(message: DoneMessage): void {
    if (this.#phase !== 'running') return;
    // Before anything changes: reports that cannot be read end the process, and the attempt by its exit.
    const reports = this.#read(message.reports);
    this.#phase = 'finishing';
    if (message.unhealthy !== null) this.#wiring.log.warn(`the trial process is replaced: ${message.unhealthy}`);
    this.#reports.add(reports, false);
    this.#guard(async () => {
      await this.#wiring.child.outputUpTo(message.written);
      await this.#conclude(outcomeOf(message.outcome), message);
    });
  }

  onExit(exit: Exit): void {
    if (this.#phase !== 'running') return;
    // The watchdog ends a process whose deadline has passed; that is not the training function's doing.
    if (monotonicMs() >= this.#deadlineMs) {
      this.#lose('the lease could not be renewed in time');
      return;
    }
    this.#phase = 'finishing';
    const outcome = this.#outcomeOfExit(exit);
    if (outcome.state === 'failed') this.#output.note(`The trial was ended: ${outcome.message}`);
    this.#guard(() => this.#conclude(outcome));
  }

  /** Everything that was said goes before the outcome, which ends the lease. */
  async #conclude(outcome: Outcome, done?: DoneMessage): Promise<void> {
    const { attempts, binding, child } = this.#wiring;
    if (!this.#reports.isIdle) await this.#reports.settled();
    await this.#output.end();
    if (done !== undefined && done.model !== null)
      await this.#say(attempts.registerFiles(binding.token, 'model', done.model, done.lastStep));
    if (this.#isOver()) return;
    const answer = await attempts.finish(binding.token, outcome);
    if (this.#isOver()) return;
    if (answer.kind === 'refused') {
      this.#lose(answer.why);
      return;
    }
    this.#phase = 'over';
    child.release();
    this.#over.resolve({ kind: 'told', outcome });
  }

  #outcomeOfExit(exit: Exit): Outcome {
    switch (this.#endedBecause) {
      case 'stopped':
        return { state: 'stopped' };
      case 'silent': {
        const { maxSilenceSeconds } = this.#wiring.specification;
        return { state: 'failed', reason: 'silent', message: `it reported and printed nothing for ${maxSilenceSeconds} s` };
      }
      case undefined:
        return { state: 'failed', ...reportDeath(exit) };
    }
  }

  #read(rows: readonly ReportRow[]): Report[] {
    const { metric } = this.#wiring.specification;
    return rows.map(({ step, metrics }) => ({ step, metrics, value: valueOf(metrics, metric) }));
  }

  #onTaken({ taken, decision }: TakenAnswer, decides: boolean): void {
    if (this.#phase !== 'running') return;
    // A trial whose reports fit into its window needs no word that they were taken.
    if (taken - this.#creditedReports >= REPORT_WINDOW / 2) {
      this.#creditedReports = taken;
      this.#wiring.child.tell({ type: 'taken', number: taken });
    }
    if (decides && decision !== 'wait' && this.#awaited !== undefined) this.#decided(this.#awaited.step, decision);
    else if (decision === 'stop') this.#stop();
  }

  #decided(step: number, decision: Decision): void {
    if (this.#awaited?.step !== step || this.#phase !== 'running') return;
    this.#awaited = undefined;
    this.#activeAtMs = monotonicMs();
    this.#wiring.child.tell({ type: 'decision', step, decision });
    if (decision === 'stop') this.#stop();
  }

  #stop(): void {
    if (this.#phase !== 'running' || this.#endedBecause !== undefined) return;
    this.#endedBecause = 'stopped';
    this.#wiring.child.stop();
  }

  async #renew(nowMs: number): Promise<void> {
    const { attempts, binding, settings, child } = this.#wiring;
    this.#isRenewing = true;
    const awaited = this.#awaited?.step;
    const answer = await this.#say(attempts.renew(binding.token, settings.leaseMs, awaited));
    this.#isRenewing = false;
    if (answer === undefined || this.#isOver()) return;
    // The lease lasts at least from when it was asked for.
    this.#deadlineMs = nowMs + settings.leaseMs - settings.leaseGraceMs;
    this.#renewAtMs = nowMs + settings.leaseMs / 4;
    if (this.#phase === 'running') child.extendDeadline(this.#deadlineMs);
    if (answer.decision !== null && awaited !== undefined) this.#decided(awaited, answer.decision);
    if (answer.stop) this.#stop();
  }

  async #timeOutDecision(awaited: { readonly step: number; hasTimedOut: boolean }): Promise<void> {
    awaited.hasTimedOut = true;
    const { attempts, binding, log } = this.#wiring;
    log.warn({ step: awaited.step }, 'no decision came in time: the trial goes on');
    const answer = await this.#say(attempts.timeOutDecision(binding.token, awaited.step));
    if (answer !== undefined) this.#decided(awaited.step, answer.decision);
  }

  /** The answer to something said under the lease; undefined when it was refused or failed, which ends the attempt. */
  async #say<Answer extends { readonly kind: string }>(saying: Promise<Answer | Refused>): Promise<Answer | undefined> {
    try {
      const answer = await saying;
      if (!isRefused(answer)) return answer;
      this.#lose(answer.why);
    } catch (error) {
      this.#fail(error);
    }
    return undefined;
  }

  #guard(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#fail(error));
  }

  /** Redis answered what nobody expects: the attempt cannot be vouched for any more. */
  #fail(error: unknown): void {
    if (this.#isOver()) return;
    this.#wiring.log.error({ err: error }, 'the attempt is given up');
    this.#lose(error instanceof Error ? error.message : String(error));
  }

  #lose(why: string): void {
    if (this.#isOver()) return;
    const { child } = this.#wiring;
    if (this.#phase === 'running') child.kill();
    this.#phase = 'over';
    this.#output.abandon();
    child.release();
    this.#over.resolve({ kind: 'lost', why });
  }

  /** As a method, since the phase may change while something is awaited. */
  #isOver(): boolean {
    return this.#phase === 'over';
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

function outcomeOf(outcome: ChildOutcome): Outcome {
  switch (outcome.state) {
    case 'completed':
    case 'failed':
      return outcome;
    // No scheduler promotes what it paused yet, so a trial ends where it is paused.
    case 'paused':
    case 'stopped':
      return { state: 'stopped' };
  }
}
