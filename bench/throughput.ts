/**
 * How fast trials go through the whole system when training costs nothing, and how long a slot idles between trials that take
 * 100 ms. Beside it, in the same run and on the same Redis: bare BullMQ, and Optuna and Ray where they can be had.
 */
import { Queue, Worker } from 'bullmq';
import type { LogEvent } from '../core/events.ts';
import { connect } from '../queue/connection.ts';
import { runPeer } from './peers.ts';
import { against, atMost, row, step, type Row } from './report.ts';
import { startSystem, type BenchSystem } from './system.ts';

const WORKERS = 2;
const SLOTS = 2;
/** Node.js compiles what runs often: a system that has been up for a while is some two times as fast as one that has just started. */
const WARM_UP_TRIALS = 6000;
const WARM_UP_TRIALS_WITH_REPORTS = 500;
const TRIALS = 3000;
const TRIALS_WITH_REPORTS = 1000;
const REPORTS = 20;
const TIMED_TRIALS = 400;
const RAW_JOBS = 10_000;
const BULK = 100;

export async function throughput(): Promise<Row[]> {
  const system = await startSystem({ functions: 'bench/functions', workers: WORKERS, slots: SLOTS });
  try {
    const raw = await step('bare BullMQ', () => rawBullMq(system.redisUrl));
    await step('warm-up', async () => {
      await trialsPerSecond(system, 0, 'none', WARM_UP_TRIALS);
      for (const scheduler of ['none', 'median']) await trialsPerSecond(system, REPORTS, scheduler, WARM_UP_TRIALS_WITH_REPORTS);
    });
    const plain = await step('no reports', () => trialsPerSecond(system, 0, 'none', TRIALS));
    const reporting = await step('reports', () => trialsPerSecond(system, REPORTS, 'none', TRIALS_WITH_REPORTS));
    const deciding = await step('reports and median', () => trialsPerSecond(system, REPORTS, 'median', TRIALS_WITH_REPORTS));
    const idle = await step('slot idle', () => slotIdle(system));
    const optuna = await step('Optuna', () => optunaRate(system, 0));
    const optunaReporting = await step('Optuna with reports', () => optunaRate(system, REPORTS));
    const ray = await step('Ray', rayRate);
    const beside = (name: string, value: number, peer: number | null, least: number): Row =>
      peer === null ? row(name, value, 'trials/s') : against(name, value, 'trials/s', 'Optuna', peer, least);
    return [
      row('bare BullMQ, add and process', raw, 'jobs/s'),
      against('trials, no reports', plain, 'trials/s', 'bare BullMQ', raw, null),
      beside('trials, no reports', plain, optuna, 3),
      beside(`trials, ${String(REPORTS)} reports, no scheduler`, reporting, optunaReporting, 5),
      beside(`trials, ${String(REPORTS)} reports, median`, deciding, optunaReporting, 2),
      atMost('slot idle between 100 ms trials, p50', idle.p50, 'ms', 3),
      atMost('slot idle between 100 ms trials, p99', idle.p99, 'ms', 20),
      ...(optuna === null ? [] : [row('Optuna, journal-redis, 4 workers, no reports', optuna, 'trials/s')]),
      ...(optunaReporting === null ? [] : [row(`Optuna, ${String(REPORTS)} reports, pruning`, optunaReporting, 'trials/s')]),
      ...(ray === null ? [] : [row('Ray Tune, 2 slots, no reports but one', ray, 'trials/s')]),
    ];
  } finally {
    await system.stop();
  }
}

