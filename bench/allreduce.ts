/** One all-reduce between processes of this machine, beside gloo's where it is there. Both begin after a barrier; rank 0's clock counts. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPeer } from './peers.ts';
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
  const folder = await mkdtemp(join(tmpdir(), 'maggy-ring-'));
  const file = fileURLToPath(new URL('allreduce-rank.ts', import.meta.url));
  const processes = Array.from({ length: worldSize }, () => fork(file, { execArgv: ['--import', 'tsx'] }));
  try {
    const secret = randomBytes(32).toString('hex');
    processes.forEach((process, rank) => {
      const membership = { group: 'bench', generation: 1, rank, worldSize, secret, transport: { type: 'unix', folder } };
      process.send({ membership, floats, repeats: REPEATS });
    });
    const addresses = await Promise.all(processes.map((process) => answer<string>(process)));
    const times = Promise.all(processes.map((process) => answer<number[]>(process)));
    for (const process of processes) process.send(addresses);
    const [first = []] = await times;
    return first.sort((a, b) => a - b)[first.length >> 1] ?? Number.NaN;
  } finally {
    for (const process of processes) process.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

async function answer<Message>(process: ChildProcess): Promise<Message> {
  return ((await once(process, 'message')) as [Message])[0];
}
