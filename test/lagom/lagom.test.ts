/** Whole experiments from a script, in real trial processes, without Redis. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { LogEvent } from '../../core/events.ts';
import { compileSchema } from '../../core/validate.ts';
import { ResultDocument as ResultSchema } from '../../core/results.ts';
import { lagom, type LagomConfig, type LagomResult, type Module } from '../../lagom/index.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { createOptimizer, verifyLog } from '../../optimizer/index.ts';
import { until } from '../support/until.ts';
import climb from '../e2e/functions/climb.ts';
import descent from '../e2e/functions/descent.ts';
import bowl from './fixtures/bowl.ts';
import { made } from './fixtures/helper.ts';
import never from './fixtures/never.ts';
import secondTry from './fixtures/second-try.ts';

interface Run {
  readonly result: LagomResult;
  readonly events: readonly LogEvent[];
  readonly lines: readonly string[];
}

const parseResult = compileSchema(ResultSchema);

/** Runs an experiment; whatever happened in it must follow from its log. */
async function run(module: Module, config: LagomConfig, watch: (event: LogEvent) => void = () => undefined): Promise<Run> {
  const events: LogEvent[] = [];
  const lines: string[] = [];
  const result = await lagom(module, {
    progress: false,
    backend: 'cpu',
    onEvent: (event) => {
      events.push(event);
      watch(event);
    },
    onLog: (line, trial) => lines.push(`${trial}: ${line}`),
    ...config,
  });
  expect(verifyLog(events, builtInAlgorithms)).toMatchObject({ differences: [], otherVersions: 0, events: events.length });
  parseResult(result);
  expect(result.position).toBe(events.length);
  return { result, events, lines };
}

/** For this process alone, so that whatever lies there is of these tests. */
const temporary = mkdtempSync(join(tmpdir(), 'maggy-test-'));
vi.stubEnv('TMPDIR', temporary);
afterAll(() => rmSync(temporary, { recursive: true }));

type Kind = LogEvent['type'];

function ofType<Name extends Kind>(events: readonly LogEvent[], type: Name): Extract<LogEvent, { type: Name }>[] {
  return events.filter((event): event is Extract<LogEvent, { type: Name }> => event.type === type);
}

