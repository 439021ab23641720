/** A process with a watchdog that begins run 2, whose own deadline is close, a while after it has started. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline } from '../../worker/child/deadline.ts';

const nowMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);
const deadline = new Deadline();
process.stdout.write('started\n');
// Until the worker has been heard: what it says meanwhile reaches the watchdog alone.
process.stdin.once('data', () => {
  deadline.begin(2, nowMs() + 200);
  void sleep(1000).then(() => {
    process.stdout.write('goes on\n');
    process.exit(0);
  });
});
