/**
 * What ran where and when, and what was decided at each rung: the part of an experiment's log that rows of trials do not keep, folded entry
 * by entry. `timeline.ts` and `rungs.ts` read it.
 */
import type { LogEvent } from '../../core/events.ts';
import { flipSign, type Decision, type Direction } from '../../core/states.ts';

export type SegmentEnd = 'completed' | 'stopped' | 'paused' | 'failed' | 'lost';

/** One stretch of a trial on one slot; times are ms since 1970. */
export interface Segment {
  readonly trial: number;
  readonly lane: number;
  readonly from: number;
  /** Infinity while it runs. */
  to: number;
  end: SegmentEnd | null;
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
        this.#begin(event.trial, this.#lane(event.worker, event.slot), event.at);
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
      case 'failed':
        this.#finish(event.trial, event.at, event.type);
        return;
      case 'attemptLost':
        this.#finish(event.trial, event.at, 'lost');
        return;
      default:
    }
  }

  #begin(trial: number, lane: number, from: number): void {
    const segment: Segment = { trial, lane, from, to: Infinity, end: null };
    this.segments.push(segment);
    this.#running.set(trial, segment);
  }

  #finish(trial: number, at: number, end: SegmentEnd): void {
    const segment = this.#running.get(trial);
    if (segment === undefined) return;
    segment.to = at;
    segment.end = end;
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
