/** How a search went: values of trials by number, thinned for each state by itself (`thinning.ts`), and the best so far, exactly. */
import Type, { type Static } from 'typebox';
import { StateSchema, type State } from '../../core/states.ts';
import { evenly, m4 } from '../thinning.ts';
import { short, type TrialTable } from './table.ts';

export const History = Type.Object(
  {
    position: Type.Integer(),
    trials: Type.Integer({ description: 'Trials of the experiment' }),
    points: Type.Object(
      {
        number: Type.Array(Type.Integer()),
        value: Type.Array(Type.Number({ description: 'Final value; of a trial that has not completed its last report' })),
        state: Type.Array(StateSchema),
      },
      { description: 'Those drawn, by number: one entry in each list a trial' },
    ),
    best: Type.Object(
      { number: Type.Array(Type.Integer()), value: Type.Array(Type.Number()) },
      { description: 'Completed trials that were better than all with lower numbers' },
    ),
    failed: Type.Array(Type.Integer(), { description: 'Numbers of failed trials, which have no value' }),
  },
  { additionalProperties: false, title: 'HistoryPlot' },
);
export type History = Omit<Static<typeof History>, 'position'>;

/** Of each state: 4 × 200 points at most. */
const STRETCHES = 200;
const MOST_STEPS = 1000;

export function historyOf(table: TrialTable): History {
  const shown = (['completed', 'stopped', 'paused', 'running'] as const).flatMap((state) => drawn(table, state)).sort((a, b) => a - b);
  const best = improvements(table);
  const failed = table.states.flatMap((state, number) => (state === 'failed' ? [number] : []));
  return {
    trials: table.length,
    points: {
      number: shown,
      value: shown.map((number) => short(table.valueOf(number))),
      state: shown.map((number) => table.states[number] ?? 'queued'),
    },
    best: { number: [...best], value: best.map((number) => short(table.valueOf(number))) },
    failed: [...evenly(failed, MOST_STEPS)],
  };
}

function drawn(table: TrialTable, state: State): number[] {
  const numbers = table.states.flatMap((held, number) => (held === state ? [number] : []));
  const kept = m4(
    numbers.map((number) => table.valueOf(number)),
    STRETCHES,
  );
  return kept.flatMap((at) => numbers[at] ?? []);
}

function improvements(table: TrialTable): readonly number[] {
  let least = Infinity;
  const better = table.completed().filter((number) => {
    const isBetter = table.lossOf(number) < least;
    if (isBetter) least = table.lossOf(number);
    return isBetter;
  });
  return evenly(better, MOST_STEPS);
}
