import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions, HyperbandSchedulerOptions } from '../../core/catalogue.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { hyperbandScheduler } from '../../optimizer/schedulers/hyperband.ts';
import { medianScheduler } from '../../optimizer/schedulers/median.ts';
import { Ranking } from '../../optimizer/schedulers/ranking.ts';
import type { Promotion, Scheduler } from '../../optimizer/schedulers/scheduler.ts';
import { refusal } from '../core/refusal.ts';

const asha = (given: Partial<AshaSchedulerOptions> = {}): Scheduler =>
  ashaScheduler.create({ type: 'asha', maxResource: 27, ...given } satisfies AshaSchedulerOptions);
const hyperband = (given: Partial<HyperbandSchedulerOptions> = {}): Scheduler =>
  hyperbandScheduler.create({ type: 'hyperband', maxResource: 27, ...given } satisfies HyperbandSchedulerOptions);

/** A trial reports at a step; what is decided of it is carried out. */
function arrive(scheduler: Scheduler, trial: number, step: number, loss: number) {
  scheduler.observe(trial, step, loss);
  const decision = scheduler.decide(trial, step);
  if (decision === 'continue') scheduler.promoter?.goOn(trial, step);
  if (decision === 'pause') scheduler.promoter?.pause(trial, step);
  return decision;
}

const promotions = (scheduler: Scheduler): Promotion[] => [...(scheduler.promoter?.promotions() ?? [])];

/** A slot takes the best promotion up. */
function promote(scheduler: Scheduler, from: number): Promotion {
  const [promotion] = promotions(scheduler);
  if (promotion === undefined) throw new Error('nobody is to be promoted');
  scheduler.promoter?.goOn(promotion.trial, from);
  return promotion;
}

/** Losses of trials 0, 1, 2 … at one rung, equal ones among them. */
const losses = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 40 });

/** Trials in the order of their losses, then of their numbers, by sorting all of them. */
function ranked(known: readonly number[]): number[] {
  return known.map((_, trial) => trial).sort((a, b) => (known[a] ?? NaN) - (known[b] ?? NaN) || a - b);
}

describe('asha, which stops,', () => {
  it('lets a trial go on that is among the best third on arrival, and the first always', () => {
    const scheduler = asha();
    const decisions = [5, 4, 6, 7, 3, 3.5, 2].map((loss, trial) => arrive(scheduler, trial, 1, loss));
    // Of 1 … 5 results one goes on, of 6 and 7 two.
    expect(decisions).toEqual(['continue', 'continue', 'stop', 'stop', 'continue', 'continue', 'continue']);
  });

  it.each([2, 3, 4])('decides as sorting all results at the rung says, by %d', (reductionFactor) => {
    fc.assert(
      fc.property(losses, (all) => {
        const scheduler = asha({ reductionFactor });
        for (const [trial, loss] of all.entries()) {
          const seen = all.slice(0, trial + 1);
          const places = Math.max(1, Math.floor(seen.length / reductionFactor));
          expect(arrive(scheduler, trial, 1, loss)).toBe(ranked(seen).indexOf(trial) < places ? 'continue' : 'stop');
        }
        expect(scheduler.promoter).toBeUndefined();
      }),
    );
  });

  it('compares at one rung only, and lets a trial pass between rungs', () => {
    const scheduler = asha();
    arrive(scheduler, 0, 1, 1);
    expect(arrive(scheduler, 1, 3, 99)).toBe('continue');
    expect(arrive(scheduler, 1, 4, 999)).toBe('continue');
  });

  it('compares trials at their first reports beyond a rung, where those skip it', () => {
    const scheduler = asha();
    // Every fifth step: rungs 1 and 3 are passed at once, and the higher one compares.
    expect(arrive(scheduler, 0, 5, 1)).toBe('continue');
    expect(arrive(scheduler, 1, 5, 2)).toBe('stop');
    expect(arrive(scheduler, 2, 5, 0.5)).toBe('continue');
    // Beyond the next rung, another comparison.
    expect(arrive(scheduler, 0, 10, 1)).toBe('continue');
    expect(arrive(scheduler, 2, 10, 3)).toBe('stop');
    // In between, none, and at the end neither, whatever was skipped before.
    expect(arrive(scheduler, 0, 15, 99)).toBe('continue');
    expect(arrive(scheduler, 3, 27, 99)).toBe('continue');
  });

  it('pauses a trial at its first report beyond a rung, and promotes it from there', () => {
    const scheduler = asha({ mode: 'promote' });
    for (const trial of [0, 1, 2]) expect(arrive(scheduler, trial, 2, trial)).toBe('pause');
    expect(promotions(scheduler)).toEqual([{ trial: 0, resource: 3 }]);
    promote(scheduler, 1);
    expect(arrive(scheduler, 0, 4, 0)).toBe('pause');
    expect(scheduler.segment?.(0)).toBe(3);
  });

  it('stops whoever reports beyond maxResource, and nobody at it', () => {
    for (const scheduler of [asha(), asha({ mode: 'promote' }), hyperband(), hyperband({ mode: 'promote' })]) {
      expect(arrive(scheduler, 0, 27, 1)).toBe('continue');
      expect(arrive(scheduler, 0, 28, -1)).toBe('stop');
    }
  });

  it('runs every trial to maxResource at most', () => {
    expect([asha(), hyperband()].map((scheduler) => scheduler.segment?.(0))).toEqual([27, 27]);
  });

  it('refuses a maxResource below minResource, and none where the function declares none', () => {
    expect(refusal(() => asha({ minResource: 28 }))).toMatch(/^scheduler\.maxResource: must be at least minResource, 28/);
    expect(refusal(() => ashaScheduler.create({ type: 'asha' }))).toMatch(/^scheduler\.maxResource: is required/);
    expect(refusal(() => asha({ reductionFactor: 1 }))).toMatch(/^scheduler\.reductionFactor: /);
  });
});

