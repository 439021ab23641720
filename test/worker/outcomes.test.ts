/** What becomes of an attempt, for every way in which a training function can end. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentFolder } from '../../core/store-layout.ts';
import { until } from '../support/until.ts';
import { useTestBed } from './bed.ts';
import { isAlive } from './is-alive.ts';

const bed = useTestBed();

beforeAll(async () => {
  await bed.worker({ slots: 2 });
});

describe('an attempt', () => {
  it('completes with the returned value and its metrics', async () => {
    const experiment = await bed.submit('completes');
    await experiment.start({ trial: 0, params: { x: 0.25 } });
    expect(await experiment.outcome(0)).toMatchObject({
      type: 'completed',
      value: 0.25,
      metrics: { value: 0.25 },
      reports: 0,
      lastStep: 0,
    });
  });

  it('records with what and where it ran', async () => {
    const experiment = await bed.submit('completes');
    await experiment.start({ trial: 0, params: { x: 0 } });
    await experiment.outcome(0);
    const provenance: unknown = JSON.parse((await experiment.field(0, 'provenance')) ?? '');
    expect(provenance).toMatchObject({
      hash: experiment.specification.trainingFunction.hash,
      node: process.version,
      backend: { name: 'cpu' },
    });
  });

  it('fails with what the function threw, and keeps reports and stack', async () => {
    const experiment = await bed.submit('throws');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'failed', reason: 'error', message: 'the data is not there', reports: 1 });
    expect((await experiment.output(0)).join('\n')).toMatch(/Error: the data is not there\n\s+at .*throws\.ts/);
  });

  it('fails as diverged when a metric is not a number', async () => {
    const experiment = await bed.submit('diverges');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'failed', reason: 'diverged', lastStep: 1 });
  });

  it('fails as crashed when its process ends by itself, and keeps its last words', async () => {
    const experiment = await bed.submit('exits');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'failed', reason: 'crashed', message: 'its process ended with exit code 3' });
    expect(await experiment.output(0)).toContain('last words');
  });

  it('fails as killed when something else ends its process', async () => {
    const experiment = await bed.submit('dies');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({
      type: 'failed',
      reason: 'killed',
      message: 'something else ended its process with SIGKILL, for want of memory as a rule',
    });
  });

  it('takes what it started with it when its process ends', async () => {
    const experiment = await bed.submit('orphans');
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'failed', reason: 'crashed' });
    const [pid] = await experiment.output(0);
    await until('the descendant is gone', () => !isAlive(Number(pid)));
  });

  it.each(['unreadable', 'without the metric', 'no JSON'])(
    'fails as crashed when what its process sends is %s, and harms no other',
    async (fault) => {
      const pool = fault.replaceAll(' ', '-');
      await bed.worker({ pool, logLevel: 'silent' });
      const experiment = await bed.submit('garbles', { pool });
      await experiment.start({ trial: 0, params: { fault } });
      const outcome = await experiment.outcome(0);
      expect(outcome).toMatchObject({ type: 'failed', reason: 'crashed' });
      expect('message' in outcome && outcome.message).toMatch(/broke the protocol/);
      const next = await bed.submit('completes', { pool });
      await next.start({ trial: 0, params: { x: 1 } });
      expect(await next.outcome(0)).toMatchObject({ type: 'completed' });
    },
  );

  it('is not harmed by a message in its channel that is none of ours', async () => {
    const experiment = await bed.submit('garbles');
    await experiment.start({ trial: 0, params: { fault: 'none of ours' } });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 1 });
  });

  it('fails as silent when nothing is heard of it for long enough', async () => {
    const experiment = await bed.submit('silent', { maxSilenceSeconds: 0.5 });
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'failed', reason: 'silent' });
  });

  it('is not silent while it waits for a decision', async () => {
    const experiment = await bed.submit('reports', { maxSilenceSeconds: 0.5, decisionSteps: { at: 'steps', steps: [1], last: 1_000_000 } });
    await experiment.start({ trial: 0, params: { steps: 1, pauseMs: 0 } });
    await experiment.event('reported', 0);
    const deadline = await bed.redis.zscore(bed.keys.of(experiment.id).leases, '0');
    // A lease is renewed after a quarter of it, which is more than the silence allowed.
    await until('the lease was renewed', async () => (await bed.redis.zscore(bed.keys.of(experiment.id).leases, '0')) !== deadline);
    await experiment.decide(0, 1, 'continue');
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 1 });
  });

  it('is handed its checkpoint when its trial is tried again', async () => {
    const experiment = await bed.submit('saves');
    const params = { steps: 4, exitAt: 2 };
    await experiment.start({ trial: 0, params });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'failed', reason: 'crashed', reports: 2 });
    await experiment.start({ trial: 0, attempt: 2, origin: 'retry', params });
    expect(await experiment.outcome(0, 2)).toMatchObject({ type: 'completed', value: 4 });
    expect(await experiment.output(0)).toContain('resumed after step 2');
    // An earlier checkpoint is no artefact any more.
    expect(await experiment.artefacts(0)).toEqual([expect.objectContaining({ kind: 'checkpoint', step: 4, attempt: 2 })]);
    expect(await experiment.curve(0)).toEqual([
      [1, 1, 1],
      [1, 2, 2],
      [2, 3, 3],
      [2, 4, 4],
    ]);
  });

  it('leaves no checkpoint in the store but the last', async () => {
    const worker = await bed.worker({ pool: 'tidy' });
    const experiment = await bed.submit('saves', { pool: 'tidy' });
    await experiment.start({ trial: 0, params: { steps: 4, exitAt: 0 } });
    await experiment.outcome(0);
    await worker.drain();
    const [last] = await experiment.artefacts(0);
    const folder = experimentFolder(bed.store, experiment.id);
    expect(readdirSync(folder).flatMap((group) => readdirSync(join(folder, group)))).toEqual([last?.id]);
  });

  it('leaves its model in the store when it is better than all before it', async () => {
    const experiment = await bed.submit('trains', { metric: 'loss' });
    await experiment.start({ trial: 0 });
    await experiment.outcome(0);
    const [model] = await experiment.artefacts(0);
    expect(model).toMatchObject({ kind: 'model', step: 3 });
    // The same seed gives the same loss, which is no better than the best.
    await experiment.start({ trial: 1, seed: 1 });
    expect(await experiment.outcome(1)).toMatchObject({ type: 'completed' });
    expect(await experiment.artefacts(1)).toEqual([]);
  });
});
