/** `maggy archive` and `maggy restore`: an ended experiment as a file, and back. What is in Redis goes only when the file was read back and verifies. */
import { MaggyError } from '../../core/errors.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import { loadAlgorithms } from '../../optimizer/service/extensions.ts';
import { Archive } from '../../queue/archive.ts';
import { ExperimentJobs } from '../../queue/experiment-jobs.ts';
import { Experiments } from '../../queue/experiments.ts';
import { logIn, openArchive, writeArchive } from '../archive-file.ts';
import { extensionFiles } from '../environment.ts';
import { withRedis } from '../redis.ts';

export async function archive(id: string, { output, keep }: { readonly output: string; readonly keep: boolean }): Promise<void> {
  await withArchive(async (archive) => {
    await writeArchive(output, { id, createdAt: await archive.createdAt(id) }, archive.read(id));
    const events = await logIn(await openArchive(output));
    const { differences } = verifyLog(events, await loadAlgorithms(extensionFiles()));
    if (differences.length > 0)
      throw new MaggyError(
        'corrupt',
        `${differences.length} of what experiment ${id} decided does not follow from its log: it stays in Redis`,
      );
    if (!keep) await archive.remove(id, events.length);
  });
  process.stdout.write(`experiment ${id} is in ${output}${keep ? '' : ' and no more in Redis; its files stay in the store'}\n`);
}

export async function restore(file: string): Promise<void> {
  const opened = await openArchive(file);
  const { id, createdAt } = opened.head;
  await withArchive((archive) => archive.restore(id, createdAt, opened.records()));
  process.stdout.write(`experiment ${id} is in Redis again\n`);
}

async function withArchive(work: (archive: Archive) => Promise<void>): Promise<void> {
  await withRedis(async ({ redis, keys }) => {
    const jobs = new ExperimentJobs(redis, keys);
    try {
      await work(new Archive(redis, keys, new Experiments(redis, keys, jobs)));
    } finally {
      await jobs.close();
    }
  });
}
