import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MedianSchedulerOptions } from '../../core/catalogue.ts';
import type { LogEvent } from '../../core/events.ts';
import { configurationKey } from '../../core/params.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { runningMs } from '../../optimizer/engine/state.ts';
import { PlayedEngine } from '../support/played-engine.ts';
import type { Specification } from '../../core/experiment.ts';
import { testSpecification } from '../support/specification.ts';
import { runVirtually } from '../support/virtual-runner.ts';

const median: MedianSchedulerOptions = { type: 'median', minTrials: 1 };
const withMedian = { scheduler: median, decisionSteps: { at: 'every', first: 1, interval: 1 } } as const;

describe('a trial', () => {
  it('runs from its binding and ends with its outcome', () => {
    const played = new PlayedEngine();
    expect(played.bind(2)).toEqual([0, 1]);
    expect(played.row(0)).toMatchObject({ state: 'running', attempts: 1, value: null, endedAt: null, durationSeconds: null, worker: 'w' });
    expect(played.state.counts).toMatchObject({ running: 2, completed: 0 });
    played.pass(1500);
    played.complete(1, 0.5, 3);
    expect(played.row(1)).toMatchObject({
      state: 'completed',
      value: 0.5,
      metrics: { value: 0.5 },
      lastStep: 3,
      reports: 3,
      durationSeconds: 1.5,
    });
    played.stopped(0, 2, 0.75);
    expect(played.row(0)).toMatchObject({ state: 'stopped', value: 0.75, lastStep: 2 });
    expect(played.state.counts).toEqual({ queued: 0, running: 0, paused: 0, completed: 1, stopped: 1, failed: 0 });
    expect(played.state.outcomes).toEqual([1, 0]);
  });

  it('is retried with its params and seed after a failed attempt, until maxAttempts have failed', () => {
    const played = new PlayedEngine({ maxAttempts: 3 });
    const [first] = played.engine.readyList(1);
    for (const attempt of [1, 2, 3]) {
      const [entry] = played.engine.readyList(1);
      expect(entry).toMatchObject({
        trial: 0,
        attempt,
        params: first?.params,
        seed: first?.seed,
        origin: attempt === 1 ? 'suggested' : 'retry',
      });
      played.bind();
      played.fail(0);
      expect(played.row(0)).toMatchObject({ state: attempt === 3 ? 'failed' : 'queued', attempts: attempt });
    }
    expect(played.row(0).failure).toEqual({ reason: 'error', message: 'no luck' });
    expect(played.engine.readyList(1)[0]).toMatchObject({ trial: 1, attempt: 1 });
  });

  it('is not retried when it diverged: the same seed would diverge again', () => {
    const played = new PlayedEngine();
    played.bind();
    played.fail(0, 'diverged');
    expect(played.row(0)).toMatchObject({ state: 'failed', attempts: 1, failure: { reason: 'diverged' } });
    expect(played.engine.readyList(1)[0]).toMatchObject({ trial: 1 });
  });

  it('may lose three times as many attempts as it may fail', () => {
    const played = new PlayedEngine({ maxAttempts: 2 });
    for (let lost = 1; lost <= 6; lost++) {
      expect(played.bind()).toEqual([0]);
      played.lose(0);
      expect(played.row(0).state).toBe(lost < 6 ? 'queued' : 'failed');
    }
    expect(played.row(0)).toMatchObject({ attempts: 6, failure: { reason: 'crashed' } });
  });

  it('counts failed and lost attempts apart', () => {
    const played = new PlayedEngine({ maxAttempts: 2 });
    for (const end of ['lose', 'lose', 'fail', 'lose', 'lose', 'lose'] as const) {
      expect(played.bind()).toEqual([0]);
      played[end](0);
      expect(played.row(0).state).toBe('queued');
    }
    played.bind();
    played.fail(0);
    expect(played.row(0)).toMatchObject({ state: 'failed', attempts: 7 });
  });

  it('ends as stopped when it was told to stop and its attempt failed or was lost', () => {
    for (const end of ['fail', 'lose'] as const) {
      const played = new PlayedEngine(withMedian);
      played.bind(2);
      played.report(0, 1, 1);
      played.report(1, 1, 2);
      expect(played.decideAll()).toEqual(['continue', 'stop']);
      played[end](1);
      expect(played.row(1).state).toBe('stopped');
    }
  });
});

