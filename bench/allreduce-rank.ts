/** One rank of the all-reduce benchmark as a process: told the group and the sizes, says its address, then the milliseconds of each collective. */
import { listenAsRank } from '../worker/lockstep/wire/rank.ts';
import type { Membership } from '../worker/lockstep/wire/membership.ts';

const WARM_UP = 3;

interface Task {
  readonly membership: Membership;
  readonly floats: number;
  readonly repeats: number;
}

process.once('message', (task: Task) => void measure(task));

async function measure({ membership, floats, repeats }: Task): Promise<void> {
  const listening = await listenAsRank(membership);
  const addresses = new Promise<string[]>((resolve) => process.once('message', (message: string[]) => resolve(message)));
  process.send?.(listening.address);
  const rank = await listening.connect(await addresses);
  const barrier = new Float32Array(1);
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats + WARM_UP; repeat++) {
    rank.allReduce(barrier);
    const values = rank.workspace(floats).fill(membership.rank + 1);
    const startedAt = performance.now();
    rank.allReduce(values);
    times.push(performance.now() - startedAt);
    const sum = (membership.worldSize * (membership.worldSize + 1)) / 2;
    if (values[0] !== sum || values[floats - 1] !== sum) throw new Error('the sum is wrong');
  }
  rank.conclude({ state: 'completed' });
  await rank.close();
  process.send?.(times.slice(WARM_UP));
  process.disconnect();
}
