import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import type { SearchSpace } from '../../core/space.ts';
import { bestCompleted, countOutcomes, idleShare, secondsToReach, stepsUsed } from '../../optimizer/simulation/measures.ts';
import { simulate, type Segment, type Simulation, type SimulationOptions } from '../../optimizer/simulation/simulate.ts';
import { wholeCurve, type Workload } from '../../optimizer/simulation/workload.ts';
import { refusal } from '../core/refusal.ts';

const space: SearchSpace = { x: { type: 'float', min: 0, max: 1 } };
const STEPS = 9;

/** Trials whose losses fall towards x, a second a step. */
const workload: Workload = {
  space,
  direction: 'minimize',
  curve: ({ x }) =>
    wholeCurve(Array.from({ length: STEPS }, (_, index) => ({ step: index + 1, value: Number(x) + 1 / (index + 2), seconds: 1 }))),
};

type Given = Partial<Omit<SimulationOptions, 'optimizer'>> & { readonly optimizer?: Partial<SimulationOptions['optimizer']> };

function simulated({ optimizer, ...given }: Given = {}): Simulation {
  return simulate({ workload, workers: 4, ...given, optimizer: { sampler: { type: 'random' }, maxTrials: 60, ...optimizer } });
}

const straggling = { stragglers: { perAttempt: 0.6, perStep: 0.2 } };
const asha = { type: 'asha', maxResource: STEPS };
const promotingAsha = { ...asha, mode: 'promote' };
const schedulers = [{ type: 'none' }, { type: 'median' }, asha, promotingAsha, { type: 'hyperband', maxResource: STEPS }];

const start = ({ startedAt }: Segment): number => startedAt;
const end = ({ endedAt }: Segment): number => endedAt;
const ended = ({ outcome }: Segment): boolean => ['completed', 'stopped', 'failed'].includes(outcome);

/** Workers busy right after `at`. */
function busyAt({ segments }: Simulation, at: number): number {
  return segments.filter(({ startedAt, endedAt }) => startedAt <= at && at < endedAt).length;
}

describe('a simulation', () => {
  it.each(schedulers)('keeps every worker busy until the last trial has been suggested, under $type $mode', (scheduler) => {
    const simulation = simulated({ ...straggling, optimizer: { scheduler } });
    const lastStart = Math.max(...simulation.segments.filter(({ attempt }) => attempt === 1).map(start));
    for (const { endedAt } of simulation.segments) if (endedAt < lastStart) expect(busyAt(simulation, endedAt)).toBe(4);
    expect(new Set(simulation.segments.map(({ trial }) => trial)).size).toBe(60);
  });

  it('idles none of the time while trials are without end, whatever the durations', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 2, noNaN: true }), fc.nat(), (workers, perAttempt, seed) => {
        const simulation = simulated({ workers, seed, stragglers: { perAttempt }, maxSeconds: 30, optimizer: { maxTrials: 100_000 } });
        expect(simulation.seconds).toBe(30);
        expect(Math.abs(idleShare(simulation))).toBeLessThan(1e-9);
      }),
      { numRuns: 25 },
    );
  });

  it.each(schedulers)('comes out the same with the same seed and otherwise with another, under $type $mode', (scheduler) => {
    const options: Given = { ...straggling, dropouts: { meanSeconds: 30, awaySeconds: 5 }, optimizer: { scheduler } };
    const first = simulated({ ...options, seed: 1 });
    expect(simulated({ ...options, seed: 1 })).toEqual(first);
    expect(simulated({ ...options, seed: 2 }).seconds).not.toBe(first.seconds);
  });

  it('lets no trial of a batch begin before the whole batch before it has ended', () => {
    const simulation = simulated({ ...straggling, mode: 'batch' });
    const byStart = [...simulation.segments].sort((a, b) => a.startedAt - b.startedAt);
    for (let batch = 4; batch < byStart.length; batch += 4) {
      const before = byStart.slice(batch - 4, batch);
      const slowest = Math.max(...before.map(end));
      for (const segment of byStart.slice(batch, batch + 4)) expect(segment.startedAt).toBe(slowest);
    }
    expect(idleShare(simulation)).toBeGreaterThan(0.2);
  });

  it('takes as long as its trials divided by its workers where all are equally long', () => {
    for (const mode of ['asynchronous', 'batch'] as const)
      expect(simulated({ mode, workers: 6 })).toMatchObject({ seconds: (60 / 6) * STEPS, awaySeconds: 0 });
  });

  it('says when a target was reached, and ends there where it is asked to', () => {
    const whole = simulated(straggling);
    const best = bestCompleted(whole);
    const target = best?.value ?? NaN;
    expect(secondsToReach(whole, target, 'minimize')).toBe(best?.at);
    expect(secondsToReach(whole, target - 1e-9, 'minimize')).toBeNull();
    const cut = simulated({ ...straggling, targetValue: target });
    expect(cut.incumbents).toEqual(whole.incumbents);
    expect(cut.seconds).toBe(best?.at);
    expect(cut.seconds).toBeLessThan(whole.seconds);
  });

  it('keeps incumbents in order of time and value, the last the best of all completed trials', () => {
    const { segments, incumbents } = simulated(straggling);
    expect(countOutcomes({ segments, incumbents, workers: 4, seconds: 0, awaySeconds: 0 }, 'completed')).toBe(60);
    for (const [index, incumbent] of incumbents.entries()) {
      const before = incumbents[index - 1];
      expect(segments.find(({ trial }) => trial === incumbent.trial)?.endedAt).toBe(incumbent.at);
      if (before !== undefined) expect([before.at <= incumbent.at, before.value > incumbent.value]).toEqual([true, true]);
    }
  });

  it('refuses to run on no workers', () => {
    expect(refusal(() => simulated({ workers: 0 }))).toBe('workers: must be a positive integer');
  });
});

