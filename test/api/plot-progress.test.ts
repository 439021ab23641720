/** Plots of an experiment that goes on, written step by step: what they show is what the read model says at the position that they name. */
import { describe, expect, it } from 'vitest';
import { row, useApi } from './support.ts';
import { until } from '../support/until.ts';

const api = useApi();

describe('a plot of an experiment that goes on', () => {
  it('shows what became of a trial also where the log was ahead of the read model when it was last asked for', async () => {
    const run = await api().experiment();
    const [first, second] = await run.start([0, 1]);
    if (first === undefined || second === undefined) throw new Error('nothing was started');
    const seq = async () => Number(await api().redis.hget(api().keys.of(run.id).guard, 'seq'));
    const states = async () => {
      const { position, items } = (await api().get(`${run.path}/plots/trials`)).json<{ position: number; items: { state: string }[] }>();
      const { points } = (await api().get(`${run.path}/plots/history`)).json<{ points: { number: number[]; state: string[] } }>();
      return { position, rows: items.map(({ state }) => state), drawn: points.state };
    };
    const running = { state: 'running', endedAt: null, durationSeconds: null } as const;
    const begun = await seq();
    await run.publish({ position: begun }, [row(0, running), row(1, running)]);
    expect(await states()).toMatchObject({ position: begun, rows: ['running', 'running'] });

    await api().attempts.finish(first, { state: 'completed', value: 0.5, metrics: {} });
    await api().attempts.finish(second, { state: 'completed', value: 0.25, metrics: {} });
    // The optimizer has come to the first of the two.
    const ended = await seq();
    await run.publish({ position: ended - 1 }, [row(0, { value: 0.5 }), row(1, running)]);
    expect(await states()).toMatchObject({ position: ended - 1, rows: ['completed', 'running'], drawn: ['completed'] });
    await run.publish({ position: ended }, [row(1, { value: 0.25 })]);
    expect(await states()).toMatchObject({ position: ended, rows: ['completed', 'completed'], drawn: ['completed', 'completed'] });
  });

  it('of curves has their whole length, later attempts and the thinned peak included', async () => {
    const run = await api().experiment();
    await run.start([0]);
    await run.publish({}, [row(0, { state: 'running', endedAt: null, durationSeconds: null })]);
    const reports = (attempt: number, steps: number) =>
      Array.from({ length: steps }, (_, at) => JSON.stringify([attempt, at + 1, at === 6500 ? 99 : attempt, 1000, {}]));
    const keys = api().keys.of(run.id);
    await api().redis.rpush(keys.curve(0), ...reports(1, 7000), ...reports(2, 12_000));
    await api().redis.hset(keys.trial(0), { lastStep: 12_000, lastValue: 2, reports: 19_000 });
    const { curves } = (await api().get(`${run.path}/plots/curves`)).json<{
      curves: { reports: number; step: number[]; at: number[] }[];
    }>();
    expect(curves).toHaveLength(1);
    expect(curves[0]).toMatchObject({ reports: 12_000 });
    expect(curves[0]?.step.at(-1)).toBe(12_000);
    expect(curves[0]?.step.length).toBeLessThanOrEqual(400);
    expect(new Set(curves[0]?.at)).toEqual(new Set([2, 99]));
  });

  it('is refused with 503 where its thread finds no Redis', async () => {
    const { Plots } = await import('../../api/plots/plots.ts');
    const plots = new Plots({ redisUrl: 'redis://127.0.0.1:1', prefix: 'none' });
    const task = { experiment: 'e1', position: 1, request: { kind: 'edf', query: {} } } as const;
    await until('the refusal says so', async () =>
      plots.answer(task, 'tag').then(
        () => false,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'unavailable' });
          return true;
        },
      ),
    );
    await plots.close();
  });
});

it('a curve that is thinned for display is so under a rule that decides at every step, and keeps rungs', async () => {
  const asked = async (scheduler: object) => {
    const run = await api().experiment({ scheduler });
    await run.start([0]);
    await run.publish({}, [row(0, { state: 'running', endedAt: null, durationSeconds: null })]);
    const reports = Array.from({ length: 5000 }, (_, at) => JSON.stringify([1, at + 1, Math.sin(at / 100), 1000, {}]));
    await api().redis.rpush(api().keys.of(run.id).curve(0), ...reports);
    const { items } = (await api().get(`${run.path}/trials/0/curve?points=200`)).json<{ items: { step: number }[] }>();
    return items.map(({ step }) => step);
  };
  const median = await asked({ type: 'median' });
  expect(median.length).toBeGreaterThan(50);
  expect(median.length).toBeLessThanOrEqual(200);
  const asha = await asked({ type: 'asha', minResource: 7, maxResource: 4573, reductionFactor: 3 });
  expect(asha.length).toBeLessThanOrEqual(200);
  expect(asha).toEqual(expect.arrayContaining([7, 21, 63, 189]));
});