describe('a log that no fence let through', () => {
  const illegal: [string, (played: PlayedEngine) => void][] = [
    ['an entry out of order', (played) => played.engine.apply({ type: 'capacityChanged', limit: 1, v: 1, at: 0, seq: 99 })],
    ['the same entry again', (played) => played.engine.apply(lastOf(played.log))],
    ['a second submission', (played) => played.append({ type: 'submitted', specification: testSpecification() })],
    ['an outcome of a trial that was never bound', (played) => played.complete(5, 1)],
    [
      'a second outcome',
      (played) =>
        inTurn(
          () => played.complete(0, 1),
          () => played.complete(0, 2),
        ),
    ],
    [
      'an outcome after the attempt was lost',
      (played) =>
        inTurn(
          () => played.lose(0),
          () => played.complete(0, 1),
        ),
    ],
    [
      'a lost attempt of a trial that is over',
      (played) =>
        inTurn(
          () => played.complete(0, 1),
          () => played.lose(0),
        ),
    ],
    [
      'a failure of a trial that waits for another attempt',
      (played) =>
        inTurn(
          () => played.fail(0),
          () => played.fail(0),
        ),
    ],
    ['a trial number left out', (played) => bindAs(played, 'suggested', 2)],
    ['a trial number taken', (played) => bindAs(played, 'suggested', 0)],
    ['a retry of a trial that runs', (played) => bindAs(played, 'retry', 0)],
    ['a retry of a trial that never was', (played) => bindAs(played, 'retry', 3)],
  ];

  it.each(illegal)('is refused: %s', (_, act) => {
    const played = new PlayedEngine();
    played.bind();
    expect(() => act(played)).toThrow(/log/);
  });

  it('is refused when it does not begin with a submission', () => {
    const [first, second] = new PlayedEngine().log;
    if (first === undefined || second === undefined) throw new Error('a log of two entries');
    expect(() => Engine.begin(second, builtInAlgorithms)).toThrow('does not begin with a submission');
    expect(() => Engine.begin({ ...first, seq: 2 }, builtInAlgorithms)).toThrow('does not begin with a submission');
  });

  function inTurn(...acts: (() => void)[]): void {
    for (const act of acts) act();
  }

  function lastOf(log: readonly LogEvent[]): LogEvent {
    const last = log.at(-1);
    if (last === undefined) throw new Error('an empty log');
    return last;
  }

  function bindAs(played: PlayedEngine, origin: 'suggested' | 'retry', trial: number): void {
    const entry = { trial, attempt: 1, origin, params: { x: 0, y: 1 }, seed: 1 };
    played.append({ type: 'bound', ...entry, basis: 1, place: 0, engine: '1', worker: 'w', slot: 0 });
  }
});

