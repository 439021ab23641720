/**
 * Looks after one experiment while this process holds its lease: takes over, folds what the log brings, commits what the
 * planner works out, publishes what users read, until the experiment ends. The log is the only inbox, followed by hints and
 * read behind them. Whenever anything casts doubt on what is in memory, the state is discarded and taken from Redis anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OptimizerMetrics } from '../../metrics/metrics.ts';
import { Superseded, type CommitAnswer, type Tenure } from '../../queue/decisions.ts';
import type { ExperimentLease } from '../../queue/experiment-jobs.ts';
import type { Experiments } from '../../queue/experiments.ts';
import type { Hints } from '../../queue/hints.ts';
import type { Keys } from '../../queue/keys.ts';
import type { ReadModel } from '../../queue/read-model.ts';
import type { Tickets } from '../../queue/tickets.ts';
import { isConnectionLost } from '../../queue/unavailable.ts';
import { UnknownAlgorithm, type Algorithms } from '../algorithms.ts';
import type { Capacity, CapacityWatch } from './capacity.ts';
import { LogReader } from './log-reader.ts';
import { Meter } from './meter.ts';
import { publishObstacle } from './obstacle.ts';
import type { Suggestions } from './suggestions.ts';
import type { SurrogatePool } from './surrogate-pool.ts';
import { Planner } from './planner.ts';
import { Publisher } from './publisher.ts';
import { purgeExperiment } from './purge.ts';
import { takersOf, type Takers } from './takers.ts';
import { Wake } from './wake.ts';

export interface ShepherdServices {
  /** Takes an experiment over, on a `strict` connection. */
  readonly takeOver: (experiment: string) => Promise<Tenure>;
  readonly keys: Keys;
  readonly hints: Hints;
  readonly tickets: Tickets;
  readonly groupTickets: Tickets;
  readonly experiments: Experiments;
  readonly readModel: ReadModel;
  readonly capacity: CapacityWatch;
  readonly algorithms: Algorithms;
  readonly surrogates: SurrogatePool;
  readonly metrics: OptimizerMetrics;
  readonly log: Logger;
  /** Removes the files of a deleted experiment. */
  readonly removeFiles: (experiment: string) => Promise<void>;
}

const POLL_MS = 1000;
/** The same where no lease can lapse and whoever takes a ticket says so: many experiments that wait for their turn cost little. */
const QUEUEING_POLL_MS = 5000;
const PUBLISH_MS = 200;
/** How often all open tickets are offered to the queue again. */
const SWEEP_MS = 5000;
/** News without a log entry: a slot found nothing to start. */
const TICKET_SETTLED = '[]';
const MEASURE_MS = 250;
const FIRST_RETAKE_MS = 200;
const LONGEST_RETAKE_MS = 10_000;
/** After a tenure as long as this, trouble is new trouble. */
const LONG_TENURE_MS = 60_000;
const SNAPSHOT_EVENTS = 10_000;
/** A crash of Redis takes its last second (`appendfsync everysec`), and up to two where the disk is slow. */
const FORGETTABLE_MS = 3000;

/**
 * Resolves when the experiment has ended, was deleted, or has a later job; when the lease is lost; or when this process does not
 * know the experiment's algorithms: then the sweep of jobs asks for an optimizer again, and it may be another one.
 * Before each takeover the lease is asked for, so that one that comes back late takes nothing from its successor.
 */
export async function shepherd(experiment: string, services: ShepherdServices, lease: ExperimentLease): Promise<void> {
  const log = services.log.child({ experiment });
  const { signal } = lease;
  let pauseMs = FIRST_RETAKE_MS;
  while (!signal.aborted) {
    try {
      if (!(await lease.isHeld())) return;
      const startedAt = performance.now();
      await lookAfter(experiment, { ...services, log }, lease).catch((error: unknown) => {
        if (performance.now() - startedAt > LONG_TENURE_MS) pauseMs = FIRST_RETAKE_MS;
        throw error;
      });
      return;
    } catch (error) {
      if (error instanceof Superseded && error.why === 'gone') return;
      if (error instanceof UnknownAlgorithm) {
        log.warn({ err: error }, 'leaving the experiment to an optimizer that knows more');
        return;
      }
      // That Redis is lost is told once for the whole process.
      log[isConnectionLost(error) ? 'debug' : 'warn']({ err: error, pauseMs }, 'taking the experiment over anew');
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      // What does not go away by itself (a log that cannot be read) is asked for seldom.
      pauseMs = Math.min(2 * pauseMs, LONGEST_RETAKE_MS);
    }
  }
}