async function rawBullMq(url: string): Promise<number> {
  // One each: a worker's waits on blocking commands. BullMQ closes only connections of its own making.
  const connections = { queue: connect(url), worker: connect(url) };
  const queue = new Queue('raw', { connection: connections.queue, prefix: 'raw' });
  const worker = new Worker('raw', () => Promise.resolve(), {
    connection: connections.worker,
    prefix: 'raw',
    concurrency: WORKERS * SLOTS,
    removeOnComplete: { count: 0 },
  });
  let done = 0;
  const finished = new Promise<void>((resolve) => {
    worker.on('completed', () => {
      done += 1;
      if (done === RAW_JOBS) resolve();
    });
  });
  await worker.waitUntilReady();
  const startedAt = performance.now();
  for (let added = 0; added < RAW_JOBS; added += BULK) {
    await queue.addBulk(Array.from({ length: BULK }, () => ({ name: 'job', data: {} })));
  }
  await finished;
  const seconds = (performance.now() - startedAt) / 1000;
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  for (const connection of Object.values(connections)) connection.disconnect();
  return RAW_JOBS / seconds;
}

/** Optuna and Ray sample at random here, too: what is measured is the way of a trial. */
function search(scheduler: string) {
  return { sampler: { type: 'random' }, scheduler: { type: scheduler } };
}

async function trialsPerSecond(system: BenchSystem, reports: number, scheduler: string, maxTrials: number): Promise<number> {
  const log = await system.run({ trainingFunction: 'bench-instant', hparams: { reports }, ...search(scheduler), maxTrials });
  const first = log.find(({ type }) => type === 'bound');
  const completed = log.filter(({ type }) => type === 'completed');
  const last = completed.at(-1);
  if (first === undefined || last === undefined || completed.length !== maxTrials) {
    throw new Error(`${String(completed.length)} of ${String(maxTrials)} trials completed`);
  }
  return maxTrials / ((last.at - first.at) / 1000);
}

/** From a trial's end to the next one's begin on the same slot, both seen by the training function itself. */
async function slotIdle(system: BenchSystem): Promise<{ p50: number; p99: number }> {
  const log = await system.run({ trainingFunction: 'bench-timed', ...search('none'), maxTrials: TIMED_TRIALS });
  const gaps = slotGaps(log);
  // The first trial of a slot waits for the experiment, not for the slot; there is no gap before it.
  if (gaps.length !== TIMED_TRIALS - WORKERS * SLOTS) throw new Error(`${String(gaps.length)} gaps between ${String(TIMED_TRIALS)} trials`);
  return { p50: quantile(gaps, 0.5), p99: quantile(gaps, 0.99) };
}

function slotGaps(log: readonly LogEvent[]): number[] {
  const slotOf = new Map(log.flatMap((event) => (event.type === 'bound' ? [[event.trial, `${event.worker}/${String(event.slot)}`]] : [])));
  const times = new Map<string, { began: number; ended: number }[]>();
  for (const event of log) {
    if (event.type !== 'completed') continue;
    const slot = slotOf.get(event.trial) ?? '';
    const { beganAt = NaN, endedAt = NaN } = event.metrics;
    times.set(slot, [...(times.get(slot) ?? []), { began: beganAt, ended: endedAt }]);
  }
  return [...times.values()].flatMap((trials) => {
    const inOrder = trials.sort((a, b) => a.began - b.began);
    return inOrder.slice(1).map(({ began }, i) => began - (inOrder[i]?.ended ?? NaN));
  });
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

async function optunaRate(system: BenchSystem, reports: number): Promise<number | null> {
  const url = system.redisUrl.startsWith('/') ? `unix://${system.redisUrl}?db=9` : `${system.redisUrl}/9`;
  const trials = reports === 0 ? 1000 : 400;
  const args = ['--storage', 'journal-redis', '--redis', url, '--workers', '4', '--trials', String(trials), '--reports', String(reports)];
  const answer = await runPeer('optuna_throughput.py', args);
  return typeof answer?.trialsPerSecond === 'number' ? answer.trialsPerSecond : null;
}

async function rayRate(): Promise<number | null> {
  const answer = await runPeer('ray_throughput.py', ['--trials', '100', '--reports', '1', '--reuse']);
  return typeof answer?.trialsPerSecond === 'number' ? answer.trialsPerSecond : null;
}
