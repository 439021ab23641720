/**
 * What grows with an experiment: memory of the services, bytes in Redis, the time a decision takes and the time a takeover takes. Training
 * costs nothing; each trial makes one report, on which `median` decides. Each size runs on a system of its own, and its trials are read over
 * HTTP when it has ended. What grows with the number of experiments is in `many-experiments.ts`.
 */
import type { MedianSchedulerOptions } from '../core/catalogue.ts';
import type { LogEvent } from '../core/events.ts';
import { builtInAlgorithms } from '../optimizer/algorithms.ts';
import { LogReader } from '../optimizer/service/log-reader.ts';
import { ExperimentRecords } from '../queue/experiment-records.ts';
import { FLAT, memoryRows, peakMemory, usedMemory } from './costs.ts';
import { manyExperiments } from './many-experiments.ts';
import { row, step, withRatio, type Row } from './report.ts';
import { startSystem, type BenchSystem } from './system.ts';

/** Without either, both by their defaults. */
export interface ScaleOptions {
  readonly trials?: readonly number[];
  readonly experiments?: readonly number[];
}

const TRIALS = [1_000, 10_000, 100_000];
const EXPERIMENTS = [100, 1_000];
const WORKERS = 2;
const SLOTS = 2;
/** Node.js compiles what runs often. */
const WARM_UP_TRIALS = 500;
/** Decisions of which the mean is taken, the last ones. */
const DECISIONS = 500;

interface Costs {
  readonly memoryMiB: ReadonlyMap<string, number>;
  readonly redisBytes: number;
  readonly trialsPerSecond: number;
  readonly decisionMs: number;
  readonly takeoverMs: number;
}

export async function scale({ trials, experiments }: ScaleOptions): Promise<Row[]> {
  const isAll = trials === undefined && experiments === undefined;
  return [...(await manyTrials(trials ?? (isAll ? TRIALS : []))), ...(await manyExperiments(experiments ?? (isAll ? EXPERIMENTS : [])))];
}

async function manyTrials(sizes: readonly number[]): Promise<Row[]> {
  const measured: { readonly size: string; readonly costs: Costs }[] = [];
  for (const count of sizes) {
    const size = `${count.toLocaleString('en')} trials`;
    measured.push({ size, costs: await step(size, () => costsOf(count)) });
  }
  const [first] = measured;
  if (first === undefined) return [];
  const beside = `that of ${first.size}`;
  return measured.flatMap(({ size, costs }) => {
    const beheld = (
      what: string,
      unit: string,
      cost: 'redisBytes' | 'decisionMs' | 'takeoverMs' | 'trialsPerSecond',
      most: number | null,
    ) => withRatio(row(`${size}: ${what}`, costs[cost], unit), beside, costs[cost] / first.costs[cost], most);
    return [
      ...memoryRows(size, costs.memoryMiB, beside, first.costs.memoryMiB),
      beheld('Redis, a trial', 'bytes', 'redisBytes', FLAT),
      beheld('from a report to its decision', 'ms', 'decisionMs', FLAT),
      beheld('rate', 'trials/s', 'trialsPerSecond', null),
      // It reads the state, which has every trial in it: that it grows is no fault, and a snapshot keeps it from growing with the log.
      beheld('takeover, once the lease has lapsed', 'ms', 'takeoverMs', null),
    ];
  });
}

async function costsOf(size: number): Promise<Costs> {
  const system = await startSystem({ functions: 'bench/functions', workers: WORKERS, slots: SLOTS });
  try {
    await run(system, WARM_UP_TRIALS);
    const before = await usedMemory(system);
    const startedAt = performance.now();
    const id = await run(system, size);
    const trialsPerSecond = size / ((performance.now() - startedAt) / 1000);
    const redisBytes = ((await usedMemory(system)) - before) / size;
    const read = await count(system.client.trials(id));
    if (read !== size) throw new Error(`${String(read)} of ${String(size)} trials are there`);
    const memoryMiB = peakMemory(system);
    return {
      memoryMiB,
      redisBytes,
      trialsPerSecond,
      decisionMs: await decisionMs(system.log(id)),
      takeoverMs: await takeoverMs(system, id),
    };
  } finally {
    await system.stop();
  }
}

async function run(system: BenchSystem, maxTrials: number): Promise<string> {
  const scheduler: MedianSchedulerOptions = { type: 'median' };
  const submission = { trainingFunction: 'bench-instant', sampler: { type: 'random' }, scheduler, maxTrials, hparams: { reports: 1 } };
  const id = await system.submit(submission);
  await system.client.wait(id);
  return id;
}

async function count(all: AsyncIterable<unknown>): Promise<number> {
  let counted = 0;
  for await (const _ of all) counted += 1;
  return counted;
}

/** By the clock of Redis, whose milliseconds are whole: the mean of many is finer than one. */
async function decisionMs(log: AsyncIterable<LogEvent>): Promise<number> {
  const reportedAt = new Map<string, number>();
  let last: number[] = [];
  for await (const event of log) {
    if (event.type !== 'reported' && event.type !== 'decided') continue;
    const report = `${String(event.trial)}.${String(event.step)}`;
    if (event.type === 'reported') {
      reportedAt.set(report, event.at);
      continue;
    }
    last.push(event.at - (reportedAt.get(report) ?? Number.NaN));
    reportedAt.delete(report);
    if (last.length === 2 * DECISIONS) last = last.slice(-DECISIONS);
  }
  const times = last.slice(-DECISIONS);
  return times.reduce((sum, ms) => sum + ms, 0) / times.length;
}

/** What an optimizer does before it can decide: the snapshot and the log behind it, read and folded. */
async function takeoverMs({ redis, keys }: BenchSystem, id: string): Promise<number> {
  const startedAt = performance.now();
  await LogReader.recover(new ExperimentRecords(redis, keys, id), builtInAlgorithms);
  return performance.now() - startedAt;
}