describe('the ready list', () => {
  it('holds retries first, in the order in which they lost their attempts, then enqueued configurations, then suggestions', () => {
    const played = new PlayedEngine();
    played.bind(3);
    played.ask({ action: 'enqueue', params: { x: 0.5, y: 0.5 } });
    played.fail(2);
    played.lose(0);
    played.ask({ action: 'enqueue', params: { x: 0.25, y: 0.5 } });
    const list = played.engine.readyList(6);
    expect(list.map(({ trial, origin, attempt }) => [trial, origin, attempt])).toEqual([
      [2, 'retry', 2],
      [0, 'retry', 2],
      [3, 'enqueued', 1],
      [4, 'enqueued', 1],
      [5, 'suggested', 1],
      [6, 'suggested', 1],
    ]);
    expect(list[2]?.params).toEqual({ x: 0.5, y: 0.5 });
    expect(list[3]?.params).toEqual({ x: 0.25, y: 0.5 });
  });

  it('begins with every shorter list of the same basis', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 8 }), (seed, part, shorter) => {
        const log = runVirtually({
          specification: testSpecification({
            seed,
            space: { x: { type: 'int', min: 0, max: 4 }, y: { type: 'ordinal', choices: [0.5, 1] } },
            replicates: 1 + (seed % 2),
            sampler: { type: seed % 3 === 0 ? 'grid' : 'random' },
          }),
          seed,
          slots: 3,
          steps: 2,
          failing: 0.1,
          losing: 0.1,
          requests: [{ action: 'enqueue', params: { x: 1, y: 1 } }],
        });
        const engine = fold(log.slice(0, 1 + Math.floor(part * (log.length - 1))));
        expect(engine.readyList(8).slice(0, shorter)).toEqual(engine.readyList(shorter));
      }),
      { numRuns: 100 },
    );
  });

  it('is empty while the experiment is paused, stopping or over', () => {
    const played = new PlayedEngine();
    played.ask({ action: 'pause' });
    expect(played.engine.readyList(3)).toEqual([]);
    played.ask({ action: 'resume' });
    expect(played.engine.readyList(3)).toHaveLength(3);
    played.ask({ action: 'stop' });
    expect(played.engine.readyList(3)).toEqual([]);
    played.end();
    expect(played.engine.readyList(3)).toEqual([]);
  });

  it('suggests nothing that is bound or listed, in a finite space, and nothing that was enqueued', () => {
    const played = new PlayedEngine({ space: { x: { type: 'int', min: 1, max: 6 } }, maxTrials: 50 });
    played.ask({ action: 'enqueue', params: { x: 4 } });
    played.bind(2);
    played.complete(1, 1);
    played.ask({ action: 'enqueue', params: { x: 4 } });
    const list = played.engine.readyList(50);
    const keys = [...played.state.trials, ...list].map(({ params }) => configurationKey(params));
    // Six configurations, and the one that a person asked for twice.
    expect(keys.length).toBe(7);
    expect(new Set(keys).size).toBe(6);
    expect(list[0]).toMatchObject({ origin: 'enqueued', params: { x: 4 } });
  });

  it('repeats each suggestion replicates times, with seeds of their own, across lists', () => {
    const played = new PlayedEngine({ replicates: 3, maxTrials: 9 });
    const params: string[] = [];
    const seeds = new Set<number>();
    for (const count of [2, 2, 1, 4]) {
      for (const trial of played.bind(count)) {
        params.push(configurationKey(played.row(trial).params));
        seeds.add(played.row(trial).seed);
      }
      if (count === 1) played.ask({ action: 'enqueue', params: { x: 0, y: 1 } });
    }
    const suggested = params.filter((key) => key !== configurationKey({ x: 0, y: 1 }));
    expect(suggested.map((key) => suggested.indexOf(key))).toEqual([0, 0, 0, 3, 3, 3, 6, 6]);
    expect(seeds.size).toBe(9);
    expect([...seeds].every((seed) => seed > 0)).toBe(true);
  });
});

