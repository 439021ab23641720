/** The environment of a slot's trial processes: its own GPU where there are any, its share of the cores. */
import { availableParallelism } from 'node:os';

export interface SlotShare {
  readonly threads: number;
  readonly environment: NodeJS.ProcessEnv;
}

/** Cores are shared out evenly; GPUs go round. What the person who started the worker has set stands. */
export function shareOf(slot: number, slots: number, gpus: readonly string[], environment: NodeJS.ProcessEnv): SlotShare {
  const threads = Math.max(1, Math.floor(availableParallelism() / slots));
  const gpu = gpus[slot % Math.max(1, gpus.length)];
  // Where Redis and the API are, and how to get in, is not a training function's business.
  const { REDIS_URL: _redis, MAGGY_URL: _api, MAGGY_API_KEY: _key, ...inherited } = environment;
  return {
    threads,
    environment: {
      OMP_NUM_THREADS: String(threads),
      TF_NUM_INTRAOP_THREADS: String(threads),
      ...inherited,
      ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
    },
  };
}
