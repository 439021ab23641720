/** The training function of the overhead benchmark as a plain script: one line in, one run, its seconds out. */
import { createInterface } from 'node:readline';
import { loadTraining } from '../training/load.ts';
import { runTraining } from '../training/single-host.ts';

const [file = '', hparams = '{}', dataset = '{}', seed = '1'] = process.argv.slice(2);
const { training } = await loadTraining(file);
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'run') break;
  const { durationSeconds } = await runTraining(training, {
    hparams: JSON.parse(hparams) as Record<string, number>,
    dataset: JSON.parse(dataset) as object,
    seed: Number(seed),
  });
  console.log(durationSeconds);
}
