/**
 * One run: a deployment, people who use it, and faults drawn from a seed, some of them at the same time. Then everything is let finish, and
 * the books are checked. The seed gives the same faults in the same order; when they strike is up to the machine.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomStream } from '../../../core/random.ts';
import { audit } from '../../support/books.ts';
import { drawKind, faultKinds, type Fault, type FaultKind } from './faults.ts';
import { Health } from './health.ts';
import { mischiefEndings, mischiefs } from './mischief.ts';
import { lanes, People } from './people.ts';
import { residue } from './residue.ts';
import { System } from './system.ts';
import { rowsOf, type Ending, type KindRow } from './tale.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Of this run: its logs stay there. */
  readonly folder: string;
  readonly tell: (line: string) => void;
  /** Ends the run, and everything that it started. */
  readonly signal?: AbortSignal;
}

export interface ChaosReport {
  readonly rows: readonly KindRow[];
  /** No fault: how long it took until a service that was ended served again, which is for the most part its start. */
  readonly back: readonly KindRow[];
  /** Kinds that cannot be had on this machine. */
  readonly skipped: readonly string[];
  readonly experiments: number;
  readonly trials: number;
  /** What the books should not say; empty where they are clean. */
  readonly wrong: readonly string[];
}

/** Faults under way at once. */
const AT_ONCE = 4;
const MOST_PAUSE_MS = 1500;
const RECOVERS_MS = 120_000;
const STARTS_MS = 120_000;
const FINISHES_MS = 300_000;
const SETTLES_MS = 30_000;
const POLL_MS = 100;
const BACK = 'the service itself serves again';

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const system = await System.start(options.folder);
  const run = new Run(system, options);
  try {
    return await Promise.race([run.run(), ...(options.signal === undefined ? [] : [aborted(options.signal)])]);
  } finally {
    await system.stop();
    await system.remove();
  }
}

class Run {
  readonly #system: System;
  readonly #options: ChaosOptions;
  readonly #health: Health;
  readonly #people: People;
  readonly #kinds: readonly FaultKind[];
  readonly #skipped: readonly string[];
  readonly #endings: Ending[] = [];
  readonly #wrong: string[] = [];
  #isOver = false;

  constructor(system: System, options: ChaosOptions) {
    this.#system = system;
    this.#options = options;
    this.#health = new Health(system);
    this.#people = new People(system.url, options.seed);
    const canHappen = ({ name }: FaultKind): boolean => system.disk.isMounted || name !== 'a full checkpoint disk';
    this.#kinds = faultKinds.filter(canHappen);
    this.#skipped = faultKinds.filter((kind) => !canHappen(kind)).map(({ name }) => name);
  }

