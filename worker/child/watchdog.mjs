/**
 * The watchdog of a trial process: a thread that goes on while the main thread is blocked in a training step, and ends the
 * process when the worker is gone (its pipe, file descriptor 4, is closed) or when the running attempt's deadline has passed
 * (the worker is frozen, or cut off from Redis, and the attempt may have been given to another).
 *
 * `workerData` is the memory shared with `deadline.ts`: two 64-bit words, the number of the run (0: none) and its deadline
 * in ms of the monotonic clock. The main thread sets both when a run begins; renewals come through the pipe, as lines
 * `<run> <deadlineMs>`, because the main thread may be blocked, even before it has begun the run. The later deadline counts.
 *
 * Plain JavaScript: a thread has no TypeScript loader, and starting one would cost each process a fifth of a second.
 */
import { Socket } from 'node:net';
import { setInterval } from 'node:timers';
import { workerData } from 'node:worker_threads';

const PIPE = 4;
const CHECK_INTERVAL_MS = 100;
const RUN = 0;
const DEADLINE = 1;

/** @type {BigInt64Array} */
const shared = workerData;

function endProcess() {
  try {
    // The whole group: what a training function started ends with it.
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}

/** The last renewal. */
let renewed = { run: 0n, deadlineMs: 0n };

/** @param {string} line */
function renew(line) {
  const [run, deadlineMs] = line.split(' ').map(Number);
  if (!Number.isSafeInteger(run) || !Number.isFinite(deadlineMs)) return;
  renewed = { run: BigInt(run), deadlineMs: BigInt(Math.floor(deadlineMs)) };
}

let rest = '';
const pipe = new Socket({ fd: PIPE, readable: true, writable: false });
pipe.setEncoding('latin1');
pipe.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop() ?? '';
  lines.forEach(renew);
});
pipe.on('close', endProcess);
pipe.on('error', endProcess);

setInterval(() => {
  const run = Atomics.load(shared, RUN);
  if (run === 0n) return;
  const nowMs = process.hrtime.bigint() / 1_000_000n;
  const isRenewed = renewed.run === run && renewed.deadlineMs >= nowMs;
  if (!isRenewed && Atomics.load(shared, DEADLINE) < nowMs) endProcess();
}, CHECK_INTERVAL_MS);