describe('early stopping in a simulation', () => {
  it.each([{ type: 'median' }, asha, promotingAsha])('saves steps and time under $type $mode', (scheduler) => {
    const full = simulated(straggling);
    const stopping = simulated({ ...straggling, optimizer: { scheduler } });
    expect(stepsUsed(full)).toBe(60 * STEPS);
    expect(stepsUsed(stopping)).toBeLessThan(0.7 * stepsUsed(full));
    expect(stopping.seconds).toBeLessThan(0.8 * full.seconds);
  });

  it('promotes paused trials, which go on from the rung where they paused', () => {
    const { segments } = simulated({ ...straggling, optimizer: { scheduler: promotingAsha } });
    const promoted = segments.filter(({ attempt }) => attempt > 1);
    expect(promoted.length).toBeGreaterThan(5);
    for (const { trial, attempt, startedAt, fromStep } of promoted) {
      const before = segments.find((segment) => segment.trial === trial && segment.attempt === attempt - 1);
      expect(before).toMatchObject({ outcome: 'paused', toStep: fromStep });
      expect(startedAt).toBeGreaterThanOrEqual(before?.endedAt ?? Infinity);
      expect([1, 3]).toContain(fromStep);
    }
    expect(segments.some(({ outcome, toStep }) => outcome === 'completed' && toStep === STEPS)).toBe(true);
  });
});