  async run(): Promise<ChaosReport> {
    await this.#ready();
    const lives = lanes.map((_, lane) => this.#live(lane));
    const ended = Promise.all(lives);
    // It is awaited last.
    ended.catch(() => undefined);
    await this.#strike();
    this.#isOver = true;
    this.#options.tell('letting everything finish');
    const isFinished = await Promise.race([ended.then(() => true), sleep(FINISHES_MS, false, { ref: false })]);
    if (!isFinished) await this.#tellUnfinished();
    this.#options.tell('checking the books');
    const logs = await this.#checkBooks();
    return {
      rows: rowsOf([...this.#kinds.map(({ name }) => name), ...mischiefs], [...this.#endings, ...logs.flatMap(mischiefEndings)]),
      back: rowsOf([BACK], this.#endings),
      skipped: this.#skipped,
      experiments: logs.length,
      trials: logs.flat().filter((event) => event.type === 'bound' && event.attempt === 1).length,
      wrong: [...this.#wrong, ...this.#people.complaints, ...this.#system.services.flatMap(({ unasked }) => unasked)],
    };
  }

  async #ready(): Promise<void> {
    const isReady = (): Promise<boolean> => this.#areAllWell(0);
    if ((await waitFor(isReady, STARTS_MS)) === null) throw new Error('the deployment did not start');
    this.#options.tell('everything runs');
  }

  /** One experiment of a lane after the other. */
  async #live(lane: number): Promise<void> {
    const submissions = lanes[lane] ?? [];
    for (let turn = 0; !this.#isOver; turn += 1) {
      const submission = submissions[turn % submissions.length];
      if (submission === undefined) return;
      const id = await this.#people.submit(submission);
      this.#health.experiments.add(id);
      if (submission.execution === 'ask') await this.#people.work(id);
      while (!(await this.#health.hasEnded(id))) await sleep(POLL_MS);
    }
  }

  /** Injects faults until the time is over, and waits for those under way. */
  async #strike(): Promise<void> {
    const { seed, seconds } = this.#options;
    const random = randomStream(seed, 'chaos');
    const underWay = new Map<string, Promise<void>>();
    const endAt = performance.now() + seconds * 1000;
    while (performance.now() < endAt) {
      const fault = drawKind(random, this.#kinds).draw(random, { system: this.#system, health: this.#health });
      await sleep(random.integer(0, MOST_PAUSE_MS));
      if (underWay.has(fault.target) || this.#isAnotherStruck(fault.target, underWay)) continue;
      underWay.set(
        fault.target,
        this.#see(fault)
          .catch((error: unknown) => void this.#wrong.push(`${fault.kind}: ${fault.target}: ${String(error)}`))
          .finally(() => underWay.delete(fault.target)),
      );
      if (underWay.size >= AT_ONCE) await Promise.race(underWay.values());
    }
    await Promise.all(underWay.values());
  }

  /** Whether another of its kind is struck: who shall take over where nobody is well? */
  #isAnotherStruck(target: string, underWay: ReadonlyMap<string, unknown>): boolean {
    const struck = this.#system.services.find(({ name }) => name === target);
    return struck !== undefined && this.#system.of(struck.kind).some(({ name }) => name !== target && underWay.has(name));
  }

  async #see(fault: Fault): Promise<void> {
    this.#options.tell(`${fault.kind}: ${fault.target}`);
    await fault.inject();
    const endedAt = performance.now();
    await this.#await(fault.kind, fault.target, endedAt, () => fault.isRecovered());
    if (fault.isBack !== undefined) await this.#await(BACK, fault.target, endedAt, () => fault.isBack?.() ?? Promise.resolve(true));
  }

  async #await(kind: string, target: string, since: number, condition: () => Promise<boolean>): Promise<void> {
    const isMet = (await waitFor(condition, RECOVERS_MS)) !== null;
    const recoveryMs = isMet ? performance.now() - since : null;
    this.#endings.push({ kind, recoveryMs });
    if (!isMet) this.#wrong.push(`${kind}: ${target} did not recover within ${RECOVERS_MS / 1000} s`);
    this.#options.tell(
      `${kind}: ${target} ${recoveryMs === null ? 'did not recover' : `recovered after ${(recoveryMs / 1000).toFixed(1)} s`}`,
    );
  }

  async #areAllWell(since: number): Promise<boolean> {
    for (const service of this.#system.services) if (!(await this.#health.isWell(service, since))) return false;
    return true;
  }

  async #tellUnfinished(): Promise<void> {
    for (const id of this.#health.experiments) {
      if (await this.#health.hasEnded(id)) continue;
      const result = await this.#system.redis.get(this.#system.keys.of(id).result);
      this.#wrong.push(`${id} has not ended ${FINISHES_MS / 1000} s after the last fault: ${result ?? 'no result'}`);
    }
  }

  /** @returns the logs of all experiments */
  async #checkBooks() {
    const { redis, keys } = this.#system;
    const logs = [];
    for (const id of this.#health.experiments) {
      const { events, wrong } = await audit(this.#system, id);
      logs.push(events);
      this.#wrong.push(...wrong);
    }
    await this.#checkAcknowledged();
    let left: string[] = [];
    const isClean = async (): Promise<boolean> => (left = await residue(redis, keys, this.#health.experiments)).length === 0;
    if ((await waitFor(isClean, SETTLES_MS)) === null) this.#wrong.push(...left.map((name) => `left in Redis: ${name}`));
    const living = await this.#system.stop();
    this.#wrong.push(...living.map((pid) => `process ${pid} still runs`));
    return logs;
  }

  /** Every report that the API took stands in its curve, in the place of none other. */
  async #checkAcknowledged(): Promise<void> {
    const { redis, keys } = this.#system;
    for (const { id, trial, attempt, step, value } of this.#people.acknowledged) {
      const rows = await redis.lrange(keys.of(id).curve(trial), 0, -1);
      if (!rows.some((row) => row.startsWith(`[${attempt},${step},${String(value)},`)))
        this.#wrong.push(`${id}: step ${step} of trial ${trial}, attempt ${attempt}, was taken and is not in its curve`);
    }
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  await once(signal, 'abort');
  throw new Error('the run was ended before its time');
}

/** How long it took until the condition held, ms; null where it did not within the bound. */
async function waitFor(condition: () => Promise<boolean>, boundMs: number): Promise<number | null> {
  const startedAt = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - startedAt;
    if (performance.now() - startedAt > boundMs) return null;
    await sleep(POLL_MS);
  }
}