describe('an experiment from a script', { timeout: 120_000 }, () => {
  it('tunes, stops bad trials early, and leaves nothing behind', async () => {
    const { result, events } = await run(climb, { kind: 'tune', maxTrials: 12, slots: 2, seed: 4, hparams: { steps: 10, stepMs: 10 } });
    expect(result).toMatchObject({ state: 'completed', stopReason: 'maxTrials', counts: { running: 0, queued: 0, failed: 0 } });
    expect(result.counts.completed + result.counts.stopped).toBe(12);
    expect(result.counts.stopped).toBeGreaterThan(0);
    expect(result.resource.saved).toBeGreaterThan(0);
    const heights = ofType(events, 'completed').map(({ value }) => value);
    expect(result.incumbent).toMatchObject({ value: Math.max(...heights), provisional: false });
    expect(readdirSync(temporary).filter((name) => name.startsWith('maggy-lagom-'))).toEqual([]);
  });

  it('suggests with one slot what the optimizer as a library suggests', async () => {
    const common = { sampler: { type: 'gp' }, scheduler: { type: 'none' }, seed: 11, maxTrials: 14 } as const;
    const { events, lines } = await run(bowl, { kind: 'tune', slots: 1, ...common });
    const optimizer = createOptimizer({ space: bowl.space, direction: 'minimize', ...common });
    const asked = [];
    for (let trial = optimizer.ask(); trial !== null; trial = optimizer.ask()) {
      const { number, params, seed } = trial;
      asked.push({ trial: number, params, seed });
      const { value } = ofType(events, 'completed')[number] ?? { value: Number.NaN };
      optimizer.tell(number, { state: 'completed', value });
    }
    expect(ofType(events, 'bound').map(({ trial, params, seed }) => ({ trial, params, seed }))).toEqual(asked);
    expect(ofType(events, 'surrogateFitted').length).toBeGreaterThan(0);
    expect(lines).toEqual(asked.map(({ trial, params }) => `${trial}: asked at ${String(params.x)}`));
  });

  it('promotes paused trials, which go on from their checkpoints', async () => {
    const scheduler = { type: 'asha', mode: 'promote' };
    const { result, lines } = await run(descent, { kind: 'tune', maxTrials: 8, slots: 2, seed: 5, scheduler });
    expect(result).toMatchObject({ state: 'completed', counts: { paused: 0, failed: 0 } });
    expect(result.resource.rungs[0]).toEqual({ resource: 1, trials: 8 });
    expect(result.resource.used).toBeLessThan(8 * 9);
    expect(lines.filter((line) => line.endsWith('begins'))).toHaveLength(8);
    expect(lines.filter((line) => line.includes('goes on after epoch')).length).toBeGreaterThan(0);
  });

  it('trains one configuration as often as it is told', async () => {
    const { result, events } = await run(bowl, { kind: 'train', hparams: { x: 0.3, y: -0.1 }, replicates: 2, slots: 4 });
    expect(result).toMatchObject({ state: 'completed', incumbent: { value: 0, params: { x: 0.3, y: -0.1 } }, counts: { completed: 2 } });
    expect(ofType(events, 'bound').map(({ seed }) => seed)).not.toContain(0);
    // Slots that no trial could use were not opened.
    expect(Math.max(...ofType(events, 'bound').map(({ slot }) => slot))).toBeLessThan(2);
  });

  it('leaves out one component at a time', async () => {
    const ablation = { hparams: ['x', 'y'] };
    const { events, result } = await run(bowl, { kind: 'ablate', ablation, hparams: { x: 0.3, y: -0.1 }, replicates: 1, slots: 1 });
    // The baseline is the bottom of the bowl; the middle of each range is what a parameter goes back to.
    const values = ofType(events, 'completed').map(({ value }) => value);
    expect(values).toEqual([0, 0.3 ** 2, (0 + 0.1) ** 2]);
    expect(result.ablation?.components.map(({ name, difference }) => [name, difference])).toEqual([
      ['hparam x', 0.3 ** 2],
      ['hparam y', 0.1 ** 2],
    ]);
    expect(result.ablation?.words[0]).toContain('The data cannot tell');
  });

  it('finds the path from one configuration to another, the best change first', async () => {
    const ablation = { mode: 'path' as const, start: { x: 0.9, y: 0.9 } };
    const { events, result } = await run(bowl, { kind: 'ablate', ablation, hparams: { x: 0.3, y: 0.5 }, replicates: 2, slots: 2 });
    expect(result.ablation?.components.map(({ name }) => name)).toEqual(['y 0.9 → 0.5', 'x 0.9 → 0.3']);
    expect(events.at(-1)).toMatchObject({ type: 'ended', stopReason: 'planDone' });
  });

  it('takes the path and the URL of a file', async () => {
    const url = new URL('fixtures/bowl.ts', import.meta.url);
    for (const module of [url, url.href, url.pathname]) {
      const { result } = await run(module, { kind: 'train', hparams: { x: 0 } });
      expect(result.counts.completed).toBe(1);
    }
  });
});

/** Processes of trials, by what `second-try` prints of them. */
class Pids {
  readonly #pids: number[] = [];

  hear(line: string, trial: number): void {
    const pid = /^pid (\d+)$/.exec(line)?.[1];
    if (pid !== undefined) this.#pids[trial] = Number(pid);
  }