describe('workers that drop out', () => {
  const dropouts = { meanSeconds: 20, awaySeconds: 10 };

  it.each(schedulers)('lose no trial: each starts again where its segment began, under $type $mode', (scheduler) => {
    const simulation = simulated({ ...straggling, dropouts, optimizer: { scheduler } });
    const { segments } = simulation;
    const lost = segments.filter(({ outcome }) => outcome === 'lost');
    expect(lost.length).toBeGreaterThan(3);
    for (const { trial, attempt, fromStep } of lost)
      expect(segments.find((segment) => segment.trial === trial && segment.attempt === attempt + 1)).toMatchObject({ fromStep });
    const over = segments.filter(ended).map(({ trial }) => trial);
    const open = new Set(segments.filter(({ outcome }) => outcome === 'paused').map(({ trial }) => trial));
    expect(new Set(over).size).toBe(over.length);
    expect(new Set([...over, ...open]).size).toBe(60);
    expect(countOutcomes(simulation, 'cut')).toBe(0);
  });

  it('find the same best trial in the end, only later', () => {
    const undisturbed = simulated(straggling);
    const disturbed = simulated({ ...straggling, dropouts });
    expect(bestCompleted(disturbed)).toMatchObject({ trial: bestCompleted(undisturbed)?.trial, value: bestCompleted(undisturbed)?.value });
    expect(disturbed.seconds).toBeGreaterThan(undisturbed.seconds);
    expect(disturbed.awaySeconds).toBeGreaterThan(0);
    expect(stepsUsed(disturbed)).toBeGreaterThan(stepsUsed(undisturbed));
  });

  it('hold up a batch until its lost trials have run again', () => {
    const { segments } = simulated({ ...straggling, dropouts, mode: 'batch' });
    const firsts = segments.filter(({ attempt }) => attempt === 1);
    for (const { startedAt } of firsts)
      for (const other of segments) expect(other.startedAt < startedAt && other.endedAt > startedAt).toBe(false);
  });
});

/**
 * Whether somebody had nothing to do, or was lost, in a simulation whose workers drop out for `awaySeconds`: until the last trial began
 * each worker was busy or away, and each trial went on where it was until it was over once, or paused for good.
 */
function expectAsynchrony({ workers, segments }: Simulation, trials: number, awaySeconds: number): void {
  const lastStart = segments.reduce((last, { attempt, startedAt }) => (attempt === 1 ? Math.max(last, startedAt) : last), 0);
  const changes = segments.flatMap(({ startedAt, endedAt, outcome }) => [
    { at: startedAt, by: 1 },
    { at: outcome === 'lost' ? endedAt + awaySeconds : endedAt, by: -1 },
  ]);
  changes.sort((one, other) => one.at - other.at);
  let present = 0;
  for (const [index, { at, by }] of changes.entries()) {
    present += by;
    const isSettled = changes[index + 1]?.at !== at;
    if (isSettled && at < lastStart && present !== workers) expect({ at, present }).toEqual({ at, present: workers });
  }
  const last = new Map<number, Segment>();
  for (const segment of segments) {
    const { trial, attempt, fromStep } = segment;
    const before = last.get(trial);
    const goesOnAt = before === undefined ? 0 : before.outcome === 'paused' ? before.toStep : before.fromStep;
    if (attempt !== (before?.attempt ?? 0) + 1 || fromStep !== goesOnAt || (before !== undefined && ended(before)))
      expect(segment).toBe('the next segment of its trial');
    last.set(trial, segment);
  }
  expect(last.size).toBe(trials);
  expect([...last.values()].filter((segment) => !ended(segment) && segment.outcome !== 'paused')).toEqual([]);
}

describe('asynchronous workers', () => {
  const awaySeconds = 7;
  const run = (workers: number, scheduler: AlgorithmChoice, given: Given): void => {
    const maxTrials = 3 * workers + 20;
    expectAsynchrony(simulated({ ...given, workers, optimizer: { maxTrials, scheduler } }), maxTrials, awaySeconds);
  };

  it('never idle while a trial could start, and lose none: whatever their number, their pace, and who of them drops out', () => {
    const workers = fc.constantFrom(1, 2, 10, 100, 500);
    const perAttempt = fc.double({ min: 0, max: 1.5, noNaN: true });
    const meanSeconds = fc.constantFrom(5, 30, Infinity);
    fc.assert(
      fc.property(workers, fc.constantFrom(...schedulers), perAttempt, meanSeconds, fc.nat(), (count, scheduler, slowness, mean, seed) =>
        run(count, scheduler, { seed, stragglers: { perAttempt: slowness }, dropouts: { meanSeconds: mean, awaySeconds } }),
      ),
      { numRuns: 60 },
    );
  });

  it('may be 10,000', () => {
    run(10_000, asha, { ...straggling, dropouts: { meanSeconds: 30, awaySeconds } });
  });
});
