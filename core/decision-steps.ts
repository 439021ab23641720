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

/**
 * Whether the scheduler decides after a report at `step`: a step of the plan was reached since the report before. A trial that reports every
 * fifth epoch only is decided on at the first of its reports at or beyond each step of the plan, not never.
 *
 * @param before step of the trial's report before this one, 0 for its first
 */
export function isDecisionStep(plan: DecisionSteps, step: number, before = step - 1): boolean {
  switch (plan.at) {
    case 'never':
      return false;
    case 'every':
      return passed(plan, step) > passed(plan, before);
    case 'steps':
      return plan.steps.some((planned) => before < planned && planned <= step) || isBeyondLast(plan, step);
  }
}

/** Steps of the plan up to `step`. */
function passed({ first, interval }: { readonly first: number; readonly interval: number }, step: number): number {
  return step < first ? 0 : 1 + Math.floor((step - first) / interval);
}

/** Whether a trial that reports `step` has had all it was to get. */
export function isBeyondLast(plan: DecisionSteps, step: number): boolean {
  return plan.at === 'steps' && step > plan.last;
}
