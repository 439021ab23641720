import { describe, expect, it } from 'vitest';
import type { Specification } from '../../../core/experiment.ts';
import { ENGINE_VERSION, runningMs } from '../../../optimizer/engine/state.ts';
import { PlayedEngine } from '../../support/played-engine.ts';
import { withMedian } from '../../support/specification.ts';

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
    played.append({ type: 'timerExpired', timer: 'maxDuration', engine: ENGINE_VERSION });
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
    expect(played.state).toMatchObject({ deletedAt: expect.any(Number), phase: 'ended', finalState: 'stopped', stopReason: 'deleted' });
  });

  it('delete an experiment that is over, without changing how it ended', () => {
    const played = new PlayedEngine({ maxTrials: 1 });
    played.bind();
    played.complete(0, 1);
    played.end();
    played.ask({ action: 'delete' });
    expect(played.state).toMatchObject({ deletedAt: expect.any(Number), phase: 'ended', finalState: 'completed', stopReason: 'maxTrials' });
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
      expect(played.engine.ending(), action).toEqual({
        type: 'ended',
        state: 'completed',
        stopReason: 'targetValue',
        engine: ENGINE_VERSION,
      });
    }
  });

  it.each<[string, Partial<Specification>, (played: PlayedEngine) => void]>([
    ['the target value', { targetValue: 0 }, (played) => played.complete(1, -1)],
    ['a failed trial', { maxFailedTrials: 0 }, (played) => played.fail(1, 'diverged')],
    ['time', { maxDurationSeconds: 1 }, (played) => played.append({ type: 'timerExpired', timer: 'maxDuration', engine: ENGINE_VERSION })],
  ])('extend an experiment that %s is ending, as one that has ended', (_, budget, runOut) => {
    const played = new PlayedEngine({ maxTrials: 4, ...budget });
    played.bind(3);
    played.pass(1000);
    runOut(played);
    expect(played.engine.readyList(2)).toEqual([]);
    played.ask({ action: 'extend', maxTrials: 1, maxDurationSeconds: 5 });
    expect(played.result()).toMatchObject({ state: 'running', stopReason: null });
    // What was told to stop ends as stopped; an attempt that is lost is tried again, since nothing is ending.
    played.stopped(0);
    played.lose(2);
    expect(played.engine.readyList(9).map(({ trial }) => trial)).toEqual([2, 3, 4]);
    played.pass(500);
    expect(runningMs(played.state, played.now)).toBe(1500);
  });

  it('pause while a budget ends the experiment, which shows once that end is taken back', () => {
    const played = new PlayedEngine({ targetValue: 0 });
    played.bind(2);
    played.complete(0, -1);
    played.ask({ action: 'pause' });
    played.pass(1000);
    played.ask({ action: 'extend', maxTrials: 1 });
    expect(played.result().state).toBe('paused');
    expect(played.engine.readyList(1)).toEqual([]);
    played.pass(5000);
    expect(played.result().durationSeconds).toBe(1);
    played.ask({ action: 'resume' });
    expect(played.result().state).toBe('running');
    expect(played.engine.readyList(1)).toHaveLength(1);
  });

  it('resume while a budget ends a paused experiment, whose clock goes on once that end is taken back', () => {
    const played = new PlayedEngine({ targetValue: 0 });
    played.bind(2);
    played.pass(1000);
    played.ask({ action: 'pause' });
    played.complete(0, -1);
    played.ask({ action: 'resume' });
    played.pass(3000);
    played.ask({ action: 'extend', maxTrials: 1 });
    played.pass(500);
    expect(played.result()).toMatchObject({ state: 'running', durationSeconds: 1.5 });
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