describe('the budgets', () => {
  it('maxTrials counts distinct trials, failed ones included, attempts not', () => {
    const played = new PlayedEngine({ maxTrials: 3, maxAttempts: 2 });
    played.bind();
    played.fail(0);
    played.bind();
    played.fail(0);
    expect(played.row(0)).toMatchObject({ state: 'failed', attempts: 2 });
    played.bind(5);
    expect(played.state.trials.length).toBe(3);
    expect(played.engine.readyList(5)).toEqual([]);
    expect(played.engine.ending()).toBeNull();
    played.complete(1, 1);
    played.lose(2);
    expect(played.engine.ending()).toBeNull();
    expect(played.bind(5)).toEqual([2]);
    played.complete(2, 1);
    expect(played.engine.ending()).toEqual({ type: 'ended', state: 'completed', stopReason: 'maxTrials' });
  });

  it('maxTrials counts enqueued trials', () => {
    const played = new PlayedEngine({ maxTrials: 2 });
    for (const x of [0.1, 0.2, 0.3]) played.ask({ action: 'enqueue', params: { x, y: 1 } });
    expect(played.engine.readyList(5).map(({ params }) => params.x)).toEqual([0.1, 0.2]);
  });

  it('targetValue ends the experiment with the first trial that is at least as good, in either direction', () => {
    for (const direction of ['minimize', 'maximize'] as const) {
      const sign = direction === 'minimize' ? 1 : -1;
      const played = new PlayedEngine({ direction, targetValue: sign * 0.5 });
      played.bind(3);
      played.complete(0, sign * 0.5000001);
      expect(played.state.phase).toBe('active');
      played.complete(1, sign * 0.5);
      expect(played.state.phase).toBe('stopping');
      expect(played.engine.ending()).toBeNull();
      played.stopped(2);
      expect(played.engine.ending()).toEqual({ type: 'ended', state: 'completed', stopReason: 'targetValue' });
    }
  });

  it.each<[string, Partial<Specification>, (played: PlayedEngine) => void]>([
    ['the target value', { targetValue: 0.5 }, (played) => played.complete(1, 0.5)],
    ['a failed trial', { maxFailedTrials: 0 }, (played) => played.fail(1, 'diverged')],
    ['time', { maxDurationSeconds: 1 }, (played) => played.append({ type: 'timerExpired', timer: 'maxDuration' })],
  ])('a retry that a slot binds before it is known that %s ended the experiment is stopped like the others', (_, budget, runOut) => {
    const played = new PlayedEngine(budget);
    played.bind(2);
    played.fail(0);
    const [retry] = played.engine.readyList(1);
    expect(retry).toMatchObject({ trial: 0, attempt: 2, origin: 'retry' });
    const basis = played.state.seq;
    runOut(played);
    if (retry !== undefined) played.append({ type: 'bound', ...retry, basis, place: 0, engine: '1', worker: 'w', slot: 0 });
    expect(played.engine.running().map(({ number }) => number)).toContain(0);
    expect(played.engine.ending()).toBeNull();
    for (const { number } of played.engine.running()) played.stopped(number);
    played.end();
    expect(played.row(0).state).toBe('stopped');
  });

  it('maxFailedTrials fails the experiment with one more failed trial, and stops what runs or waits', () => {
    const played = new PlayedEngine({ maxFailedTrials: 1, maxAttempts: 1 });
    played.bind(4);
    played.fail(0);
    expect(played.state.phase).toBe('active');
    played.lose(3);
    played.fail(1);
    expect(played.state.phase).toBe('stopping');
    played.lose(2);
    expect(played.row(2).state).toBe('stopped');
    expect(played.row(3).state).toBe('queued');
    played.end();
    expect(played.row(3).state).toBe('stopped');
    expect(played.result()).toMatchObject({ state: 'failed', stopReason: 'maxFailedTrials', counts: { failed: 2, stopped: 2 } });
  });

  it('maxFailedTrials of 0 fails the experiment with its first failed trial', () => {
    const played = new PlayedEngine({ maxFailedTrials: 0 });
    played.bind();
    played.fail(0, 'diverged');
    expect(played.engine.ending()).toEqual({ type: 'ended', state: 'failed', stopReason: 'maxFailedTrials' });
  });

  it('maxDuration counts running time, paused time left out', () => {
    const played = new PlayedEngine({ maxDurationSeconds: 10 });
    played.pass(4000);
    played.ask({ action: 'pause' });
    played.pass(100_000);
    expect(runningMs(played.state, played.now)).toBe(4000);
    played.ask({ action: 'resume' });
    played.pass(2500);
    expect(runningMs(played.state, played.now)).toBe(6500);
    expect(played.result().durationSeconds).toBe(6.5);
    played.bind();
    played.append({ type: 'timerExpired', timer: 'maxDuration' });
    played.stopped(0);
    played.end();
    played.pass(50_000);
    expect(played.result()).toMatchObject({ state: 'completed', stopReason: 'maxDuration', durationSeconds: 6.5 });
  });

  it('end the experiment by spaceExhausted where the space is smaller than maxTrials', () => {
    const played = new PlayedEngine({ space: { x: { type: 'int', min: 1, max: 2 } }, maxTrials: 3 });
    played.bind(5);
    expect(played.state.trials.length).toBe(2);
    played.complete(0, 1);
    expect(played.engine.ending()).toBeNull();
    played.complete(1, 1);
    expect(played.engine.ending()).toEqual({ type: 'ended', state: 'completed', stopReason: 'spaceExhausted' });
  });
});