describe('asha, which promotes,', () => {
  const promoting = (): Scheduler => asha({ mode: 'promote' });

  it('promotes the top third once a rung has three results', () => {
    const scheduler = promoting();
    expect(arrive(scheduler, 0, 1, 2)).toBe('pause');
    expect(arrive(scheduler, 1, 1, 1)).toBe('pause');
    expect(promotions(scheduler)).toEqual([]);
    expect(arrive(scheduler, 2, 1, 3)).toBe('pause');
    expect(promotions(scheduler)).toEqual([{ trial: 1, resource: 3 }]);
  });

  it('lets a trial that is among the best on arrival go on without a pause', () => {
    const scheduler = promoting();
    arrive(scheduler, 0, 1, 2);
    arrive(scheduler, 1, 1, 3);
    expect(arrive(scheduler, 2, 1, 1)).toBe('continue');
    expect(promotions(scheduler)).toEqual([]);
    expect(scheduler.segment?.(2)).toBe(3);
  });

  it('promotes as sorting all results at the rung says, best first', () => {
    fc.assert(
      fc.property(losses, (all) => {
        const scheduler = promoting();
        const wentOn = new Set<number>();
        for (const [trial, loss] of all.entries()) if (arrive(scheduler, trial, 1, loss) === 'continue') wentOn.add(trial);
        const best = ranked(all).slice(0, Math.floor(all.length / 3));
        expect(promotions(scheduler).map(({ trial }) => trial)).toEqual(best.filter((trial) => !wentOn.has(trial)));
      }),
    );
  });

  it('promotes from the highest rung first', () => {
    const scheduler = promoting();
    for (let trial = 0; trial < 9; trial++) arrive(scheduler, trial, 1, trial);
    // The best three went on in the order of their arrival; at the next rung, the last of them shows that the first is the best.
    for (let place = 0; place < 3; place++) promote(scheduler, 1);
    for (const trial of [0, 1, 2]) arrive(scheduler, trial, 3, trial);
    for (let trial = 9; trial < 12; trial++) arrive(scheduler, trial, 1, trial);
    expect(promotions(scheduler)).toEqual([
      { trial: 0, resource: 9 },
      { trial: 3, resource: 3 },
    ]);
  });

  it('runs a trial to the rung after the one that it was let go beyond, and from the last rung to maxResource', () => {
    const scheduler = promoting();
    expect(scheduler.segment?.(4)).toBe(1);
    for (const [step, next] of [
      [1, 3],
      [3, 9],
      [9, 27],
      [27, 27],
    ] as const) {
      scheduler.promoter?.goOn(4, step);
      expect(scheduler.segment?.(4)).toBe(next);
    }
  });

  it('takes nobody up again who is over', () => {
    const scheduler = promoting();
    for (const trial of [0, 1, 2]) arrive(scheduler, trial, 1, trial);
    scheduler.promoter?.leave(0);
    // It has its place all the same: what it measured was measured.
    expect(promotions(scheduler)).toEqual([]);
    for (const trial of [3, 4, 5]) arrive(scheduler, trial, 1, trial);
    expect(promotions(scheduler)).toEqual([{ trial: 1, resource: 3 }]);
  });

  it('promotes from the rung where a trial paused, though it reported at none below', () => {
    const scheduler = promoting();
    for (const trial of [0, 1, 2]) expect(arrive(scheduler, trial, 9, trial)).toBe('pause');
    expect(promotions(scheduler)).toEqual([{ trial: 0, resource: 27 }]);
  });
});

