/** Lockstep groups on real workers and processes: how they form, what their ranks say, and what is left of them. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planLockstep, type Lockstep } from '../../../core/lockstep.ts';
import type { Specification } from '../../../core/experiment.ts';
import { ReadModel } from '../../../queue/read-model.ts';
import { until } from '../../support/until.ts';
import { useTestBed } from '../bed.ts';
import type { TestExperiment } from '../experiment.ts';

const bed = useTestBed();

async function lockstepWorkers(pool: string, ...slots: number[]) {
  return Promise.all(slots.map((count) => bed.worker({ pool, lockstep: true, slots: count })));
}

function submit(fixture: string, pool: string, lockstep: Lockstep, given: Partial<Specification> = {}): Promise<TestExperiment> {
  return bed.submit(fixture, { pool, lockstep: planLockstep(lockstep), ...given });
}

/** Nothing is reserved, nobody waits, no group is on record and no socket is in the folder of these processes. */
async function nothingIsLeft(pool: string): Promise<void> {
  const base = bed.keys.lockstep(pool);
  await until('all slots are free', async () => (await bed.redis.zcard(`${base}ranks`)) === 0);
  await until('no group is on record', async () => (await bed.redis.keys(`${base}group:*`)).length === 0);
  expect(await bed.redis.zcard(`${base}waiting`)).toBe(0);
  const folder = join(tmpdir(), `maggy-lockstep-${process.getuid?.() ?? 0}`);
  await until('no socket is left', async () => !(await readdir(folder)).some((name) => name.includes(`-${process.pid}-`)));
}

/** A worker whose training functions look for this file. */
async function marked(pool: string, mark: string): Promise<{ id: string }> {
  const { id } = await bed.worker({ pool, lockstep: true }, {}, undefined, { MARK: mark });
  return { id };
}

describe('a lockstep group', () => {
  it('runs a trial once, on all its ranks, and says who they were', async () => {
    const pool = 'pair';
    await lockstepWorkers(pool, 1, 1);
    const experiment = await submit('prints-rank', pool, { worldSize: 2 });
    await experiment.start({ trial: 0, params: { steps: 3 } });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 3, reports: 3 });
    expect(await experiment.curve(0)).toHaveLength(3);
    const group = await until('both ranks have spoken', async () => {
      const known = await new ReadModel(bed.redis, bed.keys).group(experiment.id, 0);
      return known?.ranks.length === 2 ? known : undefined;
    });
    expect(group).toMatchObject({ generation: 1, worldSize: 2, ranks: [{ rank: 0 }, { rank: 1 }] });
    expect(new Set(group.ranks.map(({ worker }) => worker)).size).toBe(2);
    await nothingIsLeft(pool);
    const output = await until('the last words are there', async () => {
      const lines = await experiment.output(0);
      return lines.filter((line) => line.includes('all-reduces')).length === 2 ? lines : undefined;
    });
    expect(output).toContain('step 3');
    expect(output).toContain('[rank 1] step 3');
    expect(output.filter((line) => line.startsWith('[rank 1] Lockstep: rank 1 of 2, generation 1'))).toHaveLength(1);
  });

  it('whose output Redis refuses is lost, and its workers take the next trial', async () => {
    const pool = 'refused';
    await lockstepWorkers(pool, 1, 1);
    const experiment = await submit('prints-rank', pool, { worldSize: 2 });
    // Redis refuses to append to what is no list.
    await bed.redis.set(bed.keys.of(experiment.id).output(0), 'no list');
    await experiment.start({ trial: 0, params: { steps: 3 } });
    await experiment.event('attemptLost', 0);
    await experiment.start({ trial: 1, params: { steps: 3 } });
    expect(await experiment.outcome(1)).toMatchObject({ type: 'completed' });
    await nothingIsLeft(pool);
  });

  it('takes ranks on one worker where it has slots, and one after another where there are no more', async () => {
    const pool = 'one';
    await lockstepWorkers(pool, 2);
    const experiment = await submit('reports', pool, { worldSize: 2 });
    await experiment.start({ trial: 0, params: { steps: 3 } }, { trial: 1, params: { steps: 3 } }, { trial: 2, params: { steps: 3 } });
    for (const trial of [0, 1, 2]) expect(await experiment.outcome(trial)).toMatchObject({ type: 'completed' });
    await nothingIsLeft(pool);
  });

  it('waits for its slots, and takes fewer where it may', async () => {
    const pool = 'small';
    await lockstepWorkers(pool, 1);
    const whole = await submit('reports', pool, { worldSize: 2 });
    await whole.start({ trial: 0, params: { steps: 1 } });
    const smaller = await submit('reports', pool, { worldSize: 2, minWorldSize: 1, regroupSeconds: 0.5 });
    await smaller.start({ trial: 0, params: { steps: 1 } });
    expect(await smaller.outcome(0)).toMatchObject({ type: 'completed' });
    expect((await new ReadModel(bed.redis, bed.keys).group(smaller.id, 0))?.worldSize).toBe(1);
    expect((await whole.events()).map(({ type }) => type)).toEqual(['submitted']);
    await lockstepWorkers(pool, 1);
    expect(await whole.outcome(0)).toMatchObject({ type: 'completed' });
    await nothingIsLeft(pool);
  });

  it('saves the steps that the experiment names, on rank 0 alone', async () => {
    const pool = 'saving';
    await lockstepWorkers(pool, 2);
    const experiment = await submit('saves', pool, { worldSize: 2, checkpointEverySteps: 2 });
    await experiment.start({ trial: 0, params: { steps: 5, exitAt: 0 } });
    await experiment.outcome(0);
    expect((await experiment.artefacts(0)).map(({ kind, step }) => [kind, step])).toEqual([['checkpoint', 4]]);
  });

  it('fails its trial with the message of the rank that threw', async () => {
    const pool = 'throwing';
    const folder = await mkdtemp(join(tmpdir(), 'maggy-marks-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const workers = await Promise.all(['a', 'b'].map(async (mark) => ({ mark, ...(await marked(pool, join(folder, mark))) })));
    const experiment = await submit('throws-where-marked', pool, { worldSize: 2 });
    await experiment.start({ trial: 0 });
    await until('the trial reports', async () => (await experiment.curve(0)).length > 3);
    const group = await new ReadModel(bed.redis, bed.keys).group(experiment.id, 0);
    const second = workers.find(({ id }) => id === group?.ranks[1]?.worker);
    await writeFile(join(folder, second?.mark ?? ''), '');
    const failed = await experiment.outcome(0);
    expect(failed).toMatchObject({ type: 'failed', reason: 'error', message: expect.stringMatching(/^[Rr]ank 1.*no data here/) });
    await nothingIsLeft(pool);
  });

  it('is stopped as a whole', async () => {
    const pool = 'stopped';
    await lockstepWorkers(pool, 2);
    const experiment = await submit('reports', pool, { worldSize: 2 });
    await experiment.start({ trial: 0, params: { steps: 10_000, pauseMs: 10 } });
    await until('the trial reports', async () => (await experiment.curve(0)).length > 3);
    await experiment.commit({ stops: [0] });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'stopped' });
    await nothingIsLeft(pool);
  });
});
