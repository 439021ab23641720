/** The main thread's side of the watchdog: starts the thread and tells it, through shared memory, what runs until when. */
import { Worker } from 'node:worker_threads';

const RUN = 0;
const DEADLINE = 1;

export class Deadline {
  readonly #shared = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));

  constructor() {
    const thread = new Worker(new URL('watchdog.mjs', import.meta.url), { workerData: this.#shared, execArgv: [], name: 'watchdog' });
    thread.on('error', (error) => {
      // Without its watchdog this process could outlive its worker.
      console.error(error);
      process.exit(1);
    });
    thread.unref();
  }

  /** A run begins. The deadline is written first: the thread must never see the new run with the old one's deadline. */
  begin(run: number, deadlineMs: number): void {
    Atomics.store(this.#shared, DEADLINE, BigInt(Math.floor(deadlineMs)));
    Atomics.store(this.#shared, RUN, BigInt(run));
  }

  end(): void {
    Atomics.store(this.#shared, RUN, 0n);
  }
}
