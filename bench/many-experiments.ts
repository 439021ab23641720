/**
 * What many experiments at once cost: memory of the services, bytes in Redis and the time until all of them have ended. Training costs
 * nothing, one optimizer looks after all of them, and half of them go through `median`. Each count runs on a system of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FinalState } from '../core/states.ts';
import { FLAT, memoryRows, peakMemory, usedMemory } from './costs.ts';
import { row, step, withRatio, type Row } from './report.ts';
import { startSystem, type BenchSystem } from './system.ts';

const WORKERS = 2;
const SLOTS = 2;
const TRIALS = 20;
/** Node.js compiles what runs often. */
const WARM_UP = 20;
const finalStates: readonly FinalState[] = ['completed', 'stopped', 'failed'];
/** Submissions under way at a time. */
const SUBMITTERS = 8;

interface Costs {
  readonly memoryMiB: ReadonlyMap<string, number>;
  readonly redisBytes: number;
  readonly submissionsPerSecond: number;
  readonly mostAtOnce: number;
  readonly trialsPerSecond: number;
  readonly seconds: number;
}

export async function manyExperiments(counts: readonly number[]): Promise<Row[]> {
  const measured: { readonly size: string; readonly costs: Costs }[] = [];
  for (const count of counts) {
    const size = `${count.toLocaleString('en')} experiments`;
    measured.push({ size, costs: await step(size, () => costsOf(count)) });
  }
  const [first] = measured;
  if (first === undefined) return [];
  const beside = `that of ${first.size}`;
  return measured.flatMap(({ size, costs }) => [
    ...memoryRows(size, costs.memoryMiB, beside, first.costs.memoryMiB),
    withRatio(row(`${size}: Redis, an experiment`, costs.redisBytes, 'bytes'), beside, costs.redisBytes / first.costs.redisBytes, FLAT),
    row(`${size}: submissions`, costs.submissionsPerSecond, '/s'),
    row(`${size}: most at once`, costs.mostAtOnce, 'experiments'),
    row(`${size}: until all have ended`, costs.seconds, 's'),
    withRatio(row(`${size}: rate`, costs.trialsPerSecond, 'trials/s'), beside, costs.trialsPerSecond / first.costs.trialsPerSecond, null),
  ]);
}

async function costsOf(count: number): Promise<Costs> {
  const system = await startSystem({ functions: 'bench/functions', workers: WORKERS, slots: SLOTS, experiments: Math.max(count, WARM_UP) });
  try {
    await submit(system, WARM_UP);
    await untilEnded(system, WARM_UP);
    const before = await usedMemory(system);
    const startedAt = performance.now();
    const secondsSince = (): number => (performance.now() - startedAt) / 1000;
    const submitted = submit(system, count).then(secondsSince);
    const mostAtOnce = await untilEnded(system, WARM_UP + count);
    const seconds = secondsSince();
    return {
      memoryMiB: peakMemory(system),
      redisBytes: ((await usedMemory(system)) - before) / count,
      submissionsPerSecond: count / (await submitted),
      mostAtOnce,
      trialsPerSecond: (count * TRIALS) / seconds,
      seconds,
    };
  } finally {
    await system.stop();
  }
}

async function submit(system: BenchSystem, count: number): Promise<void> {
  let next = 0;
  const submitter = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const scheduler = { type: i % 2 === 0 ? 'median' : 'none' };
      await system.submit({
        trainingFunction: 'bench-instant',
        sampler: { type: 'random' },
        scheduler,
        maxTrials: TRIALS,
        hparams: { reports: 1 },
      });
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
}

/** Waits until so many have ended. Answers how many there were at most that had not. */
async function untilEnded({ redis, keys }: BenchSystem, count: number): Promise<number> {
  let mostAtOnce = 0;
  for (;;) {
    const ended = await Promise.all(finalStates.map((state) => redis.zcard(keys.inState(state))));
    const sum = ended.reduce((total, some) => total + some, 0);
    mostAtOnce = Math.max(mostAtOnce, (await redis.zcard(keys.experiments)) - sum);
    if (sum === count) return mostAtOnce;
    await sleep(200);
  }
}
