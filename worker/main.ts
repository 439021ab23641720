/**
 * The worker process: signals to the worker, an exit that comes within its bound. `maggy worker` runs it.
 */
import { pino, type Logger } from 'pino';
import { logOptions } from '../core/log-options.ts';
import type { WorkerOptions } from './options.ts';
import { workerTimes } from './times.ts';
import { TrialWorker } from './worker.ts';

export function workerLog({ logLevel }: WorkerOptions): Logger {
  return pino({ level: logLevel, base: { pid: process.pid }, ...logOptions });
}

/**
 * Runs a worker until it is asked to end: the first SIGTERM or SIGINT drains it, the second ends it at once.
 * Resolves with the process's exit code.
 * @param tell told, line by line, what becomes of the files in the functions folder
 * @throws MaggyError when the worker cannot start
 */
export async function runWorker(options: WorkerOptions, log: Logger, tell?: (line: string) => void): Promise<number> {
  const worker = await TrialWorker.start({
    options,
    times: workerTimes,
    environment: process.env,
    log,
    ...(tell === undefined ? {} : { tell }),
  });
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
