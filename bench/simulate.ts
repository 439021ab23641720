/**
 * How long searches take in virtual time: the samplers and schedulers of this project on workers that straggle, beside random search in
 * batches, in which all workers wait for the slowest. Virtual time does not depend on the machine; what deciding takes is not in it.
 *
 * The target is a loss, after a whole training, of at most 1.05 times the best: of `lc81` its optimum, of `mnist` the least loss at any
 * recorded configuration.
 */
import type { AlgorithmChoice } from '../core/catalogue.ts';
import { builtInAlgorithms } from '../optimizer/algorithms.ts';
import { bestCompleted, idleShare, secondsToReach, stepsUsed } from '../optimizer/simulation/measures.ts';
import { simulate, type Simulation, type SimulationOptions } from '../optimizer/simulation/simulate.ts';
import { atLeast, row, step, withRatio, type Row } from './report.ts';
import { lc81, mnistCurves, type BenchWorkload } from './workloads.ts';

export interface SimulateOptions {
  readonly workload: readonly string[];
  readonly workers: readonly number[];
  readonly seeds: number;
  readonly method: readonly string[];
}

interface Method {
  readonly name: string;
  readonly sampler: string;
  readonly scheduler: 'none' | 'median' | 'asha' | 'asha-promote' | 'hyperband';
  readonly mode?: SimulationOptions['mode'];
}

const inBatches: Method = { name: 'batches', sampler: 'random', scheduler: 'none', mode: 'batch' };
const methods: readonly Method[] = [
  inBatches,
  { name: 'random', sampler: 'random', scheduler: 'none' },
  { name: 'median', sampler: 'random', scheduler: 'median' },
  { name: 'asha-stop', sampler: 'random', scheduler: 'asha' },
  { name: 'asha-promote', sampler: 'random', scheduler: 'asha-promote' },
  { name: 'hyperband', sampler: 'random', scheduler: 'hyperband' },
  { name: 'tpe', sampler: 'tpe', scheduler: 'none' },
  { name: 'gp', sampler: 'gp', scheduler: 'none' },
  { name: 'tpe+asha', sampler: 'tpe', scheduler: 'asha' },
  { name: 'gp+asha', sampler: 'gp', scheduler: 'asha' },
  { name: 'tpe+hyperband', sampler: 'tpe', scheduler: 'hyperband' },
  { name: 'gp+hyperband', sampler: 'gp', scheduler: 'hyperband' },
];
const isKnown = ({ sampler }: Method): boolean => builtInAlgorithms.samplers.some(({ type }) => type === sampler);
export const methodNames = methods.filter(isKnown).map(({ name }) => name);

export const workloadNames = ['lc81', 'mnist'];

const TARGET_TIMES_BEST = 1.05;
/** A search that has not reached the target after so many trials, beyond one for each worker, counts as never reaching it. */
const MOST_TRIALS = 1000;
/** `gp` gets fewer trials: it takes some 20 ms a suggestion where others take one or less. */
const GP_TRIALS = 300;
/** Counts of workers at which `gp` takes minutes a search: hundreds of pending trials for each suggestion to reckon with. */
const MANY_WORKERS = 100;
const GP_SEEDS_OF_MANY = 3;

export async function simulations({ workload, workers, seeds, method }: SimulateOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bench of [lc81, mnistCurves].map((create) => create()).filter(({ name }) => workload.includes(name))) {
    for (const count of workers) rows.push(...(await timesToTarget(bench, count, seeds, method)));
    for (const count of PAPER_WORKERS) rows.push(...likeThePaper(bench, count, seeds));
  }
  return rows;
}

