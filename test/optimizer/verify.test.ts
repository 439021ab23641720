import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MedianSchedulerOptions } from '../../core/catalogue.ts';
import type { LogEvent } from '../../core/events.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { ENGINE_VERSION } from '../../optimizer/engine/state.ts';
import { readSnapshot, writeSnapshot } from '../../optimizer/engine/snapshot.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import { resultDocument, trialRow } from '../../optimizer/engine/views.ts';
import { foldAll, PlayedEngine } from '../support/played-engine.ts';
import { testSpecification } from '../support/specification.ts';
import { runVirtually, type RunnerOptions } from '../support/virtual-runner.ts';

const median: MedianSchedulerOptions = { type: 'median', minTrials: 2 };

const requests: NonNullable<RunnerOptions['requests']> = [
  { action: 'enqueue', params: { x: 0.25, y: 0.5 } },
  { action: 'pause' },
  { action: 'enqueue', params: { x: -0.125, y: 1 } },
  { action: 'resume' },
  { action: 'extend', maxTrials: 5 },
];

/** Trials that are stopped, fail, diverge, are lost and enqueued, in one experiment that is paused, extended and finishes in random order. */
function eventful(seed: number, given: Partial<RunnerOptions['specification']> = {}): LogEvent[] {
  return runVirtually({
    specification: testSpecification({
      seed,
      direction: seed % 2 === 0 ? 'minimize' : 'maximize',
      scheduler: median,
      decisionSteps: { at: 'every', first: 1, interval: 1 },
      maxTrials: 15,
      maxAttempts: 2,
      ...given,
    }),
    seed,
    slots: 4,
    steps: 5,
    failing: 0.02,
    diverging: 0.01,
    losing: 0.03,
    requests,
  });
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed);

/** All that anybody can learn from an engine. */
function views(engine: Engine): unknown {
  const { state } = engine;
  return {
    rows: state.trials.map(trialRow),
    result: resultDocument(state, 1_800_000_000_000, null),
    ready: engine.readyList(6),
    decisions: engine.decisions(),
    decidesAgain: state.reports.map(({ trial, step }) => engine.decide(trial, step)),
    ending: engine.ending(),
    running: engine.running().map(({ number }) => number),
    startable: engine.startable(),
    pinned: engine.pinned,
  };
}

