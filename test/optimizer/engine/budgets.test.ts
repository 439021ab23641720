import { describe, expect, it } from 'vitest';
import type { Specification } from '../../../core/experiment.ts';
import { ENGINE_VERSION, runningMs } from '../../../optimizer/engine/state.ts';
import { PlayedEngine } from '../../support/played-engine.ts';

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
    expect(played.engine.ending()).toEqual({ type: 'ended', state: 'completed', stopReason: 'maxTrials', engine: ENGINE_VERSION });
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
      expect(played.engine.ending()).toEqual({ type: 'ended', state: 'completed', stopReason: 'targetValue', engine: ENGINE_VERSION });
    }
  });

  it.each<[string, Partial<Specification>, (played: PlayedEngine) => void]>([
    ['the target value', { targetValue: 0.5 }, (played) => played.complete(1, 0.5)],
    ['a failed trial', { maxFailedTrials: 0 }, (played) => played.fail(1, 'diverged')],
    ['time', { maxDurationSeconds: 1 }, (played) => played.append({ type: 'timerExpired', timer: 'maxDuration', engine: ENGINE_VERSION })],
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
    expect(played.engine.ending()).toEqual({ type: 'ended', state: 'failed', stopReason: 'maxFailedTrials', engine: ENGINE_VERSION });
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
    played.append({ type: 'timerExpired', timer: 'maxDuration', engine: ENGINE_VERSION });
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
    expect(played.engine.ending()).toEqual({ type: 'ended', state: 'completed', stopReason: 'spaceExhausted', engine: ENGINE_VERSION });
  });
});
