import { describe, expect, it } from 'vitest';
import type { Commit } from '../../queue/decisions.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import { Planner } from '../../optimizer/service/planner.ts';
import { InlineSuggestions } from '../../optimizer/service/suggestions.ts';
import { PlayedEngine } from '../support/played-engine.ts';

const SLOTS = 500;
const TRIAL_MS = 60_000;

/** All slots are this experiment's. */
function planOf(played: PlayedEngine, planner: Planner, free: number): Commit {
  return planner.plan({ capacity: { share: SLOTS, slots: SLOTS, free, idle: free }, now: played.now });
}

describe('what is worked out ahead, by a sampler that learns,', () => {
  it('is what tickets are open for, however many trials run', () => {
    const played = new PlayedEngine({ sampler: { type: 'tpe' }, maxTrials: 100_000 });
    const planner = new Planner(played.engine, new InlineSuggestions(played.engine));
    for (let trial = 0; trial < SLOTS; trial++) played.start({ x: trial / SLOTS, y: 0.5 });
    const full = planOf(played, planner, 0);
    expect(full.tickets).toBe(1);
    expect(full.ready?.entries).toHaveLength(1);
    played.pass(TRIAL_MS);
    for (let trial = 0; trial < 3; trial++) played.complete(trial, trial);
    const three = planOf(played, planner, 0);
    expect(three.tickets).toBe(1);
    expect(three.ready?.entries).toHaveLength(1);
    const freed = planOf(played, planner, 3);
    expect(freed.tickets).toBe(4);
    expect(freed.ready?.entries).toHaveLength(4);
  });

  it('goes to free slots a few at a time', () => {
    const played = new PlayedEngine({ sampler: { type: 'tpe' }, maxTrials: 100_000 });
    const planner = new Planner(played.engine, new InlineSuggestions(played.engine));
    const { ready, tickets } = planOf(played, planner, SLOTS);
    expect(ready?.entries).toHaveLength(8);
    expect(tickets).toBe(8);
  });
});

describe('an experiment whose last trial ends after its time', () => {
  it('ends for want of trials alone, as its log then says', () => {
    const played = new PlayedEngine({ maxTrials: 1, maxDurationSeconds: 1 });
    const planner = new Planner(played.engine, new InlineSuggestions(played.engine));
    const [trial = NaN] = played.bind();
    played.pass(2000);
    played.complete(trial, 1);
    const { events } = planOf(played, planner, 1);
    for (const event of events) played.append(event);
    expect(played.state).toMatchObject({ phase: 'ended', stopReason: 'maxTrials' });
    expect(verifyLog(played.log).differences).toEqual([]);
  });
});
