/** What every scheduler promises, as one suite: `schedulerContract('asha', { create, … })` in a test file joins. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDecisionStep } from '../../core/decision-steps.ts';
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import type { LogEvent } from '../../core/events.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import type { Scheduler, SchedulerDefinition } from '../../optimizer/schedulers/scheduler.ts';
import { testSpecification } from '../support/specification.ts';
import { runVirtually } from '../support/virtual-runner.ts';

export interface SchedulerCandidate {
  readonly definition: SchedulerDefinition;
  readonly choice: AlgorithmChoice;
  /** Other trials that must have reported at a step before any trial may be stopped there. */
  readonly minTrials: number;
}

const MAX_STEP = 6;

/** Reports in an order as the log has them: of each trial step 1, 2, 3 … up to where it got, those of different trials mixed. */
const histories = fc
  .array(fc.record({ trial: fc.nat({ max: 7 }), loss: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()) }), {
    maxLength: 40,
  })
  .map((reports) => {
    const steps = new Map<number, number>();
    return reports.flatMap(({ trial, loss }) => {
      const step = (steps.get(trial) ?? 0) + 1;
      steps.set(trial, step);
      return step > MAX_STEP ? [] : [{ trial, step, loss }];
    });
  });

export function schedulerContract(name: string, { definition, choice, minTrials }: SchedulerCandidate): void {
  const create = (): Scheduler => definition.create(choice);
  const plan = definition.decisionSteps(choice);
  /** What leaves a trial its chance. */
  const harmless = create().promoter === undefined ? ['continue'] : ['continue', 'pause'];

  describe(`the ${name} scheduler, as every scheduler,`, () => {
    it('stops no trial until enough others have reported at its step', () => {
      fc.assert(
        fc.property(histories, (reports) => {
          const scheduler = create();
          const reported = new Map<number, Set<number>>();
          for (const { trial, step, loss } of reports) {
            scheduler.observe(trial, step, loss);
            const there = reported.get(step) ?? new Set();
            reported.set(step, there.add(trial));
            if (there.size - 1 < minTrials) expect(scheduler.decide(trial, step)).toBeOneOf(harmless);
          }
        }),
      );
    });

    it('lets a trial that it never heard of, or not at this step, continue', () => {
      fc.assert(
        fc.property(histories, (reports) => {
          const scheduler = create();
          for (const { trial, step, loss } of reports) scheduler.observe(trial, step, loss);
          expect(scheduler.decide(99, 1)).toBe('continue');
          expect(scheduler.decide(0, MAX_STEP + 1)).toBe('continue');
        }),
      );
    });

    it('changes nothing by deciding, and decides the same when rebuilt in order', () => {
      fc.assert(
        fc.property(histories, (reports) => {
          const asked = create();
          for (const { trial, step, loss } of reports) {
            asked.observe(trial, step, loss);
            for (const other of reports) asked.decide(other.trial, other.step);
          }
          const rebuilt = create();
          for (const { trial, step, loss } of reports) rebuilt.observe(trial, step, loss);
          for (const { trial, step } of reports) expect(asked.decide(trial, step)).toBe(rebuilt.decide(trial, step));
        }),
        { numRuns: 100 },
      );
    });

    it('never stops the best trial there is', () => {
      fc.assert(
        fc.property(histories, (reports) => {
          const scheduler = create();
          for (const { trial, step, loss } of reports) scheduler.observe(trial, step, loss);
          const least = Math.min(...reports.map(({ loss }) => loss));
          for (const { trial, step, loss } of reports) if (loss === least) expect(scheduler.decide(trial, step)).toBeOneOf(harmless);
        }),
      );
    });

    it('decides alike in both directions', () => {
      for (const seed of [1, 2, 3]) expect(unsigned(experiment(seed, 'maximize'))).toEqual(unsigned(experiment(seed, 'minimize')));
    });

    it('decides at its decision steps only, and the log of its experiment verifies', () => {
      const log = experiment(4, 'maximize');
      for (const event of log) if (event.type === 'decided') expect(isDecisionStep(plan, event.step)).toBe(true);
      expect(verifyLog(log, { ...builtInAlgorithms, schedulers: [definition] }).differences).toEqual([]);
    });
  });

  function experiment(seed: number, direction: 'minimize' | 'maximize'): LogEvent[] {
    return runVirtually({
      specification: testSpecification({ seed, direction, scheduler: choice, decisionSteps: plan, maxTrials: 20 }),
      seed,
      slots: 4,
      steps: MAX_STEP,
      failing: 0.01,
      algorithms: { ...builtInAlgorithms, schedulers: [definition] },
    });
  }
}

/** The log without what the direction itself changes. */
function unsigned(log: readonly LogEvent[]): unknown[] {
  return log.map((event) => {
    if (event.type === 'submitted') return { ...event, specification: { ...event.specification, direction: null } };
    const value = 'value' in event ? { value: Math.abs(event.value) } : {};
    return { ...event, ...value, ...('metrics' in event ? { metrics: null } : {}) };
  });
}
