/**
 * The reporter: checks what a training function reports, hands it below in order, one at a time, and turns the answers into
 * rejections. It decides nothing and stores nothing but the end of the trial, which stays even when the function swallows it.
 */
import { invalid } from '../core/errors.ts';
import type { Decision } from '../core/states.ts';
import type { Metrics, Report, Reporter } from './contract.ts';
import { TrialDiverged, TrialStopped } from './endings.ts';
import { tf } from './tf.ts';

export interface ReporterWiring {
  /** The experiment's metric: a plain number is this one, and every report holds it. */
  readonly metric: string;
  readonly signal: AbortSignal;
  send(report: Report): Promise<Decision>;
  warn(line: string): void;
}

export class TrialReporter implements Reporter {
  readonly #wiring: ReporterWiring;
  #tail: Promise<unknown> = Promise.resolve();
  #last: Report | undefined;
  #resumedAt = 0;
  #stopped: TrialStopped | undefined;
  #failure: { readonly error: unknown } | undefined;
  #warned = false;
  /** Ends the wait for an answer: one that is slow to come must not hold up a trial's end. */
  #giveUp: (() => void) | undefined;
  #heedsAbort = false;
  readonly #onAbort = (): void => this.#giveUp?.();

  constructor(wiring: ReporterWiring) {
    this.#wiring = wiring;
  }

  /** The last report that was taken. */
  get last(): Report | undefined {
    return this.#last;
  }

  /** Set once the trial is to end; a function that returns after that has still been stopped. */
  get stopped(): TrialStopped | undefined {
    return this.#stopped;
  }

  /** The first refused report; a function that did not await it has still failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  report(metrics: number | Metrics, step?: number): Promise<void> {
    // Copied now, since the caller may reuse the record before its turn comes.
    const given = typeof metrics === 'number' ? { [this.#wiring.metric]: metrics } : { ...metrics };
    const done = this.#tail.then(() => this.#take(given, step));
    this.#tail = done.catch(() => undefined);
    return done;
  }

  callback(logName: string): tf.Callback {
    return new EpochReports(this, this.#wiring.metric, logName);
  }

  /** Steps that are not named go on after the checkpoint that was loaded. */
  resumeAt(step: number): void {
    this.#resumedAt = step;
  }

  /** Resolves when every report made so far has its answer, whether or not anybody awaits it. */
  async settled(): Promise<void> {
    await this.#tail;
    this.#wiring.signal.removeEventListener('abort', this.#onAbort);
    this.#heedsAbort = false;
  }

  async #take(metrics: Metrics, step: number | undefined): Promise<void> {
    this.#throwIfOver();
    try {
      const report = this.#check(metrics, step);
      if (report === undefined) return;
      const decision = await this.#send(report);
      if (decision !== 'aborted') this.#last = report;
      if (decision === 'stop' || decision === 'pause') this.#stopped = new TrialStopped(decision, report.step);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
    this.#throwIfOver();
  }

  /** The answer, or `aborted` as soon as the signal is. */
  #send(report: Report): Promise<Decision | 'aborted'> {
    const { signal } = this.#wiring;
    // Listened to once for many reports: adding and removing a listener costs more than all the rest of a report.
    if (!this.#heedsAbort) signal.addEventListener('abort', this.#onAbort);
    this.#heedsAbort = true;
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve('aborted');
      this.#wiring.send(report).then(resolve, reject);
      if (signal.aborted) this.#giveUp();
    });
  }

  #throwIfOver(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#wiring.signal.aborted) this.#stopped ??= new TrialStopped('abort', this.#last?.step ?? 0);
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  /** The report to send, or nothing for a step that has been reported already. */
  #check(metrics: Metrics, step: number | undefined): Report | undefined {
    const lastStep = this.#last?.step ?? 0;
    const at = step ?? Math.max(lastStep, this.#resumedAt) + 1;
    if (!Number.isSafeInteger(at) || at < 1) throw invalid('step', 'must be a positive integer', at);
    checkMetrics(metrics, this.#wiring.metric, at);
    if (at > lastStep) return { step: at, metrics };
    if (!this.#warned) {
      this.#warned = true;
      this.#wiring.warn(`Report of step ${at} ignored: step ${lastStep} was reported before it, and the first report of a step counts`);
    }
    return undefined;
  }
}

function checkMetrics(metrics: Metrics, metric: string, step: number): void {
  if (!Object.hasOwn(metrics, metric)) {
    throw invalid('metrics', `must hold the experiment's metric "${metric}"`, Object.keys(metrics));
  }
  for (const [name, value] of Object.entries(metrics)) {
    if (typeof value !== 'number') throw invalid(`metrics.${name}`, 'must be a number', value);
    if (!Number.isFinite(value)) throw new TrialDiverged(name, value, `at step ${step}`);
  }
}

/** Reports after each epoch. `fit` awaits it, so the rejection of a stopped trial ends `fit`. */
class EpochReports extends tf.Callback {
  readonly #reporter: Reporter;
  readonly #metric: string;
  readonly #logName: string;

  constructor(reporter: Reporter, metric: string, logName: string) {
    super();
    this.#reporter = reporter;
    this.#metric = metric;
    this.#logName = logName;
  }

  override async onEpochEnd(epoch: number, logs: Record<string, unknown> = {}): Promise<void> {
    await readScalars(logs);
    const metrics: Record<string, number> = {};
    for (const [name, log] of Object.entries(logs)) {
      if (typeof log === 'number') metrics[name] = log;
    }
    const value = metrics[this.#logName];
    if (value === undefined) {
      throw invalid('callback', `must name one of the epoch's logs (${Object.keys(logs).join(', ')})`, this.#logName);
    }
    await this.#reporter.report({ ...metrics, [this.#metric]: value }, epoch + 1);
  }
}

/**
 * Puts numbers in place of the scalars that `fit` has not read from the device yet, as tf.CustomCallback does. `fit` frees those scalars
 * at its end, which a stopped one never reaches.
 */
async function readScalars(logs: Record<string, unknown>): Promise<void> {
  for (const [name, log] of Object.entries(logs)) {
    if (!(log instanceof tf.Tensor)) continue;
    [logs[name]] = await log.data();
    log.dispose();
  }
}

/** A reporter for calling a training function by hand: it checks reports as a trial would, prints them if asked, and never stops. */
export function localReporter(options: { metric?: string; onReport?: (report: Report) => void } = {}): Reporter {
  return new TrialReporter({
    metric: options.metric ?? 'value',
    signal: new AbortController().signal,
    send: async (report) => {
      options.onReport?.(report);
      return 'continue';
    },
    warn: (line) => process.emitWarning(line),
  });
}
