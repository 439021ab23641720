/** One rank of the all-reduce benchmark as a process: answers the milliseconds of each collective. */
import { MaggyError } from '../core/errors.ts';
import { serveRank } from './ranks.ts';

const WARM_UP = 3;

export interface AllReduceTask {
  readonly floats: number;
  readonly repeats: number;
}

serveRank<AllReduceTask, number[]>(async ({ floats, repeats }, lockstep) => {
  if (lockstep === undefined) throw new MaggyError('invalid', 'an all-reduce needs a group');
  const { rank, worldSize } = lockstep;
  const barrier = new Float32Array(1);
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats + WARM_UP; repeat++) {
    lockstep.allReduce(barrier);
    const values = lockstep.workspace(floats).fill(rank + 1);
    const startedAt = performance.now();
    lockstep.allReduce(values);
    times.push(performance.now() - startedAt);
    const sum = (worldSize * (worldSize + 1)) / 2;
    if (values[0] !== sum || values[floats - 1] !== sum) throw new Error('the sum is wrong');
  }
  return times.slice(WARM_UP);
});
