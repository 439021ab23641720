/**
 * What ran where and when, and what was decided at each rung: the part of an experiment's log that rows of trials do not keep, folded entry
 * by entry. `timeline.ts` and `rungs.ts` read it.
 */
import type { EventOf, LogEvent, Origin } from '../../core/events.ts';
import { flipSign, type Decision, type Direction } from '../../core/states.ts';

export type SegmentEnd = 'completed' | 'stopped' | 'paused' | 'failed' | 'lost';

/** One stretch of a trial on one slot; times are ms since 1970. */
export interface Segment {
  readonly trial: number;
  readonly attempt: number;
  readonly origin: Origin;
  readonly lane: number;
  readonly from: number;
  /** Infinity while it runs. */
  to: number;
  end: SegmentEnd | null;
  /** Why it failed or was lost; null where it was not, or nobody could say. */
  reason: string | null;
}

export interface Lane {
  readonly worker: string;
  readonly slot: number;
}

export interface RungBook {
  readonly decided: Record<Decision, number>;
  /** Of those paused here, the trials that were taken up again. */
  promoted: number;
  /** What is minimised, of the best trial seen here. */
  best: number;
}

export class SegmentBook {
  readonly lanes: Lane[] = [];
  readonly segments: Segment[] = [];
  readonly rungs = new Map<number, RungBook>();
  readonly #direction: Direction;
  readonly #laneNumbers = new Map<string, number>();
  readonly #running = new Map<number, Segment>();
  readonly #reported = new Map<number, number>();
  readonly #pausedAt = new Map<number, number>();

  constructor(direction: Direction) {
    this.#direction = direction;
  }

  apply(event: LogEvent): void {
    switch (event.type) {
      case 'bound':
        this.#begin(event);
        if (event.origin === 'promotion') this.#promote(event.trial);
        return;
      case 'reported':
        this.#reported.set(event.trial, flipSign(this.#direction, event.value));
        return;
      case 'decided':
        this.#decide(event.trial, event.step, event.decision);
        return;
      case 'completed':
      case 'stopped':
      case 'paused':
        this.#finish(event, event.type);
        return;
      case 'failed':
        this.#finish(event, event.type, `${event.reason}: ${event.message}`);
        return;
      case 'attemptLost':
        this.#finish(event, 'lost', event.message);
        return;
      default:
    }
  }

  #begin({ trial, attempt, origin, worker, slot, at: from }: EventOf<'bound'>): void {
    const segment: Segment = { trial, attempt, origin, lane: this.#lane(worker, slot), from, to: Infinity, end: null, reason: null };
    this.segments.push(segment);
    this.#running.set(trial, segment);
  }

  #finish({ trial, at }: { readonly trial: number; readonly at: number }, end: SegmentEnd, reason: string | null = null): void {
    const segment = this.#running.get(trial);
    if (segment === undefined) return;
    segment.to = at;
    segment.end = end;
    segment.reason = reason;
    this.#running.delete(trial);
  }

  #decide(trial: number, step: number, decision: Decision): void {
    const rung = this.rungs.get(step) ?? { decided: { continue: 0, pause: 0, stop: 0 }, promoted: 0, best: Infinity };
    this.rungs.set(step, rung);
    rung.decided[decision] += 1;
    rung.best = Math.min(rung.best, this.#reported.get(trial) ?? Infinity);
    if (decision === 'pause') this.#pausedAt.set(trial, step);
  }

  #promote(trial: number): void {
    const rung = this.rungs.get(this.#pausedAt.get(trial) ?? 0);
    if (rung !== undefined) rung.promoted += 1;
    this.#pausedAt.delete(trial);
  }

  #lane(worker: string, slot: number): number {
    const name = `${worker} ${slot}`;
    const known = this.#laneNumbers.get(name);
    if (known !== undefined) return known;
    this.#laneNumbers.set(name, this.lanes.length);
    return this.lanes.push({ worker, slot }) - 1;
  }
}
