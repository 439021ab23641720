/** What samplers learn from trials that were paused and promoted. */
import { describe, expect, it } from 'vitest';
import type { Specification } from '../../../core/experiment.ts';
import { algorithmsWith } from '../../../optimizer/algorithms.ts';
import type { Observation, SamplerDefinition } from '../../../optimizer/samplers/sampler.ts';
import { randomSampler } from '../../../optimizer/samplers/random.ts';
import { PlayedEngine } from '../../support/played-engine.ts';
import { promoting, reach } from './play.ts';

describe('what a sampler learns', () => {
  const seen: { rows: readonly Observation[]; pending: number } = { rows: [], pending: 0 };
  const watching: SamplerDefinition = {
    ...randomSampler,
    type: 'watching',
    create: (setup) => {
      const random = randomSampler.create({ ...setup, choice: { type: 'random' } });
      return {
        ...random,
        suggest(number, history) {
          seen.rows = [...history.observations];
          seen.pending = history.pending.length;
          return random.suggest(number, history);
        },
      };
    },
  };

  /** Rows as of now, without params; the list is one of suggestions only by the end. */
  function rows(played: PlayedEngine): [number, string, number | null, number | null][] {
    played.engine.readyList(50);
    return seen.rows.map(({ number, state, loss, resource }) => [number, state, loss, resource]);
  }

  it('is each measurement at a rung in the order of the log, and of an end what no rung has said', () => {
    const played = new PlayedEngine({ ...promoting, sampler: { type: 'watching' }, direction: 'maximize' }, algorithmsWith([watching]));
    played.bind(6);
    reach(played, 3, 1, 30);
    reach(played, 0, 1, 10);
    played.fail(1, 'diverged');
    reach(played, 2, 1, 20);
    played.complete(4, 40, 5);
    // Trial 3 goes on: its rows are of both rungs, and of its end.
    expect(played.bind()).toEqual([3]);
    reach(played, 3, 3, 33);
    played.ask({ action: 'stop' });
    played.stopped(5, 0);
    played.end();
    played.ask({ action: 'extend', maxTrials: 9 });
    expect(rows(played)).toEqual([
      [3, 'measured', -30, 1],
      [0, 'measured', -10, 1],
      [1, 'failed', null, 1],
      [2, 'measured', -20, 1],
      [4, 'completed', -40, 27],
      [3, 'measured', -33, 3],
      [5, 'stopped', null, 1],
    ]);
  });

  it('has no row twice where a trial reports beyond maxResource', () => {
    const played = new PlayedEngine({ ...promoting, sampler: { type: 'watching' } }, algorithmsWith([watching]));
    played.bind();
    played.report(0, 28, 7);
    played.decideAll();
    played.stopped(0, 28, 8);
    expect(rows(played)).toEqual([[0, 'completed', 8, 27]]);
  });

  it('has no row of a scheduler without rungs but that of the end', () => {
    const median: Partial<Specification> = { scheduler: { type: 'median' }, decisionSteps: { at: 'every', first: 1, interval: 1 } };
    const played = new PlayedEngine({ ...median, sampler: { type: 'watching' } }, algorithmsWith([watching]));
    played.bind();
    played.report(0, 1, 7);
    played.decideAll();
    expect(rows(played)).toEqual([]);
    played.complete(0, 8, 2);
    expect(rows(played)).toEqual([[0, 'completed', 8, null]]);
  });

  it('leaves paused trials out of what is pending', () => {
    const played = new PlayedEngine({ ...promoting, sampler: { type: 'watching' }, maxTrials: 3 }, algorithmsWith([watching]));
    played.bind(2);
    reach(played, 0, 1, 0);
    played.engine.readyList(1);
    expect(seen.pending).toBe(1);
  });
});
