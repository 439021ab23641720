/** What a scheduler that promotes decides, and what trials make of it. */
import { describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions } from '../../../core/catalogue.ts';
import type { Specification } from '../../../core/experiment.ts';
import { PlayedEngine } from '../../support/played-engine.ts';
import { asha, promoting, reach, startAtFirstRung, origins } from './play.ts';

describe('a promotion', () => {
  it('takes up the best third of a rung, as soon as it has three results, before any suggestion', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 2);
    expect(origins(played)).toEqual([2, 3, 4].map((trial) => [trial, 'suggested', 1]));
    startAtFirstRung(played, 1);
    expect(origins(played)).toEqual([
      [0, 'promotion', 3],
      [3, 'suggested', 1],
      [4, 'suggested', 1],
    ]);
  });

  it('waits for no slot: a paused trial has left its own', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 2);
    expect(played.state.counts).toMatchObject({ running: 0, paused: 2, queued: 0 });
    expect(played.engine.running()).toEqual([]);
    expect(played.row(1)).toMatchObject({ state: 'paused', value: 1, lastStep: 1, reports: 1, endedAt: null });
  });

  it('has the number, params and seed of its trial, in a further attempt with a later segment', () => {
    const played = new PlayedEngine(promoting);
    const [first] = played.engine.readyList(1);
    startAtFirstRung(played, 3);
    expect(first).toMatchObject({ trial: 0, attempt: 1, resource: 1 });
    expect(played.engine.readyList(1)).toEqual([{ ...first, attempt: 2, origin: 'promotion', resource: 3 }]);
    expect(played.bind()).toEqual([0]);
    expect(played.row(0)).toMatchObject({ state: 'running', attempts: 2, value: null, origin: 'suggested' });
  });

  it('of a higher rung comes first, and of one rung the best', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 9);
    expect(origins(played)).toEqual([0, 1, 2].map((trial) => [trial, 'promotion', 3]));
    expect(played.bind(3)).toEqual([0, 1, 2]);
    for (const trial of [0, 1]) reach(played, trial, 3, trial);
    startAtFirstRung(played, 3);
    expect(origins(played, 2)).toEqual([
      [3, 'promotion', 3],
      [12, 'suggested', 1],
    ]);
    reach(played, 2, 3, 2);
    expect(origins(played)).toEqual([
      [0, 'promotion', 9],
      [3, 'promotion', 3],
      [12, 'suggested', 1],
    ]);
  });

  it('needs the paused outcome: until then the trial still has its slot', () => {
    const played = new PlayedEngine(promoting);
    played.bind(3);
    for (const trial of [0, 1, 2]) played.report(trial, 1, trial);
    expect(played.decideAll()).toEqual(['continue', 'pause', 'pause']);
    for (const trial of [3, 4, 5]) {
      played.bind();
      played.report(trial, 1, trial);
      played.decideAll();
    }
    // Of six results two go on: trial 1 is the second, and not gone yet.
    expect(origins(played, 1)).toEqual([[6, 'suggested', 1]]);
    played.paused(1, 1, 1);
    expect(origins(played, 1)).toEqual([[1, 'promotion', 3]]);
  });

  it('is not needed by a trial that is among the best on arrival', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 2);
    played.bind();
    expect(reach(played, 2, 1, -1)).toBe('continue');
    expect(played.row(2).state).toBe('running');
    expect(origins(played, 1)).toEqual([[3, 'suggested', 1]]);
  });

  it('comes from the rung where the trial paused, also where it reported at none below', () => {
    const played = new PlayedEngine(promoting);
    played.bind(3);
    for (const trial of [0, 1, 2]) reach(played, trial, 9, trial);
    expect(origins(played, 1)).toEqual([[0, 'promotion', 27]]);
  });

  it('works alike in both directions', () => {
    const played = new PlayedEngine({ ...promoting, direction: 'maximize' });
    for (const trial of played.bind(3)) expect(reach(played, trial, 1, -trial)).toBe('pause');
    expect(origins(played, 1)).toEqual([[0, 'promotion', 3]]);
  });

  it('does not count as a trial', () => {
    const played = new PlayedEngine({ ...promoting, maxTrials: 3 });
    startAtFirstRung(played, 3);
    expect(played.engine.startable()).toBe(1);
    expect(played.engine.ending()).toBeNull();
    expect(played.bind(5)).toEqual([0]);
    expect(played.engine.ending()).toBeNull();
    played.complete(0, 0, 27);
    expect(played.engine.ending()).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
  });
});

describe('a trial that was promoted', () => {
  /** Trial 0 runs its second segment, to step 3; trials 1 and 2 are paused at step 1. */
  function promoted(given: Partial<Specification> = {}): PlayedEngine {
    const played = new PlayedEngine({ ...promoting, ...given });
    startAtFirstRung(played, 3);
    played.bind();
    return played;
  }

  it('keeps its segment when it is retried, however its attempt ended', () => {
    for (const end of ['fail', 'lose'] as const) {
      const played = promoted();
      played[end](0);
      expect(played.engine.readyList(1)).toMatchObject([{ trial: 0, attempt: 3, origin: 'retry', resource: 3 }]);
    }
  });

  it('runs a later segment when no decision came in time', () => {
    const played = promoted();
    played.report(0, 3, 0);
    played.append({ type: 'decisionTimedOut', trial: 0, attempt: 2, step: 3 });
    played.lose(0);
    expect(played.engine.readyList(1)).toMatchObject([{ trial: 0, origin: 'retry', resource: 9 }]);
  });

  it('counts as failed once it failed often enough, over all its segments', () => {
    const played = new PlayedEngine({ ...promoting, maxAttempts: 2 });
    played.bind();
    played.fail(0);
    played.bind();
    reach(played, 0, 1, 0);
    startAtFirstRung(played, 2);
    played.bind();
    played.fail(0);
    expect(played.row(0)).toMatchObject({ state: 'failed', attempts: 3 });
  });

  it('stops like the others when a person asks for it', () => {
    const played = promoted();
    played.ask({ action: 'stop' });
    expect(origins(played)).toEqual([]);
    played.stopped(0, 2, 5);
    played.end();
    expect(played.result()).toMatchObject({ state: 'stopped', counts: { stopped: 3, paused: 0 } });
  });
});

