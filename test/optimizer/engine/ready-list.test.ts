import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurationKey } from '../../../core/params.ts';
import { foldAll, PlayedEngine } from '../../support/played-engine.ts';
import { testSpecification } from '../../support/specification.ts';
import { runVirtually } from '../../support/virtual-runner.ts';

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
        const engine = foldAll(log.slice(0, 1 + Math.floor(part * (log.length - 1))));
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
