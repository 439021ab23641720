/**
 * A small experiment in which everything happens once: checkpoints, lines, reports, pauses and a promotion; real workers for it; and
 * what must be true once it is over, whatever has happened on the way.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { AshaSchedulerOptions } from '../../core/catalogue.ts';
import type { LogEvent } from '../../core/events.ts';
import { readModuleSource } from '../../modules/source.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { workerDefaults } from '../../worker/options.ts';
import { workerTimes, type WorkerTimes } from '../../worker/times.ts';
import { TrialWorker } from '../../worker/worker.ts';
import { QUICK_LOCK, type Deployment } from '../support/deployment.ts';
import { until } from '../support/until.ts';

const functions = fileURLToPath(new URL('functions', import.meta.url));
export const { hash } = await readModuleSource(join(functions, 'quadratic.ts'));

const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 3, mode: 'promote' };
export const smallExperiment = {
  trainingFunction: { name: 'quadratic', hash },
  metric: 'loss',
  scheduler: asha,
  decisionSteps: ashaScheduler.decisionSteps(asha),
  maxTrials: 3,
} as const;

/** So short that a test can wait for what they end, and long enough for two busy cores. */
const times: WorkerTimes = {
  ...workerTimes,
  leaseMs: 2000,
  leaseGraceMs: 500,
  ticketLock: QUICK_LOCK,
  stopGraceMs: 300,
  killGraceMs: 200,
  outputIntervalMs: 20,
};

/** A worker with a trial process, and the end of both. */
export async function startWorker(redisUrl: string, prefix: string): Promise<{ readonly worker: TrialWorker; end(): Promise<void> }> {
  const store = await mkdtemp(join(tmpdir(), 'maggy-store-'));
  const worker = await TrialWorker.start({
    options: { ...workerDefaults, functions, redisUrl, prefix, store, slots: 1, backend: 'cpu', logLevel: 'fatal' },
    times,
    environment: process.env,
    log: pino({ level: 'fatal' }),
  });
  return {
    worker,
    async end() {
      await worker.close();
      await rm(store, { recursive: true, force: true });
    },
  };
}

/** Waits for the experiment's end and demands its books, its curves, and that nothing of it is left at work. */
export async function checkSmallExperiment(deployment: Deployment, id: string): Promise<readonly LogEvent[]> {
  const result = await deployment.ended(id);
  expect(result, JSON.stringify(result.failure)).toMatchObject({
    state: 'completed',
    stopReason: 'maxTrials',
    counts: { running: 0, paused: 0, failed: 0 },
  });
  await until('nothing of it is at work', async () => (await atWork(deployment, id)).length === 0).catch(async (error: unknown) => {
    throw new Error(`left: ${(await atWork(deployment, id)).join(' ')}`, { cause: error });
  });
  await checkCurves(deployment, id);
  return deployment.checkBooks(id);
}

/** Leases, tickets and jobs that an experiment which is over must not have, and slots that run it. */
export async function atWork({ redis, keys, registry }: Deployment, id: string): Promise<string[]> {
  const { leases, tickets, guard } = keys.of(id);
  const ofExperiment = [leases, tickets, `${guard.slice(0, -'guard'.length)}bindings`];
  const left = await Promise.all(ofExperiment.map(async (key) => ((await redis.exists(key)) === 1 ? [key] : [])));
  const jobs = (await redis.keys(`${keys.bull}:*`)).filter((key) => key.includes(`:${id}`));
  const slots = (await registry.workers()).flatMap(({ id: worker, slots: all }) =>
    all.some((slot) => slot?.experiment === id) ? [worker] : [],
  );
  return [...left.flat(), ...jobs, ...slots];
}

/** Each (attempt, step) once, in the order of steps, and as many as the outcomes say. */
async function checkCurves({ readModel }: Deployment, id: string): Promise<void> {
  const { rows } = await readModel.trials(id, { sort: 'number', order: 'ascending', limit: 100 });
  for (const row of rows) {
    const points = await readModel.curve(id, row.number);
    expect(points, `curve of trial ${row.number}`).toHaveLength(row.reports);
    const places = points.map(({ attempt, step }) => 1000 * attempt + step);
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
    expect(Math.max(0, ...points.map(({ step }) => step))).toBe(row.lastStep);
  }
}
