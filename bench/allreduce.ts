/** One all-reduce between processes of this machine, beside gloo's where it is there. Both begin after a barrier; rank 0's clock counts. */
import type { AllReduceTask } from './allreduce-rank.ts';
import { runPeer } from './peers.ts';
import { RankProcesses } from './ranks.ts';
import { row, step, withRatio, type Row } from './report.ts';

const SIZES = [
  { name: '4 KB', floats: 1024 },
  { name: '1 MB', floats: 262_144 },
  { name: '16 MB', floats: 4_194_304 },
];
const WORLD_SIZES = [2, 3];
const REPEATS = 20;
const MOST_RATIO = 1;

export async function allReduce(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const worldSize of WORLD_SIZES) {
    for (const { name, floats } of SIZES) {
      const label = `${name}, ${String(worldSize)} ranks`;
      const ours = await step(label, () => medianMs(worldSize, floats));
      const gloo = await runPeer('gloo_allreduce.py', ['--world', String(worldSize), '--floats', String(floats)]);
      const measured = row(`all-reduce of ${label}, median`, ours, 'ms');
      rows.push(typeof gloo?.medianMs === 'number' ? withRatio(measured, 'gloo', ours / gloo.medianMs, MOST_RATIO) : measured);
    }
  }
  return rows;
}

async function medianMs(worldSize: number, floats: number): Promise<number> {
  const ranks = await RankProcesses.start<AllReduceTask, number[]>('allreduce-rank.ts', worldSize);
  try {
    const times = await ranks.together(worldSize, { floats, repeats: REPEATS });
    return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  } finally {
    await ranks.stop();
  }
}
