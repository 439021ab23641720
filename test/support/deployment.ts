/**
 * A deployment on a real Redis for tests of the optimizer: its client side, workers that play trials instead of training, and
 * the books that every finished experiment must have.
 */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect } from 'vitest';
import { isDecisionStep } from '../../core/decision-steps.ts';
import type { LogEvent } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { randomStream } from '../../core/random.ts';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import { flipSign, isFinal, type Decision } from '../../core/states.ts';
import { builtInAlgorithms, type Algorithms } from '../../optimizer/algorithms.ts';
import { startOptimizer, type OptimizerOptions, type RunningOptimizer } from '../../optimizer/main.ts';
import type { AttemptToken, Binding, Report, ReportAnswer } from '../../core/attempt.ts';
import { Attempts } from '../../queue/attempts.ts';
import { connect } from '../../queue/connection.ts';
import { ExperimentJobs } from '../../queue/experiment-jobs.ts';
import { Experiments } from '../../queue/experiments.ts';
import { makeKeys, type Keys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { ReadModel } from '../../queue/read-model.ts';
import { Registry } from '../../queue/registry.ts';
import { Specifications } from '../../queue/specifications.ts';
import { TicketConsumer, type TicketJob } from '../../queue/tickets.ts';
import { audit } from './books.ts';
import { FUNCTION_HASH, testSpecification } from './specification.ts';
import { until } from './until.ts';
import { virtualLoss } from './virtual-runner.ts';

/** Locks so short that a takeover takes a second or two. */
export const QUICK_LOCK = { lockDurationMs: 1000, stalledIntervalMs: 500 };

let deployments = 0;

export class Deployment {
  readonly url: string;
  readonly keys: Keys;
  readonly redis: Redis;
  readonly experiments: Experiments;
  readonly readModel: ReadModel;
  readonly registry: Registry;
  readonly #jobs: ExperimentJobs;
  readonly #ends: (() => Promise<void>)[] = [];

  /** @param given the whole prefix of keys that are there already */
  constructor(url: string, prefix: string, given = `${prefix}d${deployments++}`) {
    this.url = url;
    this.keys = makeKeys(given);
    this.redis = connect(url);
    this.#jobs = new ExperimentJobs(this.redis, this.keys);
    this.experiments = new Experiments(this.redis, this.keys, this.#jobs);
    this.readModel = new ReadModel(this.redis, this.keys);
    this.registry = new Registry(this.redis, this.keys);
  }

  /** Ends everything that was started here, workers before the optimizer. */
  async close(): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    await this.#jobs.close();
    this.redis.disconnect();
  }

  async optimizer(options: Partial<OptimizerOptions> = {}): Promise<RunningOptimizer> {
    const log = pino({ level: 'fatal' });
    const storeFolder = join(tmpdir(), 'maggy-no-store');
    const optimizer = await startOptimizer({ redisUrl: this.url, prefix: this.keys.prefix, storeFolder, log, ...QUICK_LOCK, ...options });
    this.#ends.push(() => optimizer.stop());
    return optimizer;
  }

  async worker(options: WorkerOptions): Promise<PlayingWorker> {
    const worker = new PlayingWorker(this, options);
    await worker.begin();
    this.#ends.push(() => worker.end());
    return worker;
  }

  async submit(given: Partial<Specification> & { id: string }): Promise<string> {
    await this.experiments.submit(testSpecification(given), 'fp', Date.now());
    return given.id;
  }

  async events(id: string): Promise<LogEvent[]> {
    return (await readLog(this.redis, this.keys, id, 0, 1_000_000)).map(({ event }) => event);
  }

  /** The result, once the experiment is over and readers can see it. */
  async ended(id: string): Promise<ResultDocument> {
    return until(`${id} has ended`, async () => this.endedNow(id));
  }

  async endedNow(id: string): Promise<ResultDocument | null> {
    const result = await this.readModel.result(id);
    return result !== null && isFinal(result.state) ? result : null;
  }

  async trials(id: string): Promise<readonly TrialRow[]> {
    return (await this.readModel.trials(id, { sort: 'number', order: 'ascending', limit: 1_000_000 })).rows;
  }

  /** Numbers of trials that run now, by their leases. */
  async running(id: string): Promise<number> {
    return this.redis.zcard(this.keys.of(id).leases);
  }

  /** Demands of a finished experiment what must hold of every one. */
  async checkBooks(id: string, algorithms: Algorithms = builtInAlgorithms): Promise<readonly LogEvent[]> {
    const { events, wrong } = await audit(this, id, algorithms);
    expect(wrong).toEqual([]);
    return events;
  }
}

export function count(events: readonly LogEvent[], type: LogEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}

export interface WorkerOptions {
  readonly slots: number;
  /** What an attempt does follows from this and its numbers, whichever worker and whenever: workers of one seed play alike. */
  readonly seed?: number;
  readonly hash?: string;
  readonly leaseMs?: number;
  /** Steps of a trial. */
  readonly steps?: number;
  /** Longest pause between two steps, ms. */
  readonly pauseMs?: number;
  /** Probability that an attempt fails, and that it is never heard of again. */
  readonly failing?: number;
  readonly vanishing?: number;
  /** What a trial waits for before its last step. */
  readonly gate?: (binding: Binding) => Promise<void>;
}

const BEAT_MS = 2000;
const RENEWAL_MS = 50;
/** Longer than a takeover with `QUICK_LOCK`. A report that Redis lost never gets a decision. */
const DECISION_WAIT_MS = 4000;

/** Plays trials as a worker would, through the same scripts; ends one as soon as it is told to stop or refused. */
export class PlayingWorker {
  readonly id = `worker-${randomUUID().slice(0, 8)}`;
  readonly #deployment: Deployment;
  readonly #options: WorkerOptions;
  readonly #attempts: Attempts;
  readonly #specifications: Specifications;
  readonly #consumer: TicketConsumer;
  readonly #free: number[];
  #beat: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(deployment: Deployment, options: WorkerOptions) {
    const { slots } = options;
    this.#deployment = deployment;
    this.#options = options;
    this.#attempts = new Attempts(deployment.redis, deployment.keys);
    this.#specifications = new Specifications(deployment.redis, deployment.keys);
    this.#free = Array.from({ length: slots }, (_, slot) => slot);
    this.#consumer = new TicketConsumer({
      url: deployment.url,
      keys: deployment.keys,
      pool: 'default',
      concurrency: slots,
      handle: (ticket) => this.#take(ticket),
      onError: () => undefined,
      ...QUICK_LOCK,
    });
  }

  async begin(): Promise<void> {
    await this.beat();
    this.#beat = setInterval(() => void this.beat().catch(() => undefined), BEAT_MS);
    void this.#consumer.run();
  }

  async beat(): Promise<void> {
    const { slots, hash = FUNCTION_HASH } = this.#options;
    await this.#deployment.registry.beat({
      id: this.id,
      pool: 'default',
      kind: 'trials',
      host: 'test',
      pid: process.pid,
      startedAt: 1,
      backend: { name: 'none', version: '0', device: 'none' },
      functions: [{ name: 'quadratic', hash }],
      broken: [],
      slots: Array.from({ length: slots }, () => null),
      draining: false,
    });
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#beat !== null) clearInterval(this.#beat);
    await this.#consumer.close();
    await this.#deployment.registry.leave(this.id);
  }

  async #take({ experiment, ticket }: TicketJob): Promise<'put back' | void> {
    const slot = this.#free.pop() ?? 0;
    try {
      const { hash = FUNCTION_HASH, leaseMs = 5000 } = this.#options;
      const answer = await this.#attempts.start({
        experiment,
        ticket,
        nonce: randomUUID(),
        worker: this.id,
        slot,
        hash,
        leaseMs,
        provenance: {},
      });
      if (answer.kind === 'wrong-hash') return 'put back';
      if (answer.kind === 'bound') await this.#play(answer.binding);
    } finally {
      this.#free.push(slot);
    }
  }

  async #play(binding: Binding): Promise<void> {
    const { seed = 1, steps = 3, failing = 0, vanishing = 0, pauseMs = 3, gate } = this.#options;
    const { token, entry } = binding;
    const specification = await this.#specifications.get(token.experiment);
    if (specification === null) return;
    const random = randomStream(seed, 'playing worker', token.trial, token.attempt);
    const fate = random.uniform();
    const fatalStep = random.integer(1, steps);
    const reports: Report[] = [];
    for (let step = 1; step <= steps; step++) {
      await sleep(random.integer(0, pauseMs));
      if (step === fatalStep && fate < vanishing) return;
      if (step === fatalStep && fate < vanishing + failing) {
        await this.#attempts.finish(token, { state: 'failed', reason: 'error', message: 'as planned' });
        return;
      }
      const value = flipSign(specification.direction, virtualLoss(entry.params, step));
      reports.push({ step, value, metrics: { value } });
      const answer = await this.#report(token, reports, step, isDecisionStep(specification.decisionSteps, step));
      if (answer.kind !== 'taken') return;
      const decision = answer.decision === 'wait' ? await this.#awaitDecision(token, step) : answer.decision;
      if (decision === null) return;
      const isTold = step === steps && gate !== undefined && (await this.#pass(binding, gate));
      if (decision !== 'continue' || isTold) {
        await this.#attempts.finish(token, { state: decision === 'pause' ? 'paused' : 'stopped' });
        return;
      }
    }
    const value = flipSign(specification.direction, virtualLoss(entry.params, steps));
    await this.#attempts.finish(token, { state: 'completed', value, metrics: { value } });
  }

  /** Reports from number `first` on, and whatever Redis turns out to have lost before that. */
  async #report(token: AttemptToken, reports: readonly Report[], first: number, decides: boolean): Promise<ReportAnswer> {
    const answer = await this.#attempts.report(token, first, reports.slice(first - 1), decides);
    return answer.kind === 'gap' ? this.#report(token, reports, answer.resendFrom, decides) : answer;
  }

  /** The decision, or null where the attempt was refused. */
  async #awaitDecision(token: AttemptToken, step: number): Promise<Decision | null> {
    const giveUpAt = performance.now() + DECISION_WAIT_MS;
    while (!this.#isEnding) {
      if (performance.now() > giveUpAt) {
        const answer = await this.#attempts.timeOutDecision(token, step);
        return answer.kind === 'decided' ? answer.decision : null;
      }
      const answer = await this.#attempts.renew(token, this.#options.leaseMs ?? 5000, step);
      if (answer.kind === 'refused') return null;
      if (answer.stop) return 'stop';
      if (answer.decision !== null) return answer.decision;
      await sleep(5);
    }
    return null;
  }

  /** Waits at the gate, renewing the lease; whether it was told to stop meanwhile. */
  async #pass(binding: Binding, gate: NonNullable<WorkerOptions['gate']>): Promise<boolean> {
    const passage = { isOpen: false };
    const opened = gate(binding).then(() => (passage.isOpen = true));
    while (!passage.isOpen && !this.#isEnding) {
      const answer = await this.#attempts.renew(binding.token, this.#options.leaseMs ?? 5000);
      if (answer.kind === 'refused' || answer.stop) return true;
      await Promise.race([opened, sleep(RENEWAL_MS)]);
    }
    return false;
  }
}

/** A gate that trials wait at until it is opened. */
export class Gate {
  #open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));

  readonly pass = (): Promise<void> => this.#opened;

  open(): void {
    this.#open();
  }
}
