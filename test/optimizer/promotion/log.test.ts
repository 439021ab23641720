/** The log of promotions: replayed, verified, cut off anywhere; and what an event of it costs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../core/events.ts';
import { builtInAlgorithms } from '../../../optimizer/algorithms.ts';
import { Engine } from '../../../optimizer/engine/engine.ts';
import { readSnapshot, writeSnapshot } from '../../../optimizer/engine/snapshot.ts';
import { verifyLog } from '../../../optimizer/engine/verify.ts';
import { resultDocument, trialRow } from '../../../optimizer/engine/views.ts';
import { ashaScheduler } from '../../../optimizer/schedulers/asha.ts';
import { hyperbandScheduler } from '../../../optimizer/schedulers/hyperband.ts';
import { digestAlgorithms, digesting } from '../../support/digest-sampler.ts';
import { PlayedEngine } from '../../support/played-engine.ts';
import { testSpecification } from '../../support/specification.ts';
import { runVirtually, type RunnerOptions } from '../../support/virtual-runner.ts';
import { asha, hyperband, promoting, reach } from './play.ts';

describe('the log of an experiment that promotes', () => {
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  const requests: NonNullable<RunnerOptions['requests']> = [
    { action: 'pause' },
    { action: 'resume' },
    { action: 'enqueue', params: { x: 0.25 } },
    { action: 'extend', maxTrials: 4 },
    { action: 'stop' },
    { action: 'extend', maxTrials: 8 },
  ];

  /** Whatever may happen to trials and commits, under each scheduler, with and without checkpoints, some beyond maxResource. */
  function eventful(seed: number): LogEvent[] {
    const scheduler = [asha, hyperband, { ...asha, mode: 'stop' }][seed % 3] ?? asha;
    const { decisionSteps } = scheduler.type === 'asha' ? ashaScheduler : hyperbandScheduler;
    return runVirtually({
      specification: testSpecification({
        ...digesting,
        seed,
        scheduler,
        decisionSteps: decisionSteps(scheduler),
        direction: seed % 2 === 0 ? 'minimize' : 'maximize',
        maxTrials: 25,
        maxAttempts: 2,
      }),
      algorithms: digestAlgorithms,
      seed,
      slots: 4,
      steps: seed % 5 === 0 ? 30 : 27,
      checkpoints: seed % 4 < 2,
      failing: 0.01,
      diverging: 0.002,
      losing: 0.03,
      requests: seed % 2 === 0 ? requests : [],
    });
  }

  const foldAll = (events: readonly LogEvent[]): Engine => {
    const [first, ...rest] = events;
    if (first === undefined) throw new Error('an empty log');
    const engine = Engine.begin(first, digestAlgorithms);
    for (const event of rest) engine.apply(event);
    return engine;
  };

  it('has everything in it that verification and snapshots must bear', () => {
    const events = seeds.flatMap(eventful);
    const types = new Set(events.map(({ type }) => type));
    for (const type of ['paused', 'surrogateFitted', 'attemptLost', 'failed', 'decisionTimedOut', 'completed', 'stopped'] as const)
      expect(types, type).toContain(type);
    const bindings = events.filter((event) => event.type === 'bound');
    expect(new Set(bindings.map(({ origin }) => origin))).toEqual(new Set(['suggested', 'enqueued', 'retry', 'promotion']));
    expect(new Set(bindings.map(({ resource }) => resource))).toEqual(new Set([1, 3, 9, 27]));
  });

  it('verifies bit for bit', () => {
    for (const seed of seeds) expect(verifyLog(eventful(seed), digestAlgorithms).differences).toEqual([]);
  });

  it('lets nobody beyond a rung without a decision that says so, and nobody start twice at once', () => {
    for (const seed of seeds) {
      const runsTo = new Map<number, number>();
      const running = new Set<number>();
      for (const event of eventful(seed)) {
        if (event.type === 'bound') {
          expect(running.has(event.trial)).toBe(false);
          running.add(event.trial);
          runsTo.set(event.trial, Math.max(event.resource ?? 0, runsTo.get(event.trial) ?? 0));
        }
        if (event.type === 'attemptLost' || event.type === 'failed' || event.type === 'paused' || event.type === 'stopped')
          running.delete(event.trial);
        if (event.type === 'completed') running.delete(event.trial);
        if ((event.type === 'decided' && event.decision === 'continue') || event.type === 'decisionTimedOut')
          runsTo.set(event.trial, Math.max(3 * event.step, runsTo.get(event.trial) ?? 0));
        if (event.type === 'reported' && event.step <= 27) expect(event.step).toBeLessThanOrEqual(runsTo.get(event.trial) ?? 0);
      }
    }
  });

  it('ends with one outcome for every trial, none of them paused, and a row for each', () => {
    for (const seed of seeds) {
      const { state } = foldAll(eventful(seed));
      expect([...state.outcomes].sort((a, b) => a - b)).toEqual(state.trials.map(({ number }) => number));
      expect(state.counts).toMatchObject({ paused: 0, running: 0, queued: 0 });
      expect(state.trials.every(({ lastStep, stepsCounted }) => lastStep === stepsCounted)).toBe(true);
      expect(state.steps.used).toBe(state.trials.reduce((sum, { lastStep }) => sum + lastStep, 0));
    }
  });

  it('restored from a snapshot at any event decides, promotes, fits and suggests ever after as the one folded event by event', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, part) => {
        const events = eventful(seed);
        const cut = 1 + Math.floor(part * (events.length - 1));
        const folded = foldAll(events.slice(0, cut));
        const snapshot = readSnapshot(writeSnapshot(folded.state, 'n'));
        if (snapshot === null) throw new Error('the snapshot is of another version');
        const restored = Engine.restore(snapshot.state, digestAlgorithms);
        expect(views(restored)).toEqual(views(folded));
        for (const event of events.slice(cut)) {
          restored.apply(event);
          folded.apply(event);
          expect(restored.readyList(3)).toEqual(folded.readyList(3));
          expect(restored.decisions()).toEqual(folded.decisions());
        }
        expect(views(restored)).toEqual(views(folded));
      }),
      { numRuns: 40 },
    );
  });

  function views(engine: Engine): unknown {
    const { state } = engine;
    return {
      rows: state.trials.map(trialRow),
      result: resultDocument(state, 1_800_000_000_000, null),
      ready: engine.readyList(8),
      decisions: engine.decisions(),
      decidesAgain: state.reports.map(({ trial, step }) => engine.decide(trial, step)),
      fit: engine.fit(),
      observations: engine.observations,
      ending: engine.ending(),
      running: engine.running().map(({ number }) => number),
      startable: engine.startable(),
    };
  }

  it('cannot be tampered with: a forged promotion, segment, fit, pause or continue is found', () => {
    const events = eventful(4);
    const forged = (event: LogEvent): [string, LogEvent][] => {
      if (event.type === 'bound' && event.origin === 'promotion') {
        return [
          ['segment', { ...event, resource: 3 * (event.resource ?? 1) }],
          ['no segment', withoutResource(event)],
          ['origin', { ...event, origin: 'retry' }],
          ['attempt', { ...event, attempt: event.attempt + 1 }],
          ['trial', { ...event, trial: event.trial + 1 }],
        ];
      }
      if (event.type === 'bound') return [['segment', { ...event, resource: 27 + (event.resource ?? 0) }]];
      if (event.type === 'decided') return [['decision', { ...event, decision: event.decision === 'pause' ? 'continue' : 'pause' }]];
      if (event.type !== 'surrogateFitted') return [];
      return [
        ['hyperparameters', { ...event, hyperparameters: event.hyperparameters.map((value) => value + 2 ** -40) }],
        ['observations', { ...event, observations: event.observations + 1 }],
        ['basis', { ...event, basis: event.seq }],
      ];
    };
    const kinds = new Set<string>();
    for (const event of events) {
      for (const [what, entry] of forged(event)) {
        kinds.add(`${event.type} ${what}`);
        expect(finds(events.map((other) => (other === event ? entry : other))), `${what} of entry ${event.seq}`).toBe(true);
      }
    }
    expect(kinds.size).toBe(9);
  });

  function withoutResource(event: Extract<LogEvent, { type: 'bound' }>): LogEvent {
    const { resource: _, ...rest } = event;
    return rest;
  }

  function finds(log: readonly LogEvent[]): boolean {
    try {
      return verifyLog(log, digestAlgorithms).differences.length > 0;
    } catch {
      // The fold refuses it: a log with an illegal event cannot even be read.
      return true;
    }
  }
});

describe('the cost of an event', () => {
  it('does not grow with the number of trials that are paused or over', () => {
    const cost = (trials: number): number => {
      const played = new PlayedEngine({ ...promoting, maxTrials: 1e6, direction: 'maximize' }, builtInAlgorithms);
      /** A trial starts and pauses or goes on, or one that was promoted completes. */
      const one = (): void => {
        for (const trial of played.bind()) {
          if (played.row(trial).attempts === 1 && reach(played, trial, 1, (trial * 7919) % 1009) === 'pause') continue;
          played.complete(trial, 0, 27);
        }
      };
      for (let count = 0; count < trials; count++) one();
      const startedAt = performance.now();
      for (let count = 0; count < 300; count++) one();
      return performance.now() - startedAt;
    };
    cost(300);
    const few = Math.min(...[1, 2, 3].map(() => cost(200)));
    // Twenty times as many: work that went through them all would take some twenty times as long.
    expect(cost(4000) / few).toBeLessThan(6);
  });
});
