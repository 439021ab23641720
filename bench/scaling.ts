/**
 * An epoch of the digits example by a group of two, by a group of one and without a group, in turn, one computing thread a rank, with a
 * small and a large global batch: what a step costs beside its computing weighs less on a large one. Figures are medians of the ratios of neighbours, since the machine's speed drifts. The first epoch of each training, in which code is
 * compiled, is left out.
 */
import { RankProcesses } from './ranks.ts';
import { against, atMost, row, step, type Row } from './report.ts';
import type { ScalingTask } from './scaling-rank.ts';

const task = (batchSize: number): ScalingTask => ({
  file: 'examples/mnist-cnn.ts',
  hparams: { epochs: 4, optimizer: 'adam', filters: 8, kernelSize: 3, units: 64, dropout: 0.25, batchSize, learningRate: 3e-3 },
  dataset: { fraction: 0.2 },
});
const BATCH_SIZES = [64, 256];
const ROUNDS = 5;
const LEAST_SPEED_UP = 1.7;
const MOST_OVERHEAD_PERCENT = 3;

type Ranks = RankProcesses<ScalingTask, number[]>;

export async function scaling(): Promise<Row[]> {
  const ranks: Ranks = await RankProcesses.start('scaling-rank.ts', 2);
  try {
    const rows: Row[] = [];
    for (const batchSize of BATCH_SIZES) rows.push(...(await atBatchSize(ranks, batchSize)));
    return rows;
  } finally {
    await ranks.stop();
  }
}

async function atBatchSize(ranks: Ranks, batchSize: number): Promise<Row[]> {
  const label = `batches of ${batchSize}`;
  const ofTwo = async (): Promise<number> => median(await ranks.together(2, task(batchSize)));
  const ofOne = async (): Promise<number> => median(await ranks.together(1, task(batchSize)));
  const alone = async (): Promise<number> => median(await ranks.alone(task(batchSize)));
  await step(`${label}, warm-up`, ofTwo);
  const rounds: { two: number; one: number; single: number }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    rounds.push(await step(`${label}, round ${round}`, async () => ({ two: await ofTwo(), single: await alone(), one: await ofOne() })));
  }
  const single = median(rounds.map((times) => times.single));
  const overheads = rounds.map((times) => 100 * (times.one / times.single - 1));
  const speedUp = median(rounds.map((times) => times.single / times.two));
  return [
    row(`${label}: epoch of one process without a group, median`, single, 'ms'),
    row(`${label}: epoch of a group of two, median`, median(rounds.map((times) => times.two)), 'ms'),
    against(`${label}: epochs a second, group of two`, (1000 * speedUp) / single, '/s', 'one process', 1000 / single, LEAST_SPEED_UP),
    atMost(`${label}: slower in a group of one, median`, median(overheads), '%', MOST_OVERHEAD_PERCENT),
    row(`${label}: spread of the rounds, smallest`, Math.min(...overheads), '%'),
    row(`${label}: spread of the rounds, largest`, Math.max(...overheads), '%'),
  ];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
