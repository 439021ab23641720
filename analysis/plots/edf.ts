/** The empirical distribution of the values of completed trials: which share of them is at most so large. */
import Type, { type Static } from 'typebox';
import { evenly } from '../thinning.ts';
import { short, type TrialTable } from './table.ts';

export const Distribution = Type.Object(
  {
    position: Type.Integer(),
    trials: Type.Integer({ description: 'Completed trials' }),
    value: Type.Array(Type.Number(), { description: 'In rising order' }),
    share: Type.Array(Type.Number({ description: 'Of the completed trials, those with at most this value' })),
  },
  { additionalProperties: false, title: 'DistributionPlot' },
);
export type Distribution = Omit<Static<typeof Distribution>, 'position'>;

const MOST_STEPS = 500;

export function distributionOf(table: TrialTable): Distribution {
  const sorted = Float64Array.from(table.completed(), (number) => table.valueOf(number)).sort();
  const steps = [...sorted].flatMap((value, at) => (value === sorted[at + 1] ? [] : [at]));
  const shown = [...new Set([...steps.slice(0, 1), ...evenly(steps, MOST_STEPS)])];
  return {
    trials: sorted.length,
    value: shown.map((at) => short(sorted[at] ?? NaN)),
    share: shown.map((at) => short((at + 1) / sorted.length)),
  };
}
