import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../core/events.ts';
import { planLockstep } from '../../../core/lockstep.ts';
import { builtInAlgorithms } from '../../../optimizer/algorithms.ts';
import { Engine } from '../../../optimizer/engine/engine.ts';
import { PlayedEngine } from '../../support/played-engine.ts';
import { testSpecification, withMedian } from '../../support/specification.ts';

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

  it('of a lockstep group fails after so many lost generations, with the reason of the last', () => {
    const lockstep = planLockstep({ worldSize: 2, maxGenerations: 2 });
    const played = new PlayedEngine({ maxAttempts: 3, lockstep });
    for (let generation = 1; generation <= 2; generation++) {
      played.bind();
      played.append({
        type: 'attemptLost',
        trial: 0,
        attempt: generation,
        reports: 0,
        lastStep: 0,
        message: `rank ${generation} was silent`,
      });
    }
    expect(played.row(0)).toMatchObject({
      state: 'failed',
      failure: { reason: 'crashed', message: '2 generations of its lockstep group were lost; the last: rank 2 was silent' },
    });
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
