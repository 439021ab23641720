/** What becomes of a lockstep group when a rank, its worker or its way to Redis is gone. */
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planLockstep, type Lockstep } from '../../../core/lockstep.ts';
import type { TrialGroup } from '../../../core/results.ts';
import { ReadModel } from '../../../queue/read-model.ts';
import { RedisProxy } from '../../support/redis-proxy.ts';
import { until } from '../../support/until.ts';
import { testTimes, useTestBed } from '../bed.ts';
import type { TestExperiment } from '../experiment.ts';
import { isAlive } from '../is-alive.ts';
import { useWorkerProcesses, type WorkerProcess } from '../worker-processes.ts';

const bed = useTestBed();
const startProcess = useWorkerProcesses(bed);

/** The others notice within this. */
const NOTICED_MS = 5000;
/** For the scripts, the hints and two busy cores. */
const SLACK_MS = 2500;

const params = { steps: 200 };

interface Running {
  readonly experiment: TestExperiment;
  /** By rank. */
  readonly ranks: readonly WorkerProcess[];
}

/** A trial that has saved a checkpoint, on ranks of one worker process each. */
async function running(pool: string, lockstep: Lockstep): Promise<Running> {
  const started = await Promise.all(Array.from({ length: lockstep.worldSize }, () => startProcess({ pool, lockstep: true })));
  const experiment = await bed.submit('saves-slowly', { pool, lockstep: planLockstep(lockstep) });
  await experiment.start({ trial: 0, params });
  const group = await until('all ranks have spoken', async () => {
    const known = await groupOf(experiment);
    return known?.ranks.length === lockstep.worldSize ? known : undefined;
  });
  await until('a checkpoint is saved', async () => (await experiment.artefacts(0)).length > 0);
  const ranks = group.ranks.flatMap(({ worker }) => started.filter(({ child }) => worker.includes(`-${child.pid ?? 0}-`)));
  return { experiment, ranks };
}

function groupOf({ id }: TestExperiment): Promise<TrialGroup | null> {
  return new ReadModel(bed.redis, bed.keys).group(id, 0);
}

/** Starts the next generation and waits until it has gone on from where the one before it was lost. */
async function resumes(experiment: TestExperiment, attempt = 2): Promise<TrialGroup> {
  const [checkpoint] = await experiment.artefacts(0);
  await experiment.start({ trial: 0, attempt, origin: 'retry', params });
  await until('the next generation reports', async () =>
    (await experiment.curve(0)).some(([its, step = 0]) => its === attempt && step > (checkpoint?.step ?? 0)),
  );
  const resumedAt = Math.min(...(await experiment.curve(0)).flatMap(([its, step = 0]) => (its === attempt ? [step] : [])));
  expect(resumedAt).toBeGreaterThan(1);
  const group = await groupOf(experiment);
  if (group === null) throw new Error('no group is on record');
  expect(group.generation).toBe(attempt);
  return group;
}

async function end(experiment: TestExperiment, attempt: number): Promise<void> {
  await experiment.commit({ stops: [0] });
  await experiment.outcome(0, attempt);
}

/** No slot is reserved and no socket left of these workers. */
async function nothingIsLeft(pool: string, workers: readonly WorkerProcess[]): Promise<void> {
  await until('all slots are free', async () => (await bed.redis.zcard(`${bed.keys.lockstep(pool)}ranks`)) === 0);
  const folder = join(tmpdir(), `maggy-lockstep-${process.getuid?.() ?? 0}`);
  const pids = workers.map(({ child }) => child.pid ?? 0);
  await until('no socket is left', async () => !(await readdir(folder)).some((name) => pids.some((pid) => name.includes(`-${pid}-`))));
}

describe.each(['SIGKILL', 'SIGSTOP'] as const)('a group whose rank gets %s', (signal) => {
  it.each([0, 1])(
    'is lost where it is rank %i, noticed in time, and goes on from its checkpoint in the next generation',
    async (victim) => {
      const pool = `${signal.toLowerCase()}-${victim}`;
      const { experiment, ranks } = await running(pool, { worldSize: 2 });
      const { trialPid } = ranks[victim] ?? { trialPid: 0 };
      const at = performance.now();
      process.kill(trialPid, signal);
      const lost = await experiment.event('attemptLost', 0);
      expect(performance.now() - at).toBeLessThan(NOTICED_MS + SLACK_MS);
      expect(lost).toMatchObject({ attempt: 1, message: expect.stringMatching(/lost|silent/) });
      await until('its process is gone', () => !isAlive(trialPid));
      await resumes(experiment);
      await end(experiment, 2);
      await nothingIsLeft(pool, ranks);
    },
  );
});

describe('a group whose worker', () => {
  it('is killed is lost, leaves no process behind, and goes on smaller', async () => {
    const pool = 'worker-killed';
    const { experiment, ranks } = await running(pool, { worldSize: 2, minWorldSize: 1, regroupSeconds: 1 });
    const [, victim] = ranks;
    victim?.child.kill('SIGKILL');
    await until('its rank is gone', () => !isAlive(victim?.trialPid ?? 0), 1000);
    await experiment.event('attemptLost', 0);
    expect(await resumes(experiment)).toMatchObject({ generation: 2, worldSize: 1 });
    await end(experiment, 2);
    await nothingIsLeft(pool, ranks);
  });

  it('of rank 0 is frozen is lost before its lease lapses elsewhere, and what it says afterwards is refused', async () => {
    const pool = 'worker-frozen';
    const { experiment, ranks } = await running(pool, { worldSize: 2, minWorldSize: 1, regroupSeconds: 1 });
    const [victim] = ranks;
    victim?.child.kill('SIGSTOP');
    await until('its rank is gone', () => !isAlive(victim?.trialPid ?? 0), testTimes.leaseMs);
    await experiment.event('attemptLost', 0);
    const { length } = (await experiment.curve(0)).filter(([attempt]) => attempt === 1);
    expect(await resumes(experiment)).toMatchObject({ worldSize: 1 });
    victim?.child.kill('SIGCONT');
    await end(experiment, 2);
    expect((await experiment.curve(0)).filter(([attempt]) => attempt === 1)).toHaveLength(length);
    await nothingIsLeft(pool, ranks);
  });

  it('is cut off from Redis ends its rank before its slot can be given away', async () => {
    const pool = 'worker-cut-off';
    const proxy = await RedisProxy.start(bed.options.redisUrl);
    const workers = [await startProcess({ pool, lockstep: true }), await startProcess({ pool, lockstep: true, redisUrl: proxy.url })];
    const experiment = await bed.submit('saves-slowly', { pool, lockstep: planLockstep({ worldSize: 2 }) });
    await experiment.start({ trial: 0, params });
    await until('a checkpoint is saved', async () => (await experiment.artefacts(0)).length > 0);
    proxy.cut();
    await until('its rank is gone', () => !isAlive(workers[1]?.trialPid ?? 0), testTimes.leaseMs);
    // Where it was rank 0, whose lease lapses too, the next commit finds that.
    await experiment.lose();
    proxy.heal();
    await resumes(experiment);
    await end(experiment, 2);
    await nothingIsLeft(pool, workers);
    proxy.close();
  });
});
