/**
 * The attempts that run in a worker, by experiment and trial: what is heard and the clock's ticks go to them from here. The
 * checkpoints that they have replaced are removed in time, also after their end.
 */
import type { Logger } from 'pino';
import type { Reply } from '../core/attempt.ts';
import { parseReply } from '../queue/attempts.ts';
import { fail, startSpan, type Span } from '../telemetry/tracing.ts';
import type { Attempt, AttemptEnd } from './attempt.ts';
import type { CheckpointTrail } from './checkpoint-trail.ts';
import { monotonicMs } from './monotonic.ts';
import type { RunningTrial } from './slots.ts';

export class RunningAttempts {
  readonly #log: Logger;
  readonly #onEnd: (end: AttemptEnd) => void;
  readonly #attempts = new Map<string, Attempt>();
  /** Checkpoints that attempts which have ended replaced lately. */
  readonly #trails = new Set<CheckpointTrail>();

  constructor(log: Logger, onEnd: (end: AttemptEnd) => void = () => undefined) {
    this.#onEnd = onEnd;
    this.#log = log;
  }

  get count(): number {
    return this.#attempts.size;
  }

  /** Resolves when the attempt's process is free for another. */
  async run({ experiment, trial, attempt: number }: RunningTrial, attempt: Attempt): Promise<void> {
    const span = startSpan('attempt', { experiment, trial, attempt: number });
    const left = attempt.run();
    const key = trialKey(experiment, trial);
    this.#attempts.set(key, attempt);
    void attempt.over.then((end) => {
      this.#onEnd(end);
      endSpan(span, end);
      // Of a lost attempt nobody can say which checkpoint Redis still knows as the trial's last: its files stay with the experiment.
      if (end.kind !== 'lost') this.#trails.add(attempt.checkpoints);
      if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
    });
    await left;
  }

  /** A message of the worker's channel. */
  hear(message: string): void {
    try {
      this.tell(parseReply(message));
    } catch (error) {
      this.#log.warn({ err: error }, 'a message of the channel could not be read');
    }
  }

  tell(reply: Reply): void {
    this.#attempts.get(trialKey(reply.experiment, reply.trial))?.hear(reply);
  }

  tick(): void {
    const nowMs = monotonicMs();
    for (const attempt of this.#attempts.values()) attempt.tick(nowMs);
    for (const trail of this.#trails) {
      trail.removeDue(nowMs).catch((error: unknown) => this.#log.warn({ err: error }, 'an old checkpoint stays'));
      if (trail.isClean) this.#trails.delete(trail);
    }
  }

  async handBack(): Promise<void> {
    await Promise.all([...this.#attempts.values()].map((attempt) => attempt.handBack()));
  }

  /** Nothing more is said of those that run: their leases lapse. */
  abandon(why: string): void {
    for (const attempt of this.#attempts.values()) attempt.abandon(why);
  }

  /** Removes what would be removed in time. */
  async clean(): Promise<void> {
    await Promise.allSettled([...this.#trails].map((trail) => trail.removeAll()));
  }
}

function endSpan(span: Span, end: AttemptEnd): void {
  const state = end.kind === 'told' ? end.outcome.state : end.kind;
  span.setAttribute('maggy.outcome', state);
  if (state === 'failed' || state === 'lost') fail(span, state);
  span.end();
}

function trialKey(experiment: string, trial: number): string {
  return `${experiment}/${trial}`;
}