async function timesToTarget(bench: BenchWorkload, workers: number, seeds: number, chosen: readonly string[]): Promise<Row[]> {
  const target = TARGET_TIMES_BEST * bench.best;
  const cells: { name: string; seconds: number; epochs: number }[] = [];
  for (const method of methods.filter(({ name }) => name === inBatches.name || chosen.includes(name))) {
    const name = `${bench.name}, ${workers} workers, ${method.name}`;
    const isGp = method.sampler === 'gp';
    const maxTrials = (isGp ? GP_TRIALS : MOST_TRIALS) + workers;
    const searched = isGp && workers > MANY_WORKERS ? Math.min(seeds, GP_SEEDS_OF_MANY) : seeds;
    const given = { workers, targetValue: target };
    const searches = await step(name, async () => searchesOf(bench, method, given, maxTrials, searched));
    const reached = searches.map((search) => secondsToReach(search, target, 'minimize') ?? Infinity);
    const epochs = searches.map((search, seed) => (reached[seed] === Infinity ? Infinity : stepsUsed(search)));
    cells.push({ name, seconds: median(reached), epochs: median(epochs) });
  }
  const reference = cells[0] ?? { seconds: NaN, epochs: NaN };
  return cells.flatMap(({ name, seconds, epochs }) => [
    withRatio(row(`${name}: to the target`, seconds, 'virtual s'), inBatches.name, seconds / reference.seconds, null),
    withRatio(row(`${name}: until then`, epochs, 'epochs'), inBatches.name, epochs / reference.epochs, null),
  ]);
}

/**
 * The setting of Meister et al. 2020, "Maggy: Scalable asynchronous parallel hyperparameter search": random search over a small
 * convolutional network, a fixed number of trials; stages of Spark, each of as many trials as workers and as long as its slowest,
 * against asynchronous workers that stop trials by the median rule; 33 % to 58 % less time, and no loss of the best. Its abstract and
 * the example in its repository say so much. How many trials and workers there were is assumed here.
 */
const PAPER_WORKERS = [8, 16, 25];
const PAPER_TRIALS = 100;
const LEAST_PERCENT_LESS = 58;
const EARLY_STOPPING: readonly Method['scheduler'][] = ['median', 'asha'];

function likeThePaper(bench: BenchWorkload, workers: number, seeds: number): Row[] {
  const search = (method: Method): Simulation[] => searchesOf(bench, method, { workers }, PAPER_TRIALS, seeds);
  const batches = search(inBatches);
  const label = `${bench.name}, ${PAPER_TRIALS} trials, ${workers} workers`;
  const compared = (method: Method, leastLess: number | null): Row[] => {
    const searches = search(method);
    const less = median(searches.map(({ seconds }, seed) => 100 * (1 - seconds / (batches[seed]?.seconds ?? NaN))));
    const name = `${label}, asynchronous ${method.scheduler}: less time than in batches`;
    const best = median(searches.map((found, seed) => lossOf(found) / lossOf(batches[seed])));
    return [
      leastLess === null ? row(name, less, '%') : atLeast(name, less, '%', leastLess),
      row(`${label}, asynchronous ${method.scheduler}: best loss over that of batches`, best, '×'),
    ];
  };
  const random = (scheduler: Method['scheduler']): Method => ({ name: scheduler, sampler: 'random', scheduler });
  return [
    row(`${label}, batches: idle`, 100 * median(batches.map(idleShare)), '%'),
    ...compared(random('none'), null),
    ...EARLY_STOPPING.flatMap((scheduler) => compared(random(scheduler), LEAST_PERCENT_LESS)),
  ];
}

type Given = Pick<SimulationOptions, 'workers' | 'targetValue'>;

/** One a seed. */
function searchesOf(bench: BenchWorkload, method: Method, given: Given, maxTrials: number, seeds: number): Simulation[] {
  return Array.from({ length: seeds }, (_, seed) =>
    simulate({
      ...given,
      workload: bench.create(seed),
      seed,
      stragglers: bench.stragglers,
      ...(method.mode === undefined ? {} : { mode: method.mode }),
      optimizer: { sampler: { type: method.sampler }, scheduler: schedulerOf(method, bench.epochs), seed, maxTrials },
    }),
  );
}

function schedulerOf({ scheduler }: Method, maxResource: number): AlgorithmChoice {
  const type = scheduler === 'asha-promote' ? 'asha' : scheduler;
  const mode = scheduler === 'asha-promote' ? { mode: 'promote' } : {};
  return type === 'none' || type === 'median' ? { type } : { type, ...mode, ...{ maxResource } };
}

function lossOf(simulation: Simulation | undefined): number {
  return (simulation && bestCompleted(simulation)?.value) ?? NaN;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN];
  return low === high ? low : (low + high) / 2;
}
