/**
 * At which steps a scheduler decides, as plain data: workers need it to know at which report to wait, and must not know
 * the schedulers themselves. Stored in the specification.
 */
import Type, { type Static } from 'typebox';

export const DecisionSteps = Type.Union([
  Type.Object({ at: Type.Literal('never') }, { additionalProperties: false }),
  Type.Object(
    { at: Type.Literal('every'), first: Type.Integer({ minimum: 1 }), interval: Type.Integer({ minimum: 1 }) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      at: Type.Literal('steps'),
      steps: Type.Array(Type.Integer({ minimum: 1 })),
      /** The most that a trial gets: whoever goes on beyond it is stopped there, and has completed. */
      last: Type.Integer({ minimum: 1 }),
    },
    { additionalProperties: false },
  ),
]);
export type DecisionSteps = Static<typeof DecisionSteps>;

/** Whether the scheduler decides after `step`. */
export function isDecisionStep(plan: DecisionSteps, step: number): boolean {
  switch (plan.at) {
    case 'never':
      return false;
    case 'every':
      return step >= plan.first && (step - plan.first) % plan.interval === 0;
    case 'steps':
      return plan.steps.includes(step) || isBeyondLast(plan, step);
  }
}

/** Whether a trial that reports `step` has had all it was to get. */
export function isBeyondLast(plan: DecisionSteps, step: number): boolean {
  return plan.at === 'steps' && step > plan.last;
}
