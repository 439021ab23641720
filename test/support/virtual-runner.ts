/**
 * Random legal logs without Redis, workers or time: one engine decides, this file plays scripts and workers. Trials report,
 * wait for decisions, pause and go on, finish in random order, fail and are lost; the optimizer's commits lag behind what happens, so that
 * bindings and decisions have bases older than the entry before them. Same options, same log.
 *
 * The rules are those of the scripts: a list made before the last binding is refused, a decision is recorded once, an end
 * asked for while something unfolded happened is refused.
 */
import type { ControlRequest, LogEvent, OptimizerEvent, ReadyEntry } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { isDecisionStep } from '../../core/decision-steps.ts';
import { randomStream, type RandomStream } from '../../core/random.ts';
import { flipSign, type Decision } from '../../core/states.ts';
import type { Params } from '../../core/space.ts';
import { builtInAlgorithms, type Algorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { ENGINE_VERSION } from '../../optimizer/engine/state.ts';
import type { Unnumbered } from './played-engine.ts';

export interface RunnerOptions {
  readonly specification: Specification;
  readonly seed: number;
  readonly slots: number;
  /** Steps of every trial. */
  readonly steps: number;
  /** Probability that a step ends the attempt: by failing, by diverging, by losing its worker. */
  readonly failing?: number;
  readonly diverging?: number;
  readonly losing?: number;
  /** Trials save a checkpoint before each report, and go on from it; else every attempt starts from scratch. */
  readonly checkpoints?: boolean;
  /** Requests made at random moments, in this order. */
  readonly requests?: readonly Request[];
  readonly algorithms?: Algorithms;
}

interface Attempt {
  readonly trial: number;
  readonly attempt: number;
  readonly params: Params;
  /** Step that its segment runs to; pauses recorded below it read `continue`. */
  readonly resource: number;
  step: number;
  /** Reports before this step, in earlier attempts, are in the curve already. */
  readonly seen: number;
  /** Waits for the decision at its step. */
  waits: boolean;
}

interface Plan {
  readonly basis: number;
  readonly fit: Extract<OptimizerEvent, { type: 'surrogateFitted' }> | null;
  readonly decisions: readonly Extract<OptimizerEvent, { type: 'decided' }>[];
  readonly ending: Extract<OptimizerEvent, { type: 'ended' }> | null;
  readonly list: readonly ReadyEntry[];
}

/** Deleting is not among them: it ends a log as stopping does. */
type Request = Exclude<ControlRequest, { action: 'delete' }>;
type Phase = 'active' | 'paused' | 'stopping' | 'ended';

/** Phase after a request by the phase before it; absent: not allowed. */
const transitions: Record<Request['action'], Partial<Record<Phase, Phase>>> = {
  stop: { active: 'stopping', paused: 'stopping' },
  pause: { active: 'paused' },
  resume: { paused: 'active' },
  extend: { active: 'active', paused: 'paused', ended: 'active' },
  enqueue: { active: 'active', paused: 'paused' },
};

/** Far more steps than any log here takes: what needs more does not end. */
const MAX_MOVES = 200_000;

/** The log of one experiment from its submission to its end. */
export function runVirtually(options: RunnerOptions): LogEvent[] {
  const runner = new VirtualRunner(options);
  for (let moves = 0; !runner.isOver; moves++) {
    if (moves > MAX_MOVES) throw new Error('the virtual experiment does not end');
    runner.move();
  }
  return runner.log;
}

/** What a trial of these params loses at a step: falls with the steps towards a level that the params set. */
export function virtualLoss(params: Params, step: number): number {
  const level = Object.values(params).reduce((sum: number, value) => sum + (typeof value === 'number' ? Math.abs(value) : 1), 0);
  return level + 1 / (step + 1 / 3);
}

class VirtualRunner {
  readonly log: LogEvent[] = [];
  readonly #options: RunnerOptions;
  readonly #random: RandomStream;
  readonly #engine: Engine;
  readonly #running = new Map<number, Attempt>();
  readonly #decisions = new Map<string, Decision>();
  readonly #waiting = new Set<string>();
  /** Last step of each trial over all its attempts: what its curve holds, and where its checkpoint is. */
  readonly #reached = new Map<number, number>();
  readonly #requests: Request[];
  #at = 1_700_000_000_000;
  #phase: Phase = 'active';
  #lastBound = 0;
  #ready: { basis: number; place: number; entries: ReadyEntry[] } = { basis: 0, place: 0, entries: [] };
  #plan: Plan | null = null;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#random = randomStream(options.seed, 'virtual runner');
    this.#requests = [...(options.requests ?? [])];
    const submitted = this.#append({ type: 'submitted', specification: options.specification });
    this.#engine = Engine.begin(submitted, options.algorithms ?? builtInAlgorithms);
    this.#append({ type: 'capacityChanged', limit: options.slots });
  }

  get isOver(): boolean {
    return this.#phase === 'ended' && this.#requests.length === 0;
  }

  /** One thing happens: whatever may happen now is equally likely. */
  move(): void {
    const moves = [() => this.#makePlan()];
    const plan = this.#plan;
    if (plan !== null) moves.push(() => this.#commit(plan));
    const mayStart = this.#phase === 'active' && this.#running.size < this.#options.slots;
    const [head] = this.#ready.entries;
    if (mayStart && head !== undefined) moves.push(() => this.#bind(head));
    for (const attempt of this.#running.values()) moves.push(() => this.#step(attempt));
    const [request] = this.#requests;
    // Seldom, so that requests spread over the experiment.
    if (request !== undefined && this.#random.uniform() < 0.02) moves.push(() => this.#ask(request));
    this.#random.pick(moves)();
  }

  #append(event: Unnumbered): LogEvent {
    this.#at += this.#random.integer(0, 40);
    const entry: LogEvent = { ...event, v: 1, seq: this.log.length + 1, at: this.#at };
    this.log.push(entry);
    return entry;
  }

  #makePlan(): void {
    for (const event of this.log.slice(this.#engine.state.seq)) this.#engine.apply(event);
    this.#plan = {
      basis: this.#engine.state.seq,
      fit: this.#engine.fit(),
      decisions: this.#engine.decisions(),
      ending: this.#engine.ending(),
      list: this.#engine.readyList(this.#random.integer(1, 2 * this.#options.slots)),
    };
  }

  #commit({ basis, fit, decisions, ending, list }: Plan): void {
    this.#plan = null;
    if (ending !== null && (basis !== this.log.length || this.#running.size > 0)) return;
    for (const decided of decisions) {
      const key = `${decided.trial} ${decided.step}`;
      if (this.#decisions.has(key)) continue;
      this.#decisions.set(key, decided.decision);
      this.#append(decided);
    }
    if (fit !== null) this.#append(fit);
    if (ending !== null) {
      this.#append(ending);
      this.#phase = 'ended';
    }
    if (this.#lastBound <= basis) this.#ready = { basis, place: 0, entries: [...list] };
  }

  #bind(head: ReadyEntry): void {
    const { basis, place } = this.#ready;
    this.#ready.entries.shift();
    this.#ready.place += 1;
    const slot = this.#random.integer(0, this.#options.slots - 1);
    this.#lastBound = this.#append({ type: 'bound', ...head, basis, place, engine: ENGINE_VERSION, worker: `w${slot}`, slot }).seq;
    const { trial, attempt, params, resource = 0 } = head;
    const seen = this.#reached.get(trial) ?? 0;
    const step = this.#options.checkpoints === true ? seen : 0;
    this.#running.set(trial, { trial, attempt, params, resource, step, seen, waits: false });
  }

  #step(attempt: Attempt): void {
    if (this.#phase === 'stopping') return this.#finish(attempt, 'stopped');
    if (this.#endsHere(attempt)) return;
    if (attempt.waits) return this.#awaitDecision(attempt);
    const { specification, steps } = this.#options;
    if (attempt.step >= steps) return this.#finish(attempt, 'completed');
    attempt.step += 1;
    if (isDecisionStep(specification.decisionSteps, attempt.step)) this.#report(attempt);
    else if (attempt.step >= steps) this.#finish(attempt, 'completed');
  }

  #report(attempt: Attempt): void {
    const key = `${attempt.trial} ${attempt.step}`;
    attempt.waits = true;
    if (this.#decisions.has(key) || this.#waiting.has(key)) return;
    this.#waiting.add(key);
    const { trial, step } = attempt;
    this.#append({ type: 'reported', trial, attempt: attempt.attempt, step, value: this.#value(attempt.params, step) });
  }

  #awaitDecision(attempt: Attempt): void {
    const { trial, step } = attempt;
    const key = `${trial} ${step}`;
    if (!this.#decisions.has(key) && this.#random.uniform() < 0.02) {
      this.#decisions.set(key, 'continue');
      this.#append({ type: 'decisionTimedOut', trial, attempt: attempt.attempt, step });
    }
    const decision = this.#decisions.get(key);
    if (decision === undefined) return;
    attempt.waits = false;
    if (decision === 'stop') this.#finish(attempt, 'stopped');
    else if (decision === 'pause' && step >= attempt.resource) this.#finish(attempt, 'paused');
    else if (step >= this.#options.steps) this.#finish(attempt, 'completed');
  }

  #endsHere(ending: Attempt): boolean {
    const { trial, attempt, step } = ending;
    const { failing = 0, diverging = 0, losing = 0 } = this.#options;
    const chance = this.#random.uniform();
    if (chance >= failing + diverging + losing) return false;
    const progress = this.#leave(ending);
    if (chance < losing) {
      const value = step > 0 ? { value: this.#value(ending.params, progress.lastStep) } : {};
      this.#append({ type: 'attemptLost', trial, attempt, ...progress, ...value });
      return true;
    }
    const reason = chance < losing + diverging ? 'diverged' : 'error';
    this.#append({ type: 'failed', trial, attempt, ...progress, reason, message: `at step ${step}` });
    return true;
  }

  #finish(ending: Attempt, state: 'completed' | 'stopped' | 'paused'): void {
    const { trial, attempt, step, params } = ending;
    const outcome = { trial, attempt, ...this.#leave(ending) };
    const value = this.#value(params, step);
    if (state === 'completed') this.#append({ type: 'completed', ...outcome, value, metrics: { value } });
    else this.#append({ type: state, ...outcome, ...(step > 0 ? { value } : {}) });
  }

  /** The slot is free; what the curve holds, over all attempts. */
  #leave({ trial, step, seen }: Attempt): { reports: number; lastStep: number } {
    this.#running.delete(trial);
    const lastStep = Math.max(seen, step);
    this.#reached.set(trial, lastStep);
    return { reports: lastStep, lastStep };
  }

  #value(params: Params, step: number): number {
    return flipSign(this.#options.specification.direction, virtualLoss(params, step));
  }

  /** Requests that the phase does not allow wait for one that does. */
  #ask(request: Request): void {
    const next = transitions[request.action][this.#phase];
    if (next === undefined) {
      // An experiment that ended before its turn came will never allow it.
      if (this.#phase === 'ended') this.#requests.shift();
      return;
    }
    this.#requests.shift();
    this.#phase = next;
    this.#append({ type: 'controlRequested', request });
  }
}
