/**
 * What grows with an experiment: memory of the services, bytes in Redis, the time a decision takes and the time a takeover takes. Training
 * costs nothing; each trial makes one report, on which `median` decides. Each size runs on a system of its own.
 */
import { readFileSync } from 'node:fs';
import type { MedianSchedulerOptions } from '../core/catalogue.ts';
import type { LogEvent } from '../core/events.ts';
import { builtInAlgorithms } from '../optimizer/algorithms.ts';
import { LogReader } from '../optimizer/service/log-reader.ts';
import { ExperimentRecords } from '../queue/experiment-records.ts';
import { row, step, withRatio, type Row } from './report.ts';
import { startSystem, type BenchSystem } from './system.ts';

export interface ScaleOptions {
  readonly trials: readonly number[];
}

const WORKERS = 2;
const SLOTS = 2;
/** Node.js compiles what runs often. */
const WARM_UP_TRIALS = 500;
/** Decisions of which the mean is taken, the last ones. */
const DECISIONS = 500;
/** What is called flat, beside the smallest size. */
const FLAT = 2;

interface Costs {
  readonly memoryMiB: ReadonlyMap<string, number>;
  readonly redisBytes: number;
  readonly decisionMs: number;
  readonly takeoverMs: number;
}

export async function scale({ trials }: ScaleOptions): Promise<Row[]> {
  const measured: { readonly size: number; readonly costs: Costs }[] = [];
  for (const size of trials) measured.push({ size, costs: await step(`${String(size)} trials`, () => costsOf(size)) });
  const [first] = measured;
  if (first === undefined) return [];
  const beside = `at ${first.size.toLocaleString('en')}`;
  return measured.flatMap(({ size, costs }) => {
    const name = (what: string): string => `${size.toLocaleString('en')} trials: ${what}`;
    const flat = (what: string, unit: string, value: number, reference: number): Row =>
      withRatio(row(name(what), value, unit), beside, value / reference, FLAT);
    return [
      ...[...costs.memoryMiB].map(([service, value]) =>
        flat(`memory of ${service}`, 'MiB', value, first.costs.memoryMiB.get(service) ?? 0),
      ),
      flat('Redis, a trial', 'bytes', costs.redisBytes, first.costs.redisBytes),
      flat('from a report to its decision', 'ms', costs.decisionMs, first.costs.decisionMs),
      // It reads the state, which has every trial in it: that it grows is no fault, and a snapshot keeps it from growing with the log.
      withRatio(
        row(name('takeover, once the lease has lapsed'), costs.takeoverMs, 'ms'),
        beside,
        costs.takeoverMs / first.costs.takeoverMs,
        null,
      ),
    ];
  });
}

async function costsOf(size: number): Promise<Costs> {
  const system = await startSystem({ functions: 'bench/functions', workers: WORKERS, slots: SLOTS });
  try {
    await run(system, WARM_UP_TRIALS);
    const before = await usedMemory(system);
    const events = await run(system, size);
    const redisBytes = ((await usedMemory(system)) - before) / size;
    const memoryMiB = new Map([...system.pids].map(([service, pid]) => [service, residentMiB(pid)]));
    const [submitted] = events;
    const id = submitted?.type === 'submitted' ? submitted.specification.id : '';
    return { memoryMiB, redisBytes, decisionMs: decisionMs(events), takeoverMs: await takeoverMs(system, id) };
  } finally {
    await system.stop();
  }
}

function run(system: BenchSystem, maxTrials: number): Promise<LogEvent[]> {
  const scheduler: MedianSchedulerOptions = { type: 'median' };
  return system.run({ trainingFunction: 'bench-instant', sampler: { type: 'random' }, scheduler, maxTrials, hparams: { reports: 1 } });
}

/** By the clock of Redis, whose milliseconds are whole: the mean of many is finer than one. */
function decisionMs(events: readonly LogEvent[]): number {
  const reportedAt = new Map<string, number>();
  const times = events.flatMap((event) => {
    if (event.type === 'reported') reportedAt.set(`${String(event.trial)}.${String(event.step)}`, event.at);
    return event.type === 'decided' ? [event.at - (reportedAt.get(`${String(event.trial)}.${String(event.step)}`) ?? Number.NaN)] : [];
  });
  const last = times.slice(-DECISIONS);
  return last.reduce((sum, ms) => sum + ms, 0) / last.length;
}

/** What an optimizer does before it can decide: the snapshot and the log behind it, read and folded. */
async function takeoverMs({ redis, keys }: BenchSystem, id: string): Promise<number> {
  const startedAt = performance.now();
  await LogReader.recover(new ExperimentRecords(redis, keys, id), builtInAlgorithms);
  return performance.now() - startedAt;
}

async function usedMemory({ redis }: BenchSystem): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
}