describe('a person may', () => {
  it('stop: what runs ends as it does, what waits is stopped, the first reason stands', () => {
    const played = new PlayedEngine();
    played.bind(3);
    played.fail(2);
    played.ask({ action: 'stop' });
    expect(played.engine.running().map(({ number }) => number)).toEqual([0, 1]);
    played.complete(0, 1);
    played.stopped(1);
    played.end();
    expect(played.result()).toMatchObject({ state: 'stopped', stopReason: 'requested', counts: { completed: 1, stopped: 2 } });
  });

  it('pause: what runs is let run, and the experiment does not end before it is resumed', () => {
    const played = new PlayedEngine({ maxTrials: 1 });
    played.bind();
    played.ask({ action: 'pause' });
    expect(played.result().state).toBe('paused');
    played.complete(0, 1);
    expect(played.row(0).state).toBe('completed');
    expect(played.engine.ending()).toBeNull();
    played.ask({ action: 'resume' });
    expect(played.engine.ending()).not.toBeNull();
  });

  it('still has decisions given while the experiment is paused', () => {
    const played = new PlayedEngine(withMedian);
    played.bind(2);
    played.ask({ action: 'pause' });
    played.report(0, 1, 1);
    played.report(1, 1, 2);
    expect(played.decideAll()).toEqual(['continue', 'stop']);
  });

  it('pin another version of the training function when resuming', () => {
    const played = new PlayedEngine();
    const before = played.engine.pinned;
    played.ask({ action: 'resume' });
    expect(played.engine.pinned).toEqual(before);
    played.ask({ action: 'resume', hash: 'b'.repeat(64) });
    expect(played.engine.pinned).toEqual({ name: before.name, hash: 'b'.repeat(64) });
  });

  it('extend a running experiment, and one that has ended', () => {
    const played = new PlayedEngine({ maxTrials: 1 });
    played.ask({ action: 'extend', maxTrials: 1 });
    played.bind(9);
    played.complete(0, 2);
    played.complete(1, 1);
    played.end();
    expect(played.result()).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
    played.ask({ action: 'extend', maxTrials: 2 });
    expect(played.result()).toMatchObject({ state: 'running', stopReason: null, incumbent: { number: 1 } });
    expect(played.bind(9)).toEqual([2, 3]);
    played.complete(2, 0.5);
    played.complete(3, 3);
    played.end();
    expect(played.result()).toMatchObject({ state: 'completed', counts: { completed: 4 }, incumbent: { number: 2, value: 0.5 } });
  });

  it('extend the time of an experiment that ran out of it; one without a limit stays without', () => {
    const played = new PlayedEngine({ maxDurationSeconds: 10 });
    played.pass(10_000);
    played.append({ type: 'timerExpired', timer: 'maxDuration' });
    played.end();
    played.pass(60_000);
    played.ask({ action: 'extend', maxDurationSeconds: 5 });
    played.pass(1000);
    expect(played.state.maxDurationSeconds).toBe(15);
    expect(runningMs(played.state, played.now)).toBe(11_000);
    const unlimited = new PlayedEngine();
    unlimited.ask({ action: 'extend', maxDurationSeconds: 5 });
    expect(unlimited.state.maxDurationSeconds).toBeNull();
  });

  it('delete: it ends like a stop and is marked', () => {
    const played = new PlayedEngine();
    played.bind();
    played.ask({ action: 'delete' });
    expect(played.engine.ending()).toBeNull();
    played.lose(0);
    played.end();
    expect(played.state).toMatchObject({ deleted: true, phase: 'ended', finalState: 'stopped', stopReason: 'deleted' });
  });

  it('delete an experiment that is over, without changing how it ended', () => {
    const played = new PlayedEngine({ maxTrials: 1 });
    played.bind();
    played.complete(0, 1);
    played.end();
    played.ask({ action: 'delete' });
    expect(played.state).toMatchObject({ deleted: true, phase: 'ended', finalState: 'completed', stopReason: 'maxTrials' });
  });

  // The script that takes a request knows of a budget that ran out only once the experiment has ended.
  it('not take an experiment back from its end: requests that come when a budget has run out change neither phase nor reason', () => {
    for (const action of ['pause', 'resume', 'stop'] as const) {
      const played = new PlayedEngine({ targetValue: 0 });
      played.bind(2);
      played.complete(0, -1);
      played.ask({ action });
      expect(played.state.phase, action).toBe('stopping');
      played.stopped(1);
      expect(played.engine.ending(), action).toEqual({ type: 'ended', state: 'completed', stopReason: 'targetValue' });
    }
  });

  it('not stop the clock of an experiment that is ending by a pause', () => {
    const played = new PlayedEngine({ targetValue: 0 });
    played.bind(2);
    played.complete(0, -1);
    played.ask({ action: 'pause' });
    played.pass(3000);
    played.stopped(1);
    played.end();
    expect(played.result().durationSeconds).toBe(3);
  });
});

