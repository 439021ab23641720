import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { LogReader } from '../../optimizer/service/log-reader.ts';
import { Publisher } from '../../optimizer/service/publisher.ts';
import { ExperimentJobs } from '../../queue/experiment-jobs.ts';
import { Experiments } from '../../queue/experiments.ts';
import { ReadModel } from '../../queue/read-model.ts';
import { QueueRig, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** More than one page of rows. */
const TRIALS = 1100;

const { url, prefix } = useTestRedis();
let rig: QueueRig;
let jobs: ExperimentJobs;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
  jobs = new ExperimentJobs(rig.redis, rig.keys);
});
afterEach(async () => {
  await jobs.close();
  rig.close();
});

/** Publishes all that the log holds, as an optimizer does that has just taken over. */
async function publishAll(): Promise<number> {
  const tenure = await rig.takeOver();
  const model = new ReadModel(rig.redis, rig.keys);
  const reader = await LogReader.recover(tenure.records, builtInAlgorithms);
  const experiments = new Experiments(rig.redis, rig.keys, jobs);
  await new Publisher(reader, tenure, experiments, await model.position(rig.id)).publish(0, null);
  return reader.engine.state.seq;
}

it('many trials are published as one: result and position come once, with the last of their rows', async () => {
  await rig.submit({ maxTrials: TRIALS });
  const tenure = await rig.takeOver();
  const entries = Array.from({ length: TRIALS }, (_, trial) => readyEntry(trial));
  const tickets = await rig.offer(tenure, entries, { limit: TRIALS });
  await Promise.all(tickets.map((ticket) => rig.bind(ticket)));
  const monitor = await rig.redis.duplicate().monitor();
  const { result, position, rows } = rig.experiment;
  const written: string[] = [];
  monitor.on('monitor', (_time: string, [command, key, value]: string[]) => {
    if (command?.toUpperCase() === 'SET' && key === position) written.push(`position ${value}`);
    if (command?.toUpperCase() === 'SET' && key === result) written.push('result');
    if (command?.toUpperCase() === 'HSET' && key === rows) written.push('row');
  });
  const seq = await publishAll();
  // The second time as the first: nothing that was promised is taken back.
  await publishAll();
  const once = [...Array.from({ length: TRIALS }, () => 'row'), 'result', `position ${seq}`];
  await until('all was heard', () => written.length >= 2 * once.length);
  expect(written).toEqual([...once, ...once]);
  monitor.disconnect();
});
