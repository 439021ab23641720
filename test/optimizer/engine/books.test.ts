import { describe, expect, it } from 'vitest';
import { resultDocument } from '../../../optimizer/engine/views.ts';
import { foldAll, PlayedEngine } from '../../support/played-engine.ts';
import { withMedian } from '../../support/specification.ts';

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
  it('count steps used by how far a trial got, and tell its last report, though a later attempt starts from scratch', () => {
    const played = new PlayedEngine({ maxAttempts: 2 });
    played.bind();
    played.lose(0, 5, 0.5);
    played.bind();
    played.stopped(0, 1, 0.1);
    expect(played.row(0)).toMatchObject({ state: 'stopped', lastStep: 1, value: 0.1 });
    expect(played.result().resource.used).toBe(5);
  });

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

  it('say for which reason most trials failed, with the first of them', () => {
    const played = new PlayedEngine({ maxAttempts: 1 });
    played.bind(4);
    expect(played.result().failure).toBeNull();
    played.fail(3, 'diverged');
    expect(played.result().failure).toEqual({ reason: 'diverged', trials: 1, trial: 3, message: 'no luck' });
    played.fail(2);
    // Of equally frequent ones, the first.
    expect(played.result().failure).toMatchObject({ reason: 'diverged', trials: 1 });
    played.fail(0);
    expect(played.result().failure).toEqual({ reason: 'error', trials: 2, trial: 2, message: 'no luck' });
  });

  it('do not count as failed what is tried again', () => {
    const played = new PlayedEngine({ maxAttempts: 2 });
    played.bind();
    played.fail(0, 'crashed');
    expect(played.result().failure).toBeNull();
  });

  it('count time in whole milliseconds', () => {
    const played = new PlayedEngine();
    expect(resultDocument(played.state, played.now + 300.000_000_04, null).durationSeconds).toBe(0.3);
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
    const engine = foldAll(new PlayedEngine().log.slice(0, 1));
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
