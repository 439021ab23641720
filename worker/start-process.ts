/**
 * Starts the trial process of a slot as the worker's options have it. Loads nothing that speaks to Redis: a process takes seconds to load, and
 * so does the rest of the worker, which goes on meanwhile.
 */
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { shareOf } from './environment.ts';
import type { WorkerOptions } from './options.ts';
import type { WorkerTimes } from './times.ts';
import { TrialProcess } from './trial-process.ts';

export interface ProcessWiring {
  readonly options: WorkerOptions;
  readonly times: WorkerTimes;
  /** Inherited by the trial processes. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Logger;
}

export function startSlotProcess(slot: number, { options, times, environment, log }: ProcessWiring): TrialProcess {
  const { functions, slots, gpus, backend } = options;
  const share = shareOf(slot, slots, gpus, environment);
  return new TrialProcess({ ...share, ...times, functions: resolve(functions), log, ...(backend === undefined ? {} : { backend }) });
}
