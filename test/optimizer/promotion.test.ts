import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions, HyperbandSchedulerOptions } from '../../core/catalogue.ts';
import type { LogEvent } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import type { Decision } from '../../core/states.ts';
import { algorithmsWith, builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { readSnapshot, writeSnapshot } from '../../optimizer/engine/snapshot.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import { resultDocument, trialRow } from '../../optimizer/engine/views.ts';
import type { Observation, SamplerDefinition } from '../../optimizer/samplers/sampler.ts';
import { randomSampler } from '../../optimizer/samplers/random.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { hyperbandScheduler } from '../../optimizer/schedulers/hyperband.ts';
import { digestAlgorithms, digesting } from '../support/digest-sampler.ts';
import { PlayedEngine } from '../support/played-engine.ts';
import { testSpecification } from '../support/specification.ts';
import { runVirtually, type RunnerOptions } from '../support/virtual-runner.ts';

const asha: AshaSchedulerOptions = { type: 'asha', maxResource: 27, mode: 'promote' };
const hyperband: HyperbandSchedulerOptions = { type: 'hyperband', maxResource: 27, mode: 'promote' };
const promoting: Partial<Specification> = { scheduler: asha, decisionSteps: ashaScheduler.decisionSteps(asha), maxTrials: 50 };

/** A trial reports at a rung and hears the decision; a pause ends its attempt. */
function reach(played: PlayedEngine, trial: number, step: number, value: number): Decision | undefined {
  played.report(trial, step, value);
  const [decision] = played.decideAll();
  if (decision === 'pause') played.paused(trial, step, value);
  return decision;
}

/** Binds that many trials and lets each of them reach the first rung with its number as the value. */
function startAtFirstRung(played: PlayedEngine, count: number): void {
  for (const trial of played.bind(count)) reach(played, trial, 1, trial);
}

const origins = (played: PlayedEngine, count = 3): [number, string, number | undefined][] =>
  played.engine.readyList(count).map(({ trial, origin, resource }) => [trial, origin, resource]);

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
