/** What deciding costs as trials grow in number: counted, not timed. */
import { describe, expect, it } from 'vitest';
import { countOperations } from '../support/operations.ts';
import { stepsUsed } from '../../optimizer/simulation/measures.ts';
import { simulate } from '../../optimizer/simulation/simulate.ts';
import { wholeCurve, type Workload } from '../../optimizer/simulation/workload.ts';

const STEPS = 9;
const [FEW, MANY] = [300, 2400];
const workload: Workload = {
  space: { x: { type: 'float', min: 0, max: 1 } },
  direction: 'minimize',
  curve: ({ x }) =>
    wholeCurve(Array.from({ length: STEPS }, (_, index) => ({ step: index + 1, value: Number(x) + 1 / (index + 2), seconds: 1 }))),
};
const asha = { type: 'asha', maxResource: STEPS };
const schedulers = [
  { type: 'none' },
  { type: 'median' },
  asha,
  { ...asha, mode: 'promote' },
  { type: 'hyperband', maxResource: STEPS },
  { type: 'hyperband', mode: 'promote', maxResource: STEPS },
];

/** Of the whole optimizer, for each step of a trial. */
async function operationsOfStep(maxTrials: number, scheduler: (typeof schedulers)[number]): Promise<number> {
  let steps = 0;
  const operations = await countOperations('/optimizer/', () => {
    const optimizer = { sampler: { type: 'random' }, maxTrials, scheduler };
    steps = stepsUsed(simulate({ workload, workers: 50, stragglers: { perAttempt: 0.6, perStep: 0.2 }, optimizer }));
  });
  return operations / steps;
}

describe('the work of a step', () => {
  // Places in rankings are found by bisection. If it did nothing else, its work would grow with the logarithm of the trials.
  it.each(schedulers)(
    'does not grow with the number of trials, under $type $mode',
    async (scheduler) => {
      // Whatever happens once only.
      await operationsOfStep(50, scheduler);
      const [few, many] = [await operationsOfStep(FEW, scheduler), await operationsOfStep(MANY, scheduler)];
      expect(many / few).toBeLessThan(Math.log(MANY) / Math.log(FEW));
    },
    60_000,
  );
});
