/**
 * The worker process: signals to the worker, an exit that comes within its bound. `maggy worker` runs it.
 */
import { pino, type Logger } from 'pino';
import { logOptions } from '../core/log-options.ts';
import type { WorkerOptions } from './options.ts';
import { startSlotProcess } from './start-process.ts';
import { workerTimes } from './times.ts';
import type { TrialProcess } from './trial-process.ts';

export function workerLog({ logLevel }: WorkerOptions): Logger {
  return pino({ level: logLevel, base: { pid: process.pid }, ...logOptions });
}

/**
 * Starts the trial processes of the slots. They load while the rest of the worker does, which takes as long again on a busy machine, and
 * more where all of them share few cores.
 */
export function startSlots(options: WorkerOptions, log: Logger): TrialProcess[] {
  const wiring = { options, times: workerTimes, environment: process.env, log };
  return Array.from({ length: options.slots }, (_, slot) => startSlotProcess(slot, wiring));
}

export interface WorkerRun {
  readonly options: WorkerOptions;
  readonly log: Logger;
  readonly started: readonly TrialProcess[];
  /** Told, line by line, what becomes of the files in the functions folder. */
  readonly tell: (line: string) => void;
}

/**
 * Runs a worker until it is asked to end: the first SIGTERM or SIGINT drains it, the second ends it at once.
 * Resolves with the process's exit code.
 * @throws MaggyError when the worker cannot start
 */
export async function runWorker({ log, ...run }: WorkerRun): Promise<number> {
  const { TrialWorker } = await import('./worker.ts');
  const worker = await TrialWorker.start({ ...run, log, times: workerTimes, environment: process.env });
  return new Promise((resolve) => {
    let asked = 0;
    // A worker that nobody asked to end could not go on.
    void worker.closed.then(() => resolve(asked > 0 ? 0 : 1));
    const endAtOnce = (error?: unknown): void => {
      if (error !== undefined) log.fatal({ err: error }, 'the worker could not drain');
      worker.kill();
      resolve(1);
    };
    const onSignal = (): void => {
      asked += 1;
      if (asked === 1) worker.drain().catch(endAtOnce);
      else endAtOnce();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