  kill(trial: number): void {
    process.kill(this.#pids[trial] ?? Number.NaN, 'SIGKILL');
  }

  /** Whether the system and this process know that it has ended. */
  isGone(trial: number): boolean {
    try {
      return !process.kill(this.#pids[trial] ?? Number.NaN, 0);
    } catch {
      return true;
    }
  }
}

describe('trials that go wrong', { timeout: 120_000 }, () => {
  it('are tried again from their checkpoints', async () => {
    const { result, events } = await run(secondTry, { kind: 'tune', maxTrials: 2, slots: 1, hparams: { first: 'throws' } });
    expect(result).toMatchObject({ state: 'completed', counts: { completed: 2, failed: 0 }, incumbent: { value: 1 } });
    expect(ofType(events, 'failed').map(({ trial, reason, message }) => ({ trial, reason, message }))).toEqual([
      { trial: 0, reason: 'error', message: 'at first it fails' },
      { trial: 1, reason: 'error', message: 'at first it fails' },
    ]);
    expect(ofType(events, 'bound').map(({ trial, attempt }) => [trial, attempt])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
    ]);
  });

  it('are tried again when their process was killed from outside', async () => {
    const pids = new Pids();
    const { result, events } = await run(secondTry, {
      kind: 'train',
      hparams: { first: 'waits' },
      onLog: (line, trial) => {
        pids.hear(line, trial);
        if (line === 'saved') pids.kill(trial);
      },
    });
    expect(result).toMatchObject({ state: 'completed', counts: { completed: 1 } });
    expect(ofType(events, 'failed')).toMatchObject([{ attempt: 1, reason: 'killed' }]);
  });

  it('lose no attempt to a process that died while it waited for work', async () => {
    const pids = new Pids();
    let waiting = 0;
    const config: LagomConfig = {
      kind: 'tune',
      slots: 2,
      maxTrials: 2,
      hparams: { first: 'waits' },
      onLog: (line, trial) => {
        pids.hear(line, trial);
        if (line === 'saved') waiting += 1;
        // Both wait, in a process each.
        if (line === 'saved' && waiting === 2) pids.kill(0);
      },
    };
    const { result, events } = await run(secondTry, config, (event) => {
      if (event.type !== 'completed' || event.trial !== 0) return;
      // Trial 1 is tried again in the slot of trial 0, which has waited for longer and whose process is gone.
      pids.kill(0);
      void until('the idle process has ended', () => pids.isGone(0)).then(() => pids.kill(1));
    });
    expect(result).toMatchObject({ state: 'completed', counts: { completed: 2 } });
    expect(ofType(events, 'failed')).toMatchObject([
      { trial: 0, attempt: 1, reason: 'killed' },
      { trial: 1, attempt: 1, reason: 'killed' },
    ]);
    expect(ofType(events, 'bound')).toHaveLength(4);
  });

  it('fail after maxAttempts, and an experiment of nothing else has failed', async () => {
    const config = { kind: 'tune', maxTrials: 5, maxFailedTrials: 1, maxAttempts: 2, slots: 1 } as const;
    const { result, events } = await run(never, config);
    expect(result).toMatchObject({ state: 'failed', stopReason: 'maxFailedTrials', counts: { failed: 2, completed: 0 }, incumbent: null });
    expect(result.failure).toMatchObject({ reason: 'error', trials: 2, trial: 0 });
    expect(ofType(events, 'bound')).toHaveLength(4);
  });
});

describe('an experiment that ends early', { timeout: 120_000 }, () => {
  const endless = {
    kind: 'tune',
    maxTrials: 50,
    slots: 2,
    hparams: { steps: 1000, stepMs: 20 },
    sampler: { type: 'random' },
    scheduler: { type: 'none' },
  } as const;

  it('stops what runs when its time is over', async () => {
    const { result } = await run(climb, { ...endless, slots: 1, maxDurationSeconds: 1 });
    expect(result).toMatchObject({ state: 'completed', stopReason: 'maxDuration', counts: { running: 0, stopped: 1, completed: 0 } });
    expect(result.incumbent?.provisional).toBe(true);
    expect(result.durationSeconds).toBeGreaterThanOrEqual(1);
  });

  it('ends when a trial is as good as the target', async () => {
    const { result } = await run(climb, { ...endless, hparams: { steps: 3, stepMs: 0 }, maxTrials: 500, targetValue: 2 });
    expect(result).toMatchObject({ state: 'completed', stopReason: 'targetValue' });
    expect(result.incumbent?.value).toBeGreaterThanOrEqual(2);
    expect(result.counts.completed).toBeLessThan(500);
  });

  it('runs in all of its slots until its signal aborts, and gives what there is', async () => {
    const stopping = new AbortController();
    const config: LagomConfig = { ...endless, scheduler: { type: 'median' }, signal: stopping.signal };
    const { result, events } = await run(climb, config, (event) => {
      if (event.type === 'decided' && event.trial === 1 && event.step === 3) stopping.abort();
    });
    expect(result).toMatchObject({ state: 'stopped', stopReason: 'requested', counts: { running: 0, stopped: 2, completed: 0 } });
    expect(result.incumbent).toMatchObject({ provisional: true });
    expect(
      ofType(events, 'bound')
        .map(({ slot }) => slot)
        .sort(),
    ).toEqual([0, 1]);
  });

  it('stops trials that have only just been bound', async () => {
    const stopping = new AbortController();
    const { result } = await run(climb, { ...endless, signal: stopping.signal }, ({ type }) => {
      if (type === 'bound') stopping.abort();
    });
    expect(result).toMatchObject({ state: 'stopped', counts: { running: 0, completed: 0 } });
  });

  it('has not begun when its signal had aborted before', async () => {
    const { result } = await run(climb, { ...endless, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ state: 'stopped', counts: { running: 0, stopped: 0 }, incumbent: null });
  });
});

describe('what cannot be run', () => {
  it.each([
    [{ kind: 'tune', maxTrial: 5 }, 'maxTrials'],
    [{ kind: 'tune', maxTrials: 5, slots: 0 }, 'slots'],
    [{ kind: 'tune', maxTrials: 5, sampler: { type: 'gpp' } }, 'sampler.type'],
    [{ kind: 'tune', maxTrials: 5, trainingFunction: 'bowl' }, 'trainingFunction'],
    [{ kind: 'train', from: 'x12345' }, 'from'],
    [{ kind: 'tune', maxTrials: 5, execution: 'ask' }, 'execution'],
    [{ kind: 'tune', maxTrials: 5, lockstep: { worldSize: 2 } }, 'lockstep: must be absent without server'],
    [{ kind: 'tune', maxTrials: 5, server: 'http://127.0.0.1:1', slots: 2 }, 'slots'],
  ])('is refused with the field that is wrong: %j', async (config, field) => {
    // As JavaScript hands it over: no types stand in the way.
    const given = Object.assign<LagomConfig, object>({ kind: 'tune' }, config);
    await expect(lagom(bowl, given)).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining(field) });
  });

  it('is refused with the field where only the training function tells', async () => {
    const config: LagomConfig = { kind: 'tune', maxTrials: 5, hparams: { z: 1 }, progress: false };
    await expect(lagom(bowl, config)).rejects.toMatchObject({ code: 'invalid', field: 'hparams.z' });
  });

  it('is a function that its file does not export as its default, and a file that is not there', async () => {
    const config: LagomConfig = { kind: 'train', progress: false };
    await expect(lagom(made, config)).rejects.toThrow(/"made" was made in .*helper\.ts, whose default export is "another"/);
    await expect(lagom('nowhere.ts', config)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('nowhere.ts'),
    });
  });

  it('ends with what a function of the script throws', async () => {
    const onEvent = (event: LogEvent): void => {
      if (event.type === 'decided') throw new Error('of the script');
    };
    const config: LagomConfig = { kind: 'train', hparams: { steps: 1000, stepMs: 20 }, progress: false, onEvent };
    await expect(lagom(climb, { ...config, kind: 'tune', maxTrials: 5 })).rejects.toThrow('of the script');
  });

  it('is what no server answers', async () => {
    await expect(lagom(bowl, { kind: 'train', server: 'http://127.0.0.1:1', progress: false })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
