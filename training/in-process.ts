/**
 * Runs trials within a process that belongs to somebody else, a person's script or a test: one after another, because they share the
 * process's source of random numbers, and with that source put back in between. A worker's trial process seeds itself and needs none of this.
 */
import { currentRun, installSeededRandom } from './seeding.ts';

let queue: Promise<unknown> = Promise.resolve();

/** Runs `work` with seeded random numbers once all work before it is done. Work must not wait for other work of this kind. */
export function inProcess<Result>(work: () => Promise<Result>): Promise<Result> {
  const done = queue.then(() => seeded(work));
  queue = done.catch(() => undefined);
  return done;
}

async function seeded<Result>(work: () => Promise<Result>): Promise<Result> {
  if (currentRun() !== undefined) return work();
  const restore = installSeededRandom();
  try {
    return await work();
  } finally {
    restore();
  }
}