/** One tenure, from its takeover to the experiment's end. */
async function lookAfter(experiment: string, services: ShepherdServices, lease: ExperimentLease): Promise<void> {
  const { takeOver, readModel, metrics, log } = services;
  let tenure = await takeOver(experiment);
  if (tenure.isDeleting) {
    // A crash of Redis may still take the request with it, and the files would be gone: Redis is asked again when it cannot any more.
    await sleep(FORGETTABLE_MS, undefined, { signal: lease.signal }).catch(() => undefined);
    if (lease.signal.aborted) return;
    tenure = await takeOver(experiment);
  }
  metrics.takeovers.inc();
  metrics.experiments.inc();
  try {
    if (tenure.isDeleting) await removeOnceIdle(experiment, tenure, services, lease.signal);
    else await follow(experiment, tenure, services, lease);
  } catch (error) {
    await publishObstacle(error, experiment, tenure, readModel).catch((cause: unknown) => log.warn({ err: cause }, 'users are not told'));
    throw error;
  } finally {
    metrics.experiments.dec();
  }
}

/** Removes an experiment that was deleted before this tenure. Its attempts have been told to stop; nothing else is to be decided of it. */
async function removeOnceIdle(experiment: string, tenure: Tenure, services: ShepherdServices, signal: AbortSignal): Promise<void> {
  while (await tenure.records.isRunning()) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
  await purgeExperiment(experiment, tenure, services);
}

async function follow(experiment: string, tenure: Tenure, services: ShepherdServices, lease: ExperimentLease): Promise<void> {
  const { keys, hints, readModel, experiments, algorithms, surrogates, metrics, log } = services;
  const published = await readModel.position(experiment);
  const reader = await LogReader.recover(tenure.records, algorithms);
  const publisher = new Publisher(reader, tenure, experiments, published);
  log.info({ position: reader.engine.state.seq }, 'took the experiment over');
  const meter = new Meter(metrics);
  reader.follow((event) => meter.count(event));
  const wake = new Wake(lease.signal);
  const suggestions = surrogates.suggestionsFor({ engine: reader.engine, follow: (listener) => reader.follow(listener) }, wake.up);
  const loop = new TenureLoop({ services, tenure, reader, publisher, suggestions, wake, turn: lease.turn });
  try {
    const stopListening = await hints.listen(keys.of(experiment).news, (hint) => {
      if (hint === TICKET_SETTLED) loop.forgetTickets();
      else reader.hear(hint);
      wake.up();
    });
    await loop.run().finally(stopListening);
  } finally {
    wake.close();
    suggestions.close();
  }
}

interface TenureParts {
  readonly services: ShepherdServices;
  readonly tenure: Tenure;
  readonly reader: LogReader;
  readonly publisher: Publisher;
  readonly suggestions: Suggestions;
  readonly wake: Wake;
  readonly turn: number;
}

class TenureLoop {
  readonly #services: ShepherdServices;
  readonly #tenure: Tenure;
  readonly #reader: LogReader;
  readonly #publisher: Publisher;
  readonly #planner: Planner;
  readonly #takers: Takers;
  readonly #wake: Wake;
  readonly #turn: number;
  #publishedAt = -Infinity;
  #committedAt = -Infinity;
  #sweptAt = -Infinity;
  #measuredAt = -Infinity;
  #snapshotSeq: number;
  /** Redis time minus this process's monotonic clock, as of the last answer that told: either may drift, and Redis's be set. */
  #clockOffset = 0;
  #capacity: Capacity = { share: 0, slots: 0, free: 0, idle: 0 };

  constructor({ services, tenure, reader, publisher, suggestions, wake, turn }: TenureParts) {
    this.#services = services;
    this.#tenure = tenure;
    this.#reader = reader;
    this.#publisher = publisher;
    this.#planner = new Planner(reader.engine, suggestions);
    this.#takers = takersOf(reader.engine, services, tenure.records);
    this.#wake = wake;
    this.#turn = turn;
    this.#snapshotSeq = reader.foldedFrom;
  }

