/**
 * What a suggestion costs as the history grows: one ask and tell, refits included, 200 in a row in 8 dimensions, and the memory
 * of a process with 10,000 trials. Beside it Optuna's suggestion over a history of the same length.
 */
import { runPeer } from './peers.ts';
import { atMost, row, step, type Row } from './report.ts';
import { measureLatency } from './samplers.ts';

export interface LatencyOptions {
  readonly sampler: readonly string[];
}

const HISTORIES = [100, 500, 1000, 2000, 10_000];
const LONGEST = 10_000;
const REPEATS = 200;
const DIMENSIONS = 8;
/** Bounds of the mean, ms, by sampler and history. */
const mostMs: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  gp: { 100: 30, 500: 50, 1000: 80, 2000: 150, [LONGEST]: 250 },
  tpe: { [LONGEST]: 5 },
  random: { [LONGEST]: 0.02 },
};
/** The slowest suggestions may take so many times the bound of the mean: a refit falls to few of them. */
const P95_TIMES = 4;
const MOST_MEGABYTES = 300;
/** Optuna's GP beyond takes minutes a suggestion. */
const LONGEST_PEER: Readonly<Record<string, number>> = { gp: 1000, tpe: LONGEST, random: LONGEST };

export async function latency({ sampler }: LatencyOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of sampler) {
    for (const history of HISTORIES) rows.push(...(await step(`${name}, ${history} trials`, () => measure(name, history))));
  }
  return rows;
}

async function measure(sampler: string, history: number): Promise<Row[]> {
  const { milliseconds, meanCpuMilliseconds, residentMegabytes } = await measureLatency({
    kind: 'latency',
    sampler,
    history,
    repeats: REPEATS,
  });
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const mean = milliseconds.reduce((sum, ms) => sum + ms, 0) / milliseconds.length;
  const p95 = sorted[Math.floor(0.95 * sorted.length)] ?? NaN;
  const bound = mostMs[sampler]?.[history];
  const bounded = (name: string, value: number, most: number | undefined): Row =>
    most === undefined ? row(name, value, 'ms') : atMost(name, value, 'ms', most);
  const label = `${sampler}, ${history} trials`;
  const peer = history <= (LONGEST_PEER[sampler] ?? 0) ? await optunaMs(sampler, history) : null;
  const meanRow = bounded(`${label}, mean`, mean, bound);
  return [
    peer === null ? meanRow : { ...meanRow, reference: `Optuna ${peer.toPrecision(3)}`, ratio: mean / peer },
    row(`${label}, mean CPU time`, meanCpuMilliseconds, 'ms'),
    bounded(`${label}, 95th percentile`, p95, bound === undefined ? undefined : P95_TIMES * bound),
    ...(history === LONGEST ? [atMost(`${label}, memory of the process`, residentMegabytes, 'MB', MOST_MEGABYTES)] : []),
  ];
}

async function optunaMs(sampler: string, history: number): Promise<number | null> {
  const args = ['--sampler', sampler, '--history', String(history), '--dimensions', String(DIMENSIONS)];
  const answer = await runPeer('optuna_latency.py', args);
  return typeof answer?.medianMs === 'number' ? answer.medianMs : null;
}
