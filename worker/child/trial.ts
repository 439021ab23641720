/**
 * One run of a trial as its process sees it: the environment below the training function, wired to the worker. It keeps no
 * record; what the worker has not taken is lost with the process, and the attempt with it.
 */
import { isDecisionStep } from '../../core/decision-steps.ts';
import type { Decision } from '../../core/states.ts';
import type { CheckpointStore } from '../../training/checkpoint-store.ts';
import type { Report, SavedCheckpoint, TrialEnvironment } from '../../training/contract.ts';
import { deferred, type Deferred } from '../deferred.ts';
import type { ChildMessage, ParentMessage, ReportRow, RunOrder } from '../protocol.ts';
import { OutgoingReports } from './outgoing-reports.ts';

export class Trial implements TrialEnvironment {
  readonly order: RunOrder;
  readonly checkpoints: CheckpointStore;
  readonly #send: (message: ChildMessage) => void;
  readonly #ending = new AbortController();
  readonly #reports: OutgoingReports;
  readonly #registrations = new Map<number, Deferred>();
  #addresses: Deferred<readonly string[]> | undefined;
  #calls = 0;
  /** Of the reports so far, also of those before the checkpoint that this attempt goes on from. */
  #lastStep: number;
  #decision: { readonly step: number; readonly made: Deferred<Decision> } | undefined;

  constructor(order: RunOrder, checkpoints: CheckpointStore, send: (message: ChildMessage) => void) {
    this.order = order;
    this.checkpoints = checkpoints;
    this.#send = send;
    this.#lastStep = order.resumeFrom?.step ?? 0;
    this.#reports = new OutgoingReports((reports, decides) => send({ type: 'reports', run: order.run, reports: [...reports], decides }));
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Whether it is a rank of a lockstep group that has nothing to say: rank 0 speaks for all. */
  get isSilent(): boolean {
    return (this.order.lockstep?.membership.rank ?? 0) > 0;
  }

  async report({ step, metrics }: Report): Promise<Decision> {
    if (this.isSilent) return 'continue';
    const row = { step, metrics: { ...metrics } };
    const decides = isDecisionStep(this.order.decisionSteps, step, this.#lastStep);
    this.#lastStep = Math.max(this.#lastStep, step);
    if (!decides) {
      await this.#reports.add(row);
      return 'continue';
    }
    const made = deferred<Decision>();
    this.#decision = { step, made };
    this.#reports.addDeciding(row);
    return made.promise;
  }

  log(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** Of a group the first rank writes, and not every step that the function would save. */
  keepsCheckpoint(step: number): boolean {
    const { lockstep } = this.order;
    return lockstep === undefined || (!this.isSilent && step % lockstep.checkpointEverySteps === 0);
  }

  /** Says where this rank of a group listens, and hears where all do. Rejects when the trial is to end instead. */
  async exchangeAddress(address: string): Promise<readonly string[]> {
    this.signal.throwIfAborted();
    this.#addresses = deferred();
    this.#send({ type: 'listening', run: this.order.run, address });
    return this.#addresses.promise;
  }

  async checkpointSaved({ id, step }: SavedCheckpoint): Promise<void> {
    const registered = deferred();
    this.#calls += 1;
    this.#registrations.set(this.#calls, registered);
    this.#send({ type: 'checkpoint', run: this.order.run, call: this.#calls, id, step });
    await registered.promise;
  }

  flush(): void {
    this.#reports.flush();
  }

  /** What has not been sent when the function ended. */
  restOfReports(): readonly ReportRow[] {
    return this.#reports.takeRest();
  }

  hear(message: Exclude<ParentMessage, { type: 'load' | 'run' }>): void {
    switch (message.type) {
      case 'taken':
        this.#reports.taken(message.number);
        break;
      case 'decision':
        if (this.#decision?.step === message.step) this.#decision.made.resolve(message.decision);
        break;
      case 'registered':
        this.#registrations.get(message.call)?.resolve();
        this.#registrations.delete(message.call);
        break;
      case 'connect':
        this.#addresses?.resolve(message.addresses);
        break;
      case 'stop':
        this.#ending.abort();
        this.#addresses?.reject(new Error('the trial is to end'));
        this.#reports.release();
        break;
    }
  }
}
