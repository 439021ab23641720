/** A specification for tests: whatever a test does not care about has one value here. */
import type { MedianSchedulerOptions } from '../../core/catalogue.ts';
import type { Specification } from '../../core/experiment.ts';

/** Content hash of the training function that test workers hold. */
export const FUNCTION_HASH = 'a'.repeat(64);

const median: MedianSchedulerOptions = { type: 'median', minTrials: 1 };
/** A scheduler that decides at every step. */
export const withMedian = { scheduler: median, decisionSteps: { at: 'every', first: 1, interval: 1 } } as const;

/** @param given what the test is about; the id must be fresh where Redis is shared */
export function testSpecification(given: Partial<Specification> = {}): Specification {
  return {
    version: 1,
    id: 'e00000',
    kind: 'tune',
    tags: [],
    trainingFunction: { name: 'quadratic', hash: FUNCTION_HASH },
    pool: 'default',
    space: { x: { type: 'float', min: -1, max: 1 }, y: { type: 'float', min: 1e-5, max: 1, scale: 'log' } },
    metric: 'value',
    direction: 'minimize',
    sampler: { type: 'random' },
    scheduler: { type: 'none' },
    decisionSteps: { at: 'never' },
    maxTrials: 10,
    maxAttempts: 3,
    maxSilenceSeconds: 60,
    seed: 7,
    priority: 1,
    replicates: 1,
    dataset: {},
    ...given,
  };
}
