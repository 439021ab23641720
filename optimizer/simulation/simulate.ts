/**
 * An experiment in virtual time: the real optimizer, and workers that take as long as the workload says. Nothing waits and nothing
 * trains, so that hours of thousands of workers pass in seconds. Same options, same simulation.
 *
 * Asynchronous workers take the next trial as soon as they are free. In batches, the baseline, all of them wait for the slowest before
 * any goes on. Deciding, starting and reporting take no virtual time.
 */
import { invalid } from '../../core/errors.ts';
import { randomStream, type RandomStream } from '../../core/random.ts';
import { flipSign } from '../../core/states.ts';
import { createOptimizer, type Optimizer } from '../local-optimizer.ts';
import type { OptimizerOptions, Told } from '../local-options.ts';
import { EventQueue } from './event-queue.ts';
import type { Curve, Workload } from './workload.ts';

export interface SimulationOptions {
  readonly workload: Workload;
  readonly workers: number;
  readonly optimizer: Omit<OptimizerOptions, 'space' | 'direction'>;
  /** Configurations that come before any suggestion, in this order. */
  readonly enqueue?: Parameters<Optimizer['enqueue']>[0][];
  /** Of whatever happens to workers: stragglers and dropouts. 0 by default. */
  readonly seed?: number;
  /** `asynchronous` by default. */
  readonly mode?: 'asynchronous' | 'batch';
  readonly stragglers?: Stragglers;
  readonly dropouts?: Dropouts;
  /** Ends the simulation once a trial has completed that is at least as good. */
  readonly targetValue?: number;
  /** Ends the simulation after so much virtual time. */
  readonly maxSeconds?: number;
}

/** Durations are multiplied by log-normal factors of median 1, with these standard deviations of the logarithm. */
export interface Stragglers {
  /** Of all steps of one attempt. */
  readonly perAttempt?: number;
  /** Of each step. */
  readonly perStep?: number;
}

/** Workers that drop out, with what they run, and come back. The trial starts again where its segment began. */
export interface Dropouts {
  /** Busy time until a worker drops out, exponentially distributed. */
  readonly meanSeconds: number;
  readonly awaySeconds: number;
}

export interface Simulation {
  readonly workers: number;
  /** When the last trial ended, or the simulation was ended. */
  readonly seconds: number;
  /** What workers did, in the order of the ends. */
  readonly segments: readonly Segment[];
  /** Each completed trial that was better than all before it. */
  readonly incumbents: readonly IncumbentAt[];
  /** Worker seconds between dropping out and coming back. */
  readonly awaySeconds: number;
}

/** What one worker did for one trial without a break. */
export interface Segment {
  readonly trial: number;
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Steps of the points it began after and ended with: what it computed lies between. */
  readonly fromStep: number;
  readonly toStep: number;
  /** `stopped` by the scheduler; `withdrawn`: its curve ends there, for no reason of the scheduler's; `cut`: the simulation ended first. */
  readonly outcome: 'completed' | 'stopped' | 'withdrawn' | 'failed' | 'paused' | 'lost' | 'cut';
}

export interface IncumbentAt {
  readonly at: number;
  readonly trial: number;
  readonly value: number;
}

export function simulate(options: SimulationOptions): Simulation {
  return new Simulator(options).run();
}

/** A trial that is not over. */
interface Trial {
  readonly number: number;
  readonly curve: Curve;
  /** Step that it may run to. */
  resource: number;
  attempts: number;
  /** Point that its segment begins with: what a lost attempt goes back to. */
  from: number;
  /** Step of the last report: repeated ones are not reported again. */
  reported: number;
}

interface Attempt {
  readonly trial: Trial;
  readonly number: number;
  readonly startedAt: number;
  readonly random: RandomStream;
  readonly slowness: number;
  /** Point that it works towards. */
  next: number;
}

type Event =
  | { readonly type: 'measured' | 'ended' | 'lost'; readonly attempt: Attempt }
  /** A worker is back. */
  | { readonly type: 'returned' };

/** What a trial has come to that ends as its curve does. */
const outcomeOf: Readonly<Record<Told['state'], Segment['outcome']>> = {
  completed: 'completed',
  stopped: 'withdrawn',
  failed: 'failed',
  infeasible: 'failed',
};

class Simulator {
  readonly #options: SimulationOptions;
  readonly #optimizer: Optimizer;
  readonly #events = new EventQueue<Event>();
  readonly #trials = new Map<number, Trial>();
  readonly #running = new Set<Attempt>();
  /** Trials that lost their worker, in the order in which they did. */
  readonly #lost: Trial[] = [];
  readonly #segments: Segment[] = [];
  readonly #incumbents: IncumbentAt[] = [];
  #idle: number;
  #away = 0;
  #awaySeconds = 0;
  #now = 0;

  constructor(options: SimulationOptions) {
    const { workload, workers, optimizer, enqueue = [] } = options;
    if (!Number.isSafeInteger(workers) || workers < 1) throw invalid('workers', 'must be a positive integer', workers);
    this.#options = options;
    this.#optimizer = createOptimizer({ ...optimizer, space: workload.space, direction: workload.direction });
    for (const params of enqueue) this.#optimizer.enqueue(params);
    this.#idle = workers;
  }

