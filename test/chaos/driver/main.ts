/** `npm run chaos -- --minutes 5 --seed 1`: everything that goes wrong, and whether the books are clean afterwards. */
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runChaos } from './run.ts';
import { printRows } from './tale.ts';

const runs = fileURLToPath(new URL('../../../.maggy/chaos', import.meta.url));

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}

const { minutes, seed } = new Command('chaos')
  .option('--minutes <number>', 'how long faults are injected', number, 5)
  .option('--seed <number>', 'of the faults', number, 1)
  .parse()
  .opts<{ minutes: number; seed: number }>();

const folder = join(runs, `seed-${seed}-${new Date().toISOString().replaceAll(':', '')}`);
mkdirSync(folder, { recursive: true });
const startedAt = performance.now();
const tell = (line: string): void => console.error(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());

const { rows, back, skipped, experiments, trials, wrong } = await runChaos({
  seed,
  seconds: 60 * minutes,
  folder,
  tell,
  signal: ending.signal,
});
console.log(printRows([...rows, ...back]));
for (const kind of skipped) console.log(`skipped: ${kind}`);
const injected = rows.reduce((sum, row) => sum + row.injected, 0);
console.log(`${injected} faults, ${experiments} experiments, ${trials} trials, seed ${seed}`);
if (wrong.length === 0) {
  console.log('The books are clean.');
  rmSync(folder, { recursive: true });
} else {
  console.log(`NOT CLEAN. The logs of all processes are in ${folder}`);
  for (const words of wrong) console.log(`- ${words}`);
  process.exitCode = 1;
}
