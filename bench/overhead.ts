/**
 * What running inside a worker costs a training: the same function with the same hyperparameters as a trial and as a plain script,
 * in turn, both in warm processes with their data loaded. The figure is the median of the ratios of neighbours, since the
 * machine's speed drifts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { atMost, row, type Row } from './report.ts';
import { startSystem, type BenchSystem } from './system.ts';

const FILE = 'examples/mnist-cnn.ts';
const HPARAMS = { epochs: 3, optimizer: 'adam', filters: 8, kernelSize: 3, units: 64, dropout: 0.25, batchSize: 64, learningRate: 3e-3 };
const DATASET = { fraction: 0.2 };
const PAIRS = 9;
const MOST_PERCENT = 2;

export async function overhead(): Promise<Row[]> {
  const system = await startSystem({ functions: 'examples', workers: 1, slots: 1 });
  const plain = startPlain();
  try {
    await trial(system);
    await plain.run();
    const ratios: number[] = [];
    const seconds: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      // In turn first and second, so that a drift within the pairs cancels out.
      const [inWorker, alone] = pair % 2 === 0 ? [await trial(system), await plain.run()] : swap([await plain.run(), await trial(system)]);
      ratios.push(inWorker / alone);
      seconds.push(alone);
    }
    return [
      row('training as a plain script, median', median(seconds), 's'),
      atMost(`slower inside a worker, median of ${String(PAIRS)} pairs`, 100 * (median(ratios) - 1), '%', MOST_PERCENT),
      row('spread of the pairs, smallest', 100 * (Math.min(...ratios) - 1), '%'),
      row('spread of the pairs, largest', 100 * (Math.max(...ratios) - 1), '%'),
    ];
  } finally {
    plain.stop();
    await system.stop();
  }
}

/** From the start of the trial to its outcome, as the log has it. */
async function trial(system: BenchSystem): Promise<number> {
  const log = await system.run({ trainingFunction: 'mnist-cnn', kind: 'train', hparams: HPARAMS, dataset: DATASET });
  const bound = log.find(({ type }) => type === 'bound');
  const completed = log.find(({ type }) => type === 'completed');
  if (bound === undefined || completed === undefined) throw new Error('the trial did not complete');
  return (completed.at - bound.at) / 1000;
}

function startPlain(): { run(): Promise<number>; stop(): void } {
  const args = ['--import', 'tsx', 'bench/plain-training.ts', FILE, JSON.stringify(HPARAMS), JSON.stringify(DATASET)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  return {
    async run() {
      const answer = once(lines, 'line') as Promise<[string]>;
      child.stdin.write('run\n');
      return Number((await answer)[0]);
    },
    stop: () => child.stdin.end(),
  };
}

function swap([first, second]: readonly [number, number]): [number, number] {
  return [second, first];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