describe('the log of an eventful experiment', () => {
  it('has everything in it that verification and snapshots must bear', () => {
    const types = new Set(seeds.flatMap((seed) => eventful(seed).map(({ type }) => type)));
    expect([...types].sort()).toEqual([
      'attemptLost',
      'bound',
      'capacityChanged',
      'completed',
      'controlRequested',
      'decided',
      'decisionTimedOut',
      'ended',
      'failed',
      'reported',
      'stopped',
      'submitted',
    ]);
    const bindings = seeds.flatMap((seed) => eventful(seed).filter((event) => event.type === 'bound'));
    expect(new Set(bindings.map(({ origin }) => origin))).toEqual(new Set(['suggested', 'enqueued', 'retry']));
    expect(bindings.some(({ seq, basis }) => seq - basis > 5)).toBe(true);
  });

  it('verifies bit for bit, whatever order trials finished in', () => {
    for (const seed of seeds) {
      const events = eventful(seed);
      const { differences, decisions, bindings, otherVersions } = verifyLog(events, builtInAlgorithms);
      expect(differences).toEqual([]);
      expect({ decisions, bindings, otherVersions }).toEqual({
        decisions: events.filter(({ type }) => type === 'decided').length,
        bindings: events.filter(({ type }) => type === 'bound').length,
        otherVersions: 0,
      });
    }
  });

  it('verifies with the grid, replicates and finite spaces, too', () => {
    for (const seed of seeds.slice(0, 6)) {
      const events = eventful(seed, {
        space: { x: { type: 'int', min: 0, max: 2 }, y: { type: 'ordinal', choices: [0.5, 1] } },
        sampler: seed % 2 === 0 ? { type: 'grid' } : { type: 'random' },
        replicates: 1 + (seed % 3),
        maxTrials: 100,
      });
      expect(verifyLog(events, builtInAlgorithms).differences).toEqual([]);
    }
  });

  it('gives every trial number once, contiguously, and one outcome to each', () => {
    for (const seed of seeds) {
      const events = eventful(seed);
      const first = events.flatMap((event) => (event.type === 'bound' && event.origin !== 'retry' ? [event.trial] : []));
      expect(first).toEqual(first.map((_, number) => number));
      const { state } = foldAll(events);
      expect([...state.outcomes].sort((a, b) => a - b)).toEqual(first);
      expect(state.trials.length).toBe(state.maxTrials);
    }
  });

  it('cannot be tampered with: another param, seed, trial, attempt, origin, basis or decision is found', () => {
    const events = eventful(3);
    const recorded = events.filter((event) => event.type === 'bound' || event.type === 'decided');
    for (const event of recorded) {
      for (const [what, forged] of forgeries(event)) {
        const log = events.map((other) => (other.seq === event.seq ? forged : other));
        expect(finds(log), `${what} of entry ${event.seq}`).toBe(true);
      }
    }
  });

  it('is compared where this version decided, and counted where another one did: decisions, bindings, timers and ends', () => {
    const played = new PlayedEngine({ maxTrials: 3, maxDurationSeconds: 60 });
    const trials = played.bind(2);
    played.append({ type: 'timerExpired', timer: 'maxDuration', engine: ENGINE_VERSION });
    for (const trial of trials) played.stopped(trial);
    played.end();
    const [early, end] = ['timerExpired', 'ended'].map((type) => played.log.find((event) => event.type === type)?.seq);
    const forged = played.log.map((event) => (event.type === 'ended' ? { ...event, stopReason: 'requested' as const } : event));
    expect(verifyLog(forged)).toMatchObject({ differences: [{ seq: early }, { seq: end }], otherVersions: 0 });
    const byAnother = forged.map((event) => ('engine' in event ? { ...event, engine: '0' } : event));
    expect(verifyLog(byAnother)).toMatchObject({ differences: [], bindings: 0, otherVersions: trials.length + 2 });
  });

  it('restored from a snapshot at any event equals the one folded event by event', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, part) => {
        const events = eventful(seed);
        const cut = 1 + Math.floor(part * (events.length - 1));
        const snapshot = readSnapshot(writeSnapshot(foldAll(events.slice(0, cut)).state, 'n'));
        if (snapshot === null) throw new Error('the snapshot is of another version');
        const restored = Engine.restore(snapshot.state, builtInAlgorithms);
        const folded = foldAll(events.slice(0, cut));
        expect(views(restored)).toEqual(views(folded));
        for (const event of events.slice(cut)) {
          restored.apply(event);
          folded.apply(event);
          expect(restored.readyList(3)).toEqual(folded.readyList(3));
          expect(restored.decisions()).toEqual(folded.decisions());
        }
        expect(views(restored)).toEqual(views(folded));
        expect(JSON.stringify(restored.state)).toBe(JSON.stringify(folded.state));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a snapshot', () => {
  it('of another version, or no snapshot at all, is not used', () => {
    const text = writeSnapshot(foldAll(eventful(1)).state, 'n');
    expect(readSnapshot(text)).not.toBeNull();
    expect(readSnapshot(text.replace(/^\{"version":"[^"]+"/, '{"version":"0"'))).toBeNull();
    for (const broken of ['', 'null', '7', '{}', text.slice(0, -10)]) expect(readSnapshot(broken)).toBeNull();
  });
});

function finds(log: readonly LogEvent[]): boolean {
  try {
    return verifyLog(log, builtInAlgorithms).differences.length > 0;
  } catch {
    // The fold refuses it: a log with an illegal event cannot even be read.
    return true;
  }
}

function forgeries(event: Extract<LogEvent, { type: 'bound' | 'decided' }>): [string, LogEvent][] {
  const later = { ...event, basis: event.seq + 1_000 };
  if (event.type === 'decided') {
    return [
      ['basis', later],
      ['decision', { ...event, decision: event.decision === 'stop' ? 'continue' : 'stop' }],
    ];
  }
  return [
    ['basis', later],
    ['trial', { ...event, trial: event.trial + 1 }],
    ['attempt', { ...event, attempt: event.attempt + 1 }],
    ['origin', { ...event, origin: event.origin === 'suggested' ? 'enqueued' : 'suggested' }],
    ['seed', { ...event, seed: event.seed + 1 }],
    ['place', { ...event, place: event.place + 1 }],
    // The smallest change there is: one bit of one param.
    ['params', { ...event, params: { ...event.params, x: nextAfter(Number(event.params.x)) } }],
  ];
}

function nextAfter(value: number): number {
  const bits = new BigUint64Array(new Float64Array([value]).buffer);
  bits[0] = (bits[0] ?? 0n) ^ 1n;
  return new Float64Array(bits.buffer)[0] ?? NaN;
}
