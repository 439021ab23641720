/** Measures samplers in processes of their own, as many at a time as asked for. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type Measurement =
  | {
      readonly kind: 'regret';
      readonly sampler: string;
      readonly objective: string;
      readonly workers: number;
      readonly trials: number;
      readonly seeds: number;
      /** Standard deviation of what is added to each loss. */
      readonly noise: number;
    }
  | { readonly kind: 'latency'; readonly sampler: string; readonly history: number; readonly repeats: number };

export interface LatencyResult {
  /** One ask and tell each. */
  readonly milliseconds: readonly number[];
  /** Of all threads; says more than `milliseconds` where others use the machine. */
  readonly meanCpuMilliseconds: number;
  readonly residentMegabytes: number;
}

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('sampler-process.ts', import.meta.url));
const MOST_OUTPUT_BYTES = 64 * 2 ** 20;

/** Regret curves, one a seed: trials finished → simple regret. */
export function measureRegret(measurement: Extract<Measurement, { kind: 'regret' }>): Promise<number[][]> {
  return measure<number[][]>(measurement);
}

export function measureLatency(measurement: Extract<Measurement, { kind: 'latency' }>): Promise<LatencyResult> {
  return measure<LatencyResult>(measurement);
}

async function measure<Result>(measurement: Measurement): Promise<Result> {
  const args = ['--import', 'tsx', PROGRAM, JSON.stringify(measurement)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: MOST_OUTPUT_BYTES });
  return JSON.parse(stdout) as Result;
}

/** Maps with at most `limit` calls running at once; results in the order of the items. */
export async function mapAtMost<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const waiting = [...items.entries()];
  const results: Result[] = [];
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await map(next[1]);
  };
  await Promise.all(Array.from({ length: limit }, drain));
  return results;
}
