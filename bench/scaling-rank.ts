/** One rank of the scaling benchmark as a process with one computing thread: trains, and answers the milliseconds of each epoch. */
import type { Params } from '../core/space.ts';
import { selectBackend } from '../training/backends/select.ts';
import { inProcess } from '../training/in-process.ts';
import { loadTraining } from '../training/load.ts';
import { MemoryCheckpointStore } from '../training/memory-checkpoint-store.ts';
import { executeTraining } from '../training/run.ts';
import { serveRank } from './ranks.ts';

export interface ScalingTask {
  readonly file: string;
  readonly hparams: Params;
  readonly dataset: object;
}

const SEED = 1;

serveRank<ScalingTask, number[]>(async ({ file, hparams, dataset }, lockstep) => {
  const { training } = await loadTraining(file);
  await selectBackend({ threads: 1 });
  const reportedAt: number[] = [];
  const outcome = await inProcess(() =>
    executeTraining(training, {
      hparams,
      seed: SEED,
      experimentSeed: SEED,
      datasetOptions: dataset,
      ...(lockstep === undefined ? {} : { lockstep }),
      environment: {
        report: async () => {
          reportedAt.push(performance.now());
          return 'continue';
        },
        log: () => undefined,
        signal: new AbortController().signal,
        checkpoints: new MemoryCheckpointStore(),
        checkpointSaved: async () => undefined,
      },
    }),
  );
  if (outcome.state === 'failed') throw outcome.cause;
  if (outcome.state === 'completed') outcome.model?.dispose();
  return reportedAt.slice(1).map((at, index) => at - (reportedAt[index] ?? Number.NaN));
});
