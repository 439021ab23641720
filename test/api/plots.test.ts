/** Plots over HTTP, of an experiment that a real optimizer and worker ran. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialAttempts } from '../../analysis/plots/attempts.ts';
import { Contour } from '../../analysis/plots/contour.ts';
import { Curves } from '../../analysis/plots/curves.ts';
import { Distribution } from '../../analysis/plots/edf.ts';
import { History } from '../../analysis/plots/history.ts';
import { Importance } from '../../analysis/plots/importance.ts';
import { Points } from '../../analysis/plots/points.ts';
import { Rungs } from '../../analysis/plots/rungs.ts';
import { Timeline } from '../../analysis/plots/timeline.ts';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/index.ts';
import type { TrialRow } from '../../core/results.ts';
import { compileSchema } from '../../core/validate.ts';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: RunningServer;
let id = '';
let trials: TrialRow[] = [];

const read = {
  history: compileSchema(History),
  points: compileSchema(Points),
  curves: compileSchema(Curves),
  contour: compileSchema(Contour),
  importance: compileSchema(Importance),
  edf: compileSchema(Distribution),
  rungs: compileSchema(Rungs),
  timeline: compileSchema(Timeline),
};

beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  await deployment.worker({ slots: 2, steps: 9, pauseMs: 2 });
  id = await deployment.submit({ id: 'eplots1', maxTrials: 40 });
  await deployment.ended(id);
  trials = await new MaggyClient(server.url).allTrials(id);
});
afterAll(async () => {
  await server.close();
  await deployment.close();
});

const readAttempts = compileSchema(TrialAttempts);

const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}/v1/experiments/${id}/plots/${path}`, { headers });
const plot = async (path: string): Promise<unknown> => (await ask(path)).json();

describe('a plot', () => {
  it('of the attempts of a trial says where each ran, for how long, and how it ended', async () => {
    const { items } = readAttempts(await plot('attempts?trial=7'));
    const { worker, slot, startedAt, endedAt } = trials[7] ?? {};
    const durationSeconds = (Number(endedAt) - Number(startedAt)) / 1000;
    const ran = { attempt: 1, origin: 'suggested', worker, slot, startedAt, durationSeconds, end: trials[7]?.state, reason: null };
    expect(items).toEqual([ran]);
    expect(readAttempts(await plot('attempts?trial=40')).items).toEqual([]);
  });

  it('of a contour has trials with where they lie', async () => {
    const [x = '', y = ''] = Object.keys(trials[0]?.params ?? {});
    const { points } = read.contour(await plot(`contour?x=${x}&y=${y}`));
    expect([...points.number].sort((a, b) => a - b)).toEqual(trials.map(({ number }) => number));
    points.number.forEach((number, at) => {
      expect(points.state[at]).toBe(trials[number]?.state);
      expect(points.x[at]).toBeCloseTo(Number(trials[number]?.params[x]), 5);
    });
  });

  it('of the history has every trial of a small experiment, and the best so far', async () => {
    const { points, best, trials: count } = read.history(await plot('history'));
    expect(count).toBe(40);
    expect(points.number).toEqual(trials.map(({ number }) => number));
    points.value.forEach((value, at) => expect(value).toBeCloseTo(trials[at]?.value ?? NaN, 5));
    expect(best.number[0]).toBe(0);
    expect(best.value.at(-1)).toBeCloseTo(Math.min(...trials.map(({ value }) => value ?? Infinity)), 5);
  });

  it('of points has the params of each trial, the best first', async () => {
    const { axes, number, columns } = read.points(await plot('points'));
    const best = trials.find((trial) => trial.number === number[0]);
    axes.forEach(({ name, choices }, axis) => {
      const value = columns[axis]?.[0] ?? NaN;
      const shown = choices === null ? value : choices[value];
      if (typeof shown === 'number') expect(shown).toBeCloseTo(Number(best?.params[name]), 5);
      else expect(shown).toBe(best?.params[name]);
    });
    expect(read.points(await plot(`points?parameters=${axes[0]?.name ?? ''}&limit=7`)).number).toHaveLength(7);
  });

  it('of curves has the reports of the best trials', async () => {
    const { curves } = read.curves(await plot('curves?top=3&others=5'));
    expect(curves).toHaveLength(8);
    expect(curves[0]?.step).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('of rungs, importance and distribution agrees with the result', async () => {
    expect(read.rungs(await plot('rungs'))).toMatchObject({ rungs: [], resource: { used: 360 } });
    for (const method of ['fanova', 'ped-anova']) {
      const { sample, parameters } = read.importance(await plot(`importance?method=${method}`));
      expect(sample).toBe(40);
      expect(parameters.length).toBeGreaterThan(0);
    }
    const { share, value } = read.edf(await plot('edf'));
    expect(share.at(-1)).toBe(1);
    expect(value).toEqual([...value].sort((a, b) => a - b));
  });

  it('of the timeline has each attempt in its slot, none beside another', async () => {
    const { lanes, segments } = read.timeline(await plot('timeline'));
    expect(lanes).toHaveLength(2);
    expect([...(segments?.trial ?? [])].sort((a, b) => a - b)).toEqual(trials.map(({ number }) => number));
    expect(new Set(segments?.end)).toEqual(new Set(['completed']));
    for (const lane of [0, 1]) {
      const mine = (segments?.lane ?? []).flatMap((held, at) => (held === lane ? [at] : []));
      mine.slice(1).forEach((at, before) => expect(segments?.from[at]).toBeGreaterThanOrEqual(segments?.to[mine[before] ?? 0] ?? NaN));
    }
  });

  it('is not sent again to whoever has it', async () => {
    const first = await ask('history');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"\d+-/);
    expect((await ask('history', { 'if-none-match': tag })).status).toBe(304);
  });

  it('is refused with the names there are where a parameter is misspelt', async () => {
    const response = await ask('points?parameters=lrr');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid', field: 'parameters' });
    expect((await ask('contour?x=lr')).status).toBe(400);
    expect((await fetch(`${server.url}/v1/experiments/eunknown/plots/history`)).status).toBe(404);
  });
});