describe('a decision to pause', () => {
  /** Trials 0 to 2 have reported at the first rung: 0 is to go on, the others are to pause and have not yet. */
  function decided(given: Partial<Specification> = {}): PlayedEngine {
    const played = new PlayedEngine({ ...promoting, ...given });
    played.bind(3);
    for (const trial of [0, 1, 2]) played.report(trial, 1, trial);
    played.decideAll();
    return played;
  }

  // A retry would go on from the checkpoint of that very step, and never report it again.
  it('stands when the attempt fails or is lost before it paused: the trial is paused, and promoted as any other', () => {
    for (const end of ['lose', 'fail'] as const) {
      const played = decided();
      played[end](1);
      expect(played.row(1).state).toBe('paused');
      expect(played.state.counts).toMatchObject({ running: 2, paused: 1, queued: 0 });
      expect(origins(played, 1)).toEqual([[3, 'suggested', 1]]);
      startAtFirstRung(played, 3);
      expect(played.engine.readyList(1)).toMatchObject([{ trial: 1, attempt: 2, origin: 'promotion', resource: 3 }]);
    }
  });

  it('stands when it comes after the attempt was lost, and until it has come nothing is retried', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 1);
    played.bind();
    played.report(1, 1, 1);
    played.lose(1);
    expect(played.row(1).state).toBe('queued');
    expect(origins(played, 1)).toEqual([[2, 'suggested', 1]]);
    expect(played.decideAll()).toEqual(['pause']);
    expect(played.row(1)).toMatchObject({ state: 'paused', value: 1 });
    startAtFirstRung(played, 4);
    expect(origins(played, 2).map(([trial, origin]) => [trial, origin])).toEqual([
      [0, 'promotion'],
      [1, 'promotion'],
    ]);
  });

  it('that came as continue lets the retry go on', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 2);
    played.bind();
    played.report(2, 1, -1);
    played.lose(2);
    const revision = played.engine.readyRevision;
    expect(played.engine.ending()).toBeNull();
    expect(played.decideAll()).toEqual(['continue']);
    expect(played.engine.readyRevision).toBeGreaterThan(revision);
    expect(played.engine.readyList(1)).toMatchObject([{ trial: 2, origin: 'retry', attempt: 2, resource: 3 }]);
  });

  it('is not awaited for ever: an experiment whose only work waits for it has not ended', () => {
    const played = new PlayedEngine({ ...promoting, maxTrials: 1 });
    played.bind();
    played.report(0, 1, 0);
    played.lose(0);
    expect(played.engine.readyList(5)).toEqual([]);
    expect(played.engine.ending()).toBeNull();
    played.decideAll();
    expect(played.engine.ending()).not.toBeNull();
  });

  it('is no reason to pause for a trial that was promoted beyond it: such an attempt was stopped', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 3);
    played.bind();
    played.paused(0, 2, 0);
    expect(played.row(0).state).toBe('stopped');
  });

  it('counts nothing twice', () => {
    const played = decided();
    played.lose(1, 1);
    played.paused(2, 1, 2);
    played.complete(0, 0, 27);
    expect(played.result().resource.used).toBe(1 + 1 + 27);
  });
});

describe('a decision to stop', () => {
  it('that comes after the attempt was lost ends the trial without another attempt', () => {
    const stopping: AshaSchedulerOptions = { ...asha, mode: 'stop' };
    const played = new PlayedEngine({ ...promoting, scheduler: stopping });
    played.bind(2);
    reach(played, 0, 1, 0);
    played.report(1, 1, 1);
    played.lose(1);
    expect(played.decideAll()).toEqual(['stop']);
    expect(played.row(1)).toMatchObject({ state: 'stopped', value: 1, attempts: 1 });
    expect(origins(played, 1)).toEqual([[2, 'suggested', 27]]);
  });

  it('beyond maxResource completes the trial with its last report, also where its attempt is lost', () => {
    for (const end of ['stopped', 'lose'] as const) {
      const played = new PlayedEngine(promoting);
      played.bind();
      played.report(0, 28, 0.5);
      expect(played.decideAll()).toEqual(['stop']);
      played[end](0, 28, 0.5);
      expect(played.row(0)).toMatchObject({ state: 'completed', value: 0.5, lastStep: 28 });
      expect(played.result().incumbent).toMatchObject({ number: 0, value: 0.5 });
    }
  });

  it('by a person is no completion, however far the trial got', () => {
    const played = new PlayedEngine(promoting);
    played.bind();
    played.report(0, 28, 0.5);
    played.ask({ action: 'stop' });
    played.stopped(0, 28, 0.5);
    expect(played.row(0).state).toBe('stopped');
  });
});