  async run(): Promise<void> {
    const { state } = this.#reader.engine;
    // What was written before the channel stood was not heard.
    this.#reader.missed();
    this.#setClock(await this.#tenure.records.timeMs());
    while (!this.#wake.isAborted) {
      await this.#reader.catchUp();
      // Taken up again after its end, which this optimizer had not read yet: there is another job for that.
      if (state.reopenings > this.#turn) return;
      if (state.phase === 'ended') return this.#conclude();
      await this.#measureCapacity();
      await this.#commit();
      await this.#sweep();
      await this.#publish(false);
      await this.#snapshot();
      const pollMs = this.#planner.isQueueing ? QUEUEING_POLL_MS : POLL_MS;
      const untilPublish = this.#publisher.isDue(this.#waitingFor()) ? this.#publishedAt + PUBLISH_MS - performance.now() : pollMs;
      await this.#wake.wait(Math.max(1, Math.min(pollMs, untilPublish)));
    }
  }

  forgetTickets(): void {
    this.#planner.forgetTickets();
    // It may have been an asker that nobody knows of yet.
    this.#measuredAt = -Infinity;
  }

  /** Commits what is due; now and then even if nothing is, since a commit also finds leases that lapsed. */
  async #commit(): Promise<void> {
    const commit = this.#planner.plan({ capacity: this.#capacity, now: this.#now() });
    if (!this.#planner.isDue(commit) && performance.now() - this.#committedAt < POLL_MS) return;
    const answer = await this.#timed(this.#tenure.commit(commit, this.#reader.folded));
    this.#committedAt = performance.now();
    if (answer.kind === 'news') {
      this.#reader.missed();
      this.#wake.up();
      return;
    }
    this.#setClock(answer.now);
    this.#planner.committed(commit, answer);
    this.#reader.committed(answer.entries);
    // What others wrote meanwhile, or this commit's own events, may call for more; its decisions do not.
    if (answer.entries.some(({ event }) => event.type !== 'decided')) this.#wake.up();
    await this.#takers.committed(answer);
  }

  async #timed(commit: Promise<CommitAnswer>): Promise<CommitAnswer> {
    const end = this.#services.metrics.commits.startTimer({ answer: 'refused' });
    try {
      const answer = await commit;
      end({ answer: answer.kind });
      return answer;
    } catch (error) {
      end();
      throw error;
    }
  }

  async #measureCapacity(): Promise<void> {
    if (performance.now() - this.#measuredAt < MEASURE_MS) return;
    this.#measuredAt = performance.now();
    this.#capacity = await this.#takers.capacity(this.#now());
  }

  /** The one sweep: whatever tickets are open have a job, and lists say what was published. Heals what a crash, a late word or Redis lost. */
  async #sweep(): Promise<void> {
    if (performance.now() - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = performance.now();
    await this.#takers.offer(await this.#tenure.records.openTickets());
    await this.#publisher.list();
  }

  async #publish(isLast: boolean): Promise<void> {
    const waitingFor = this.#waitingFor();
    if (!this.#publisher.isDue(waitingFor)) return;
    if (!isLast && performance.now() - this.#publishedAt < PUBLISH_MS) return;
    this.#publishedAt = performance.now();
    await this.#publisher.publish(this.#now(), waitingFor);
  }

  async #snapshot(): Promise<void> {
    const { state } = this.#reader.engine;
    if (state.seq - this.#snapshotSeq < Math.max(SNAPSHOT_EVENTS, state.trials.length + state.reports.length)) return;
    const snapshot = this.#reader.snapshot();
    if (snapshot === null) return;
    this.#snapshotSeq = state.seq;
    try {
      await this.#tenure.saveSnapshot(snapshot);
    } catch (error) {
      if (error instanceof Superseded) throw error;
      // The log is there without it; only the next takeover takes longer.
      this.#services.log.warn({ err: error }, 'no snapshot was saved');
    }
  }

  async #conclude(): Promise<void> {
    const { state } = this.#reader.engine;
    await this.#takers.dismiss();
    // Redis may have lost, since they were folded, the very entries that end the experiment or delete it.
    if (state.deletedAt !== null) {
      if (!(await this.#untilKept(state.deletedAt))) return;
      await this.#demandLog();
      await purgeExperiment(state.specification.id, this.#tenure, this.#services);
    } else {
      await this.#publish(true);
      await this.#demandLog();
    }
  }

  /**
   * Waits until a crash of Redis cannot forget what was written then: what is removed in files does not come back with a request to remove
   * it that was lost. False where this process is to leave the experiment before.
   */
  async #untilKept(writtenAt: number): Promise<boolean> {
    const giveUpAt = performance.now() + FORGETTABLE_MS;
    for (;;) {
      // The clock of Redis may be set back meanwhile.
      const left = Math.min(writtenAt + FORGETTABLE_MS - this.#now(), giveUpAt - performance.now());
      if (this.#wake.isAborted || left <= 0) return !this.#wake.isAborted;
      await this.#wake.wait(left);
    }
  }

  /** @throws {Superseded} `behind` where the log lacks what was folded */
  #demandLog(): Promise<void> {
    this.#reader.missed();
    return this.#reader.catchUp();
  }

  #waitingFor(): string | null {
    return this.#reader.engine.state.phase === 'active' ? this.#takers.missing(this.#capacity) : null;
  }

  /** By the way of the answer late, so that a time is never thought to be over that is not. */
  #setClock(redisTime: number): void {
    this.#clockOffset = redisTime - performance.now();
  }

  #now(): number {
    return this.#clockOffset + performance.now();
  }
}
