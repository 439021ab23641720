/** Promotions as they show in an experiment: its end, its views, its fences. */
import { describe, expect, it } from 'vitest';
import { PlayedEngine } from '../../support/played-engine.ts';
import { promoting, reach, startAtFirstRung, origins } from './play.ts';

describe('an experiment that promotes', () => {
  it('takes nobody up while it is paused, decides all the same, and goes on from there', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 2);
    played.bind();
    played.ask({ action: 'pause' });
    expect(reach(played, 2, 1, 2)).toBe('pause');
    expect(origins(played)).toEqual([]);
    expect(played.engine.startable()).toBe(0);
    expect(played.engine.ending()).toBeNull();
    played.ask({ action: 'resume' });
    expect(origins(played, 1)).toEqual([[0, 'promotion', 3]]);
  });

  it('ends when nobody runs and nobody can be promoted; who is paused then is stopped, and was spared the rest', () => {
    const played = new PlayedEngine({ ...promoting, maxTrials: 3 });
    startAtFirstRung(played, 3);
    played.bind();
    reach(played, 0, 3, 0);
    // One result at rung 3: nobody goes on from there.
    expect(played.engine.ending()).toMatchObject({ state: 'completed', stopReason: 'maxTrials' });
    played.end();
    expect(played.state.counts).toMatchObject({ paused: 0, stopped: 3 });
    for (const trial of [0, 1, 2])
      expect(played.row(trial)).toMatchObject({ state: 'stopped', value: trial, lastStep: trial === 0 ? 3 : 1 });
    expect([...played.engine.takeChanged()].sort()).toEqual([0, 1, 2]);
  });

  it('saves what the paused ones did not train, against the longest completed trial', () => {
    const played = new PlayedEngine({ ...promoting, maxTrials: 3 });
    startAtFirstRung(played, 3);
    played.bind();
    played.complete(0, 0, 27);
    played.end();
    expect(played.result().resource).toEqual({
      used: 27 + 1 + 1,
      saved: 26 + 26,
      rungs: [
        { resource: 1, trials: 3 },
        { resource: 3, trials: 0 },
        { resource: 9, trials: 0 },
        { resource: 27, trials: 1 },
      ],
    });
  });

  it('extended after its end, promotes new trials and none that were stopped', () => {
    for (const endedBy of ['its budget', 'a person'] as const) {
      const played = new PlayedEngine({ ...promoting, maxTrials: 6 });
      startAtFirstRung(played, 6);
      played.bind(endedBy === 'a person' ? 1 : 2);
      if (endedBy === 'a person') played.ask({ action: 'stop' });
      for (const { number } of played.engine.running()) played.complete(number, number, 27);
      played.end();
      played.ask({ action: 'extend', maxTrials: 6 });
      expect(origins(played, 1), endedBy).toEqual([[6, 'suggested', 1]]);
      // Three more places, all of which belong to trials that were stopped.
      for (const trial of played.bind(6)) reach(played, trial, 1, 100 + trial);
      expect(origins(played), endedBy).toEqual([]);
      played.end();
      expect(played.state.counts).toMatchObject({ paused: 0, running: 0 });
    }
  });

  it('shows how many are paused, and how many reached each rung', () => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 9);
    played.bind(3);
    for (const trial of [0, 1, 2]) reach(played, trial, 3, trial);
    expect(played.result()).toMatchObject({
      state: 'running',
      counts: { paused: 9, running: 0, completed: 0, stopped: 0 },
      resource: { used: 3 * 3 + 6, rungs: [{ resource: 1, trials: 9 }, { resource: 3, trials: 3 }, { trials: 0 }, { trials: 0 }] },
    });
  });

  it('has no rungs in its result where the scheduler has none', () => {
    expect(new PlayedEngine().result().resource.rungs).toEqual([]);
  });
});

describe('a log that no fence let through', () => {
  it.each<[string, (played: PlayedEngine) => void]>([
    ['a paused attempt of a trial that is paused', (played) => played.paused(1, 1, 1)],
    ['a lost attempt of a trial that is paused', (played) => played.lose(1)],
    ['a completed trial that is paused', (played) => played.complete(1, 1)],
    [
      'a promotion of a trial that runs',
      (played) => {
        played.bind();
        bindAgain(played, 0);
      },
    ],
    ['a promotion of a trial that never was', (played) => bindAgain(played, 9)],
  ])('is refused: %s', (_, act) => {
    const played = new PlayedEngine(promoting);
    startAtFirstRung(played, 3);
    expect(() => act(played)).toThrow(/log/);
  });

  function bindAgain(played: PlayedEngine, trial: number): void {
    const entry = { trial, attempt: 2, origin: 'promotion', params: { x: 0, y: 1 }, seed: 1, resource: 3 } as const;
    played.append({ type: 'bound', ...entry, basis: 1, place: 0, engine: '1', worker: 'w', slot: 0 });
  }
});