describe('the incumbent', () => {
  it('is the best completed trial in either direction, the first of equal ones', () => {
    for (const direction of ['minimize', 'maximize'] as const) {
      const sign = direction === 'minimize' ? 1 : -1;
      const played = new PlayedEngine({ direction });
      played.bind(5);
      expect(played.result().incumbent).toBeNull();
      played.complete(3, sign * 2);
      played.complete(1, sign * 1);
      played.complete(0, sign * 1);
      played.complete(2, sign * 3);
      expect(played.result().incumbent).toEqual({ number: 1, params: played.row(1).params, value: sign * 1, provisional: false });
    }
  });

  it('may be 0, which is a value like any other', () => {
    const played = new PlayedEngine();
    played.bind(2);
    played.complete(0, 0);
    played.complete(1, 1);
    expect(played.result().incumbent).toMatchObject({ number: 0, value: 0 });
  });

  it('is never a stopped or failed trial, however good its reports', () => {
    const played = new PlayedEngine();
    played.bind(3);
    played.stopped(0, 1, -100);
    played.fail(1, 'diverged');
    expect(played.result().incumbent).toBeNull();
    played.complete(2, 5);
    expect(played.result().incumbent).toMatchObject({ number: 2 });
  });
});

describe('the books', () => {
  it('count steps used, and what the scheduler saved against the longest completed trial', () => {
    const played = new PlayedEngine(withMedian);
    played.bind(4);
    played.report(0, 1, 0);
    played.report(1, 1, 5);
    played.report(2, 1, 6);
    expect(played.decideAll()).toEqual(['continue', 'stop', 'stop']);
    played.stopped(1, 1, 1);
    played.stopped(2, 4, 2);
    played.complete(0, 1, 10);
    played.fail(3, 'diverged', 7);
    expect(played.result().resource).toEqual({ used: 22, saved: 9 + 6, rungs: [] });
  });

  it('do not call saved what a person or a budget cut short', () => {
    const played = new PlayedEngine();
    played.bind(2);
    played.complete(0, 1, 10);
    played.ask({ action: 'stop' });
    played.stopped(1, 2, 1);
    expect(played.result().resource).toEqual({ used: 12, saved: 0, rungs: [] });
  });

  it('say who runs, what could run, and what changed', () => {
    const played = new PlayedEngine({ maxTrials: 5 });
    expect(played.engine.startable()).toBe(5);
    played.bind(3);
    played.complete(1, 1);
    played.fail(2);
    expect(played.engine.running().map(({ number }) => number)).toEqual([0]);
    // One runs, one waits for its second attempt, two were not suggested yet.
    expect(played.engine.startable()).toBe(4);
    expect([...played.engine.takeChanged()].sort()).toEqual([0, 1, 2]);
    expect(played.engine.takeChanged().size).toBe(0);
    played.ask({ action: 'stop' });
    expect(played.engine.startable()).toBe(0);
    played.stopped(0);
    played.end();
    expect([...played.engine.takeChanged()].sort()).toEqual([0, 2]);
  });

  it('call an experiment queued until it has a slot or a trial', () => {
    const engine = fold(new PlayedEngine().log.slice(0, 1));
    expect(engine.state.limit).toBe(0);
    const played = new PlayedEngine();
    expect(played.result().state).toBe('running');
    played.append({ type: 'capacityChanged', limit: 0 });
    expect(played.result().state).toBe('queued');
  });

  it('know the decision steps that wait: a recorded decision or a timeout settles one, an outcome all of its trial', () => {
    const played = new PlayedEngine(withMedian);
    played.bind(3);
    for (const trial of [0, 1, 2]) played.report(trial, 1, trial);
    expect(played.engine.decisions().map(({ trial, basis }) => [trial, basis])).toEqual(
      [0, 1, 2].map((trial) => [trial, played.state.seq]),
    );
    played.append({ type: 'decisionTimedOut', trial: 1, attempt: 1, step: 1 });
    expect(played.engine.decisions().map(({ trial }) => trial)).toEqual([0, 2]);
    played.complete(0, 1);
    expect(played.engine.decisions().map(({ trial }) => trial)).toEqual([2]);
  });
});

function fold(log: readonly LogEvent[]): Engine {
  const [first, ...rest] = log;
  if (first === undefined) throw new Error('an empty log');
  const engine = Engine.begin(first, builtInAlgorithms);
  for (const event of rest) engine.apply(event);
  return engine;
}
