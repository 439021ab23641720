import { describe, expect, it } from 'vitest';
import type { TrialRow } from '../../core/results.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { longestCurve, mostAtOnce, whatIf, type RecordedExperiment, type RecordedTrial } from '../../optimizer/simulation/what-if.ts';
import { refusal } from '../core/refusal.ts';

const START = 1_700_000_000_000;
const STEPS = 9;

/** Trial `number` begins after `number` seconds and takes a second a step; its losses fall towards its number. */
function trial(number: number, { steps = STEPS, given = {} }: { steps?: number; given?: Partial<TrialRow> } = {}): RecordedTrial {
  const startedAt = START + 1000 * number;
  const reports = Array.from({ length: steps }, (_, index) => ({
    attempt: 1,
    step: index + 1,
    value: number + 1 / (index + 1),
    at: startedAt + 1000 * (index + 1),
  }));
  const row: TrialRow = {
    number,
    state: 'completed',
    params: { x: number / 100 },
    seed: 1,
    origin: 'suggested',
    value: number + 1 / steps,
    metrics: null,
    lastStep: steps,
    reports: steps,
    attempts: 1,
    failure: null,
    worker: 'w',
    slot: 0,
    startedAt,
    endedAt: startedAt + 1000 * steps,
    durationSeconds: steps,
    ...given,
  };
  return { row, reports };
}

function experiment(trials: readonly RecordedTrial[]): RecordedExperiment {
  return { space: { x: { type: 'float', min: 0, max: 1 } }, direction: 'minimize', trials };
}

const none = { scheduler: { type: 'none' }, workers: 2, algorithms: builtInAlgorithms };
const asha = { ...none, scheduler: { type: 'asha', maxResource: STEPS } };
const whole = experiment(Array.from({ length: 20 }, (_, number) => trial(number)));

describe('what another scheduler would have made of an experiment', () => {
  it('is what was recorded, under none', () => {
    const { recorded, replayed, unknown } = whatIf(whole, none);
    expect(recorded).toEqual({ steps: 20 * STEPS, seconds: (20 * STEPS) / 2, completed: 20, best: { trial: 0, value: 1 / STEPS } });
    expect(replayed).toEqual(recorded);
    expect(unknown).toBe(0);
  });

  it('is fewer steps and less time, and the best trial where it shows early, under asha', () => {
    const { recorded, replayed, unknown } = whatIf(whole, asha);
    expect(replayed.steps).toBeLessThan(recorded.steps / 2);
    expect(replayed.seconds).toBeLessThan(recorded.seconds / 2);
    expect(replayed.best).toEqual(recorded.best);
    expect(unknown).toBe(0);
  });

  it('may be the loss of a best trial that begins badly', () => {
    // The last trial is the best of all at its end, and the worst after its first step.
    const late = trial(20);
    const turning = {
      row: { ...late.row, value: -1 },
      reports: late.reports.map((report) => ({ ...report, value: report.step === STEPS ? -1 : 100 })),
    };
    const { recorded, replayed } = whatIf(experiment([...whole.trials, turning]), asha);
    expect(recorded.best).toEqual({ trial: 20, value: -1 });
    expect(replayed.best).toEqual({ trial: 0, value: 1 / STEPS });
  });

  it('ends a trial where its recording ends, and counts it as unknown', () => {
    const trials = whole.trials.map((recorded) =>
      recorded.row.number === 0 ? trial(0, { steps: 4, given: { state: 'stopped' } }) : recorded,
    );
    const { recorded, replayed, unknown } = whatIf(experiment(trials), none);
    expect(unknown).toBe(1);
    expect(recorded.steps).toBe(19 * STEPS + 4);
    expect(replayed).toEqual(recorded);
    expect(replayed.best).toEqual({ trial: 1, value: 1 + 1 / STEPS });
  });

  it('does not count a trial as unknown that the replay ends before its recording does', () => {
    const [best] = whole.trials;
    const stopped = trial(1, { steps: 4, given: { state: 'stopped' } });
    if (best === undefined) throw new Error('no trial');
    // One worker, so that the worse trial comes to the first rung after the better one.
    expect(whatIf(experiment([best, stopped]), { ...asha, workers: 1 })).toMatchObject({ replayed: { steps: STEPS + 1 }, unknown: 0 });
  });

  it('takes a later attempt for what it is: steps that were gone over again count once, at the usual length', () => {
    const { row, reports } = trial(0);
    // The second attempt began a minute after the first one broke off after step 5, and went over steps 4 and 5 again.
    const again = reports.slice(3).map((report) => ({ ...report, attempt: 2, value: report.value + 7, at: report.at + 60_000 }));
    const broken = { row: { ...row, endedAt: again.at(-1)?.at ?? 0 }, reports: [...reports.slice(0, 5), ...again] };
    const { recorded } = whatIf(experiment([broken]), { ...none, workers: 1 });
    expect(recorded).toMatchObject({ steps: STEPS, seconds: STEPS });
  });

  it('keeps what failed, with the time it took', () => {
    const failed = trial(1, { steps: 0, given: { state: 'failed', value: null, endedAt: START + 1000 + 5000 } });
    const { recorded } = whatIf(experiment([trial(0), failed]), { ...none, workers: 1 });
    expect(recorded).toMatchObject({ steps: STEPS, seconds: STEPS + 5, completed: 1 });
  });

  it('is refused for a trial that is not over', () => {
    const running = trial(0, { given: { state: 'running', endedAt: null } });
    expect(refusal(() => whatIf(experiment([running]), none))).toContain('must have ended');
  });
});

describe('a recorded experiment', () => {
  it('knows its longest curve and how many trials ran at once', () => {
    expect(longestCurve(whole)).toBe(STEPS);
    // They begin a second after one another and take nine: one ends as the next begins.
    expect(mostAtOnce(whole)).toBe(9);
  });

  it('takes a trial that was paused for ever as working until its last report only', () => {
    const paused = trial(0, { steps: 1, given: { state: 'stopped', endedAt: START + 3_600_000 } });
    expect(mostAtOnce(experiment([paused, trial(5)]))).toBe(1);
    expect(whatIf(experiment([paused]), none).recorded.seconds).toBe(1);
  });
});