  run(): Simulation {
    const { maxSeconds = Infinity, workers } = this.#options;
    this.#start();
    for (let next = this.#events.pop(); next !== undefined; next = this.#events.pop()) {
      // Workers that come back to nothing do not move the end.
      if (next.event.type === 'returned' && !this.#isBusy) break;
      this.#pass(Math.min(next.at, maxSeconds));
      if (next.at > maxSeconds) break;
      this.#take(next.event);
      if (this.#isTargetReached()) break;
      this.#start();
    }
    for (const attempt of this.#running) this.#addSegment(attempt, 'cut');
    return {
      workers,
      seconds: this.#now,
      segments: this.#segments,
      incumbents: this.#incumbents,
      awaySeconds: this.#awaySeconds,
    };
  }

  #pass(to: number): void {
    this.#awaySeconds += this.#away * (to - this.#now);
    this.#now = to;
  }

  get #isBusy(): boolean {
    return this.#running.size > 0 || this.#lost.length > 0;
  }

  /** Gives free workers whatever may start. */
  #start(): void {
    const isOpen = this.#options.mode !== 'batch' || !this.#isBusy;
    while (this.#idle > 0) {
      const trial = this.#lost.shift() ?? (isOpen ? this.#ask() : null);
      if (trial === null) return;
      this.#idle -= 1;
      this.#begin(trial);
    }
  }

  #ask(): Trial | null {
    const asked = this.#optimizer.ask();
    if (asked === null) return null;
    const { number, params, resumeFrom, resource = Infinity } = asked;
    const known = this.#trials.get(number);
    if (known !== undefined) {
      known.resource = resource;
      const from = known.curve.points.findIndex(({ step }) => step > (resumeFrom?.step ?? 0));
      known.from = from < 0 ? known.curve.points.length : from;
      return known;
    }
    const trial = { number, curve: this.#options.workload.curve(params, number), resource, attempts: 0, from: 0, reported: 0 };
    this.#trials.set(number, trial);
    return trial;
  }

  #begin(trial: Trial): void {
    const { seed = 0, stragglers: { perAttempt = 0 } = {} } = this.#options;
    const number = (trial.attempts += 1);
    const random = randomStream(seed, 'attempt', trial.number, number);
    const slowness = Math.exp(perAttempt * random.normal());
    const attempt = { trial, number, startedAt: this.#now, random, slowness, next: trial.from };
    this.#running.add(attempt);
    this.#workOn(attempt);
  }

  /** Says when the attempt's next point is reached, or that its worker drops out before. */
  #workOn(attempt: Attempt): void {
    const { stragglers: { perStep = 0 } = {}, dropouts } = this.#options;
    const { trial, random, slowness, next } = attempt;
    const point = trial.curve.points[next];
    const ordinary = point?.seconds ?? trial.curve.tailSeconds;
    const seconds = ordinary * slowness * Math.exp(perStep * random.normal());
    const secondsLeft = dropouts === undefined ? Infinity : -dropouts.meanSeconds * Math.log(1 - random.uniform());
    if (secondsLeft < seconds) this.#events.push(this.#now + secondsLeft, { type: 'lost', attempt });
    else this.#events.push(this.#now + seconds, { type: point === undefined ? 'ended' : 'measured', attempt });
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'measured':
        return this.#measure(event.attempt);
      case 'ended':
        return this.#end(event.attempt);
      case 'lost':
        return this.#lose(event.attempt);
      case 'returned':
        this.#away -= 1;
        this.#idle += 1;
    }
  }

  #measure(attempt: Attempt): void {
    const { trial } = attempt;
    const point = trial.curve.points[attempt.next];
    attempt.next += 1;
    if (point === undefined || point.step <= trial.reported) return this.#workOn(attempt);
    trial.reported = point.step;
    const decision = this.#optimizer.report(trial.number, point.step, point.value);
    if (decision === 'pause') return this.#free(attempt, 'paused');
    // The scheduler stops whoever goes on beyond all it doles out: that trial has completed.
    if (decision === 'stop') return this.#conclude(attempt, { state: 'stopped' }, point.step > trial.resource ? 'completed' : 'stopped');
    // What needs no more time has ended with its last point.
    if (attempt.next === trial.curve.points.length && trial.curve.tailSeconds === 0) return this.#end(attempt);
    this.#workOn(attempt);
  }

  #end(attempt: Attempt): void {
    const { end } = attempt.trial.curve;
    this.#conclude(attempt, end, outcomeOf[end.state]);
  }

  #conclude(attempt: Attempt, end: Told, outcome: Segment['outcome']): void {
    const { number } = attempt.trial;
    this.#optimizer.tell(number, end);
    this.#trials.delete(number);
    this.#free(attempt, outcome);
    const { best } = this.#optimizer;
    if (best !== null && best.number !== this.#incumbents.at(-1)?.trial)
      this.#incumbents.push({ at: this.#now, trial: best.number, value: best.value });
  }

  #free(attempt: Attempt, outcome: Segment['outcome']): void {
    this.#running.delete(attempt);
    this.#addSegment(attempt, outcome);
    this.#idle += 1;
  }

  #lose(attempt: Attempt): void {
    this.#running.delete(attempt);
    this.#addSegment(attempt, 'lost');
    this.#lost.push(attempt.trial);
    this.#away += 1;
    this.#events.push(this.#now + (this.#options.dropouts?.awaySeconds ?? 0), { type: 'returned' });
  }

  #addSegment({ trial, number, startedAt, next }: Attempt, outcome: Segment['outcome']): void {
    const { points } = trial.curve;
    const [fromStep, toStep] = [points[trial.from - 1]?.step ?? 0, points[next - 1]?.step ?? 0];
    this.#segments.push({ trial: trial.number, attempt: number, startedAt, endedAt: this.#now, fromStep, toStep, outcome });
  }

  #isTargetReached(): boolean {
    const { targetValue, workload } = this.#options;
    const best = this.#incumbents.at(-1);
    if (targetValue === undefined || best === undefined) return false;
    return flipSign(workload.direction, best.value) <= flipSign(workload.direction, targetValue);
  }
}
