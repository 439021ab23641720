/** A worker in a process of its own, to be killed and frozen: `worker-process.ts OPTIONS TIMES`, both as JSON. Drains on SIGTERM. */
import { pino } from 'pino';
import type { WorkerOptions } from '../../worker/options.ts';
import type { WorkerTimes } from '../../worker/times.ts';
import { TrialWorker } from '../../worker/worker.ts';

const [options = '', times = ''] = process.argv.slice(2);
const worker = await TrialWorker.start({
  options: JSON.parse(options) as WorkerOptions,
  times: JSON.parse(times) as WorkerTimes,
  environment: process.env,
  log: pino({ level: 'warn' }, pino.destination(2)),
});
process.on('SIGTERM', () => void worker.drain().then(() => process.exit(0)));
console.log(JSON.stringify({ processIds: worker.processIds }));