describe('hyperband', () => {
  const promoting = hyperband({ mode: 'promote' });
  /** The first rung of the bracket that each trial belongs to. */
  const brackets = (scheduler: Scheduler, trials: number): (number | undefined)[] =>
    Array.from({ length: trials }, (_, trial) => scheduler.segment?.(trial));

  it('deals as many trials to each bracket as a round of Hyperband starts there', () => {
    // Li et al. 2018, section 3: ⌈(s+1)⁻¹ · (s_max+1) · η^s⌉ for s = 3 … 0.
    const dealt = brackets(promoting, 49);
    expect([1, 3, 9, 27].map((first) => dealt.filter((rung) => rung === first).length)).toEqual([27, 12, 6, 4]);
  });

  it('keeps the shares at every moment to within one trial, whatever the order in which trials are heard of', () => {
    const dealt = brackets(promoting, 1000);
    const sizes = new Map([1, 3, 9, 27].map((first, at) => [first, [27, 12, 6, 4][at] ?? NaN]));
    const seen = new Map<number, number>();
    for (const [trial, rung = NaN] of dealt.entries()) {
      seen.set(rung, (seen.get(rung) ?? 0) + 1);
      for (const [first, size] of sizes) expect(Math.abs((seen.get(first) ?? 0) - (size / 49) * (trial + 1))).toBeLessThanOrEqual(1);
    }
    const other = hyperband({ mode: 'promote' });
    other.observe(999, 1, 0);
    expect(brackets(other, 1000)).toEqual(dealt);
  });

  it('has as many brackets as it is asked for, the most eager ones', () => {
    const two = brackets(hyperband({ mode: 'promote', brackets: 2 }), 39);
    expect([1, 3, 9, 27].map((first) => two.filter((rung) => rung === first).length)).toEqual([27, 12, 0, 0]);
  });

  it('compares within a bracket only', () => {
    const scheduler = hyperband();
    const dealt = brackets(promoting, 20);
    const patient = dealt.indexOf(3);
    const eager = dealt.flatMap((first, trial) => (first === 1 ? [trial] : []));
    for (const trial of eager.slice(0, 6)) arrive(scheduler, trial, 3, 0);
    expect(arrive(scheduler, patient, 1, 99)).toBe('continue');
    expect(arrive(scheduler, patient, 3, 99)).toBe('continue');
  });

  it('promotes those nearest to the end first, and of one bracket and rung the best first', () => {
    const scheduler = hyperband({ mode: 'promote' });
    const dealt = brackets(scheduler, 30);
    const of = (first: number): number[] => dealt.flatMap((rung, trial) => (rung === first ? [trial] : []));
    const eager = of(1).slice(0, 6);
    const patient = of(3).slice(0, 3);
    // Losses that fall with the number: the later trial is the better one.
    for (const [at, trial] of eager.entries()) arrive(scheduler, trial, 1, at < 2 ? 2 - at : 100);
    for (const trial of patient) arrive(scheduler, trial, 3, trial);
    expect(promotions(scheduler)).toEqual([
      { trial: patient[0], resource: 9 },
      { trial: eager[1], resource: 3 },
      { trial: eager[0], resource: 3 },
    ]);
  });
});

describe('a ranking', () => {
  const moves = fc.array(fc.record({ trial: fc.nat({ max: 30 }), loss: fc.integer({ min: 0, max: 4 }), removes: fc.boolean() }));

  it('holds what was inserted and not removed, in the order that sorting gives', () => {
    fc.assert(
      fc.property(moves, (all) => {
        const ranking = new Ranking();
        const held = new Map<number, number>();
        for (const { trial, loss, removes } of all) {
          const known = held.get(trial);
          if (removes) {
            ranking.remove(trial, loss);
            if (known === loss) held.delete(trial);
          } else if (known === undefined) {
            ranking.insert(trial, loss);
            held.set(trial, loss);
          }
        }
        const sorted = [...held].map(([trial, loss]) => ({ trial, loss })).sort((a, b) => a.loss - b.loss || a.trial - b.trial);
        expect([...ranking]).toEqual(sorted);
        expect(ranking.length).toBe(sorted.length);
        for (const [rank, { trial, loss }] of sorted.entries()) expect(ranking.rank(trial, loss)).toBe(rank);
      }),
    );
  });
});

describe('the cost of a decision', () => {
  /** ms for 2,000 decisions of the newest of so many trials at a rung, and whom to promote after each; the best of some tries. */
  function cost(create: () => Scheduler, trials: number): number {
    const scheduler = create();
    for (let trial = 0; trial < trials; trial++) arrive(scheduler, trial, 1, (trial * 0.618_033_988_749_895) % 1);
    while (promotions(scheduler).length > 0) promote(scheduler, 1);
    const times = Array.from({ length: 7 }, () => {
      const startedAt = performance.now();
      for (let at = 0; at < 2000; at++) {
        scheduler.decide(trials - 1 - (at % 100), 1);
        promotions(scheduler);
      }
      return performance.now() - startedAt;
    });
    return Math.min(...times);
  }

  it.each<[string, () => Scheduler]>([
    ['median', () => medianScheduler.create({ type: 'median' })],
    ['asha', () => asha()],
    ['asha, promoting', () => asha({ mode: 'promote' })],
    ['hyperband', () => hyperband()],
    ['hyperband, promoting', () => hyperband({ mode: 'promote' })],
  ])('does not grow with the number of trials: %s', (_, create) => {
    cost(create, 1000);
    // Forty times as many trials: what grew with them would take some forty times as long. Bisection takes five steps more.
    expect(cost(create, 40_000) / cost(create, 1000)).toBeLessThan(8);
  });
});
