/**
 * What a forest expects of any two parameters, whatever the others are: its marginal over their cells (equation 1 of `importance/fanova.ts`).
 * Where nobody has been it extrapolates, so some of the trials stand beside it.
 */
import Type, { type Static } from 'typebox';
import { invalid } from '../../core/errors.ts';
import { StateSchema } from '../../core/states.ts';
import { growForest } from '../importance/forest.ts';
import { marginal } from '../importance/fanova.ts';
import { evenly } from '../thinning.ts';
import { forestStream, sampleOf } from './importance.ts';
import { dimensionOf, selection } from './points.ts';
import { Axis, short, type Dimension, type TrialTable } from './table.ts';

const Side = Type.Object({ axis: Axis, at: Type.Array(Type.Number(), { description: 'Middle of each cell' }) });

export const Contour = Type.Object(
  {
    position: Type.Integer(),
    trials: Type.Integer({ description: 'Completed trials in which both parameters are active' }),
    sample: Type.Integer({ description: 'Of them, those that the answer rests on' }),
    x: Side,
    y: Side,
    points: Type.Object(
      {
        number: Type.Array(Type.Integer()),
        x: Type.Array(Type.Number()),
        y: Type.Array(Type.Number()),
        value: Type.Array(Type.Union([Type.Number(), Type.Null()])),
        state: Type.Array(StateSchema),
      },
      {
        description:
          'Trials in which both are active: the best, and others evenly by rank; of those that have not completed, evenly by number',
      },
    ),
    value: Type.Array(Type.Array(Type.Number()), { description: 'For each cell of y a list over the cells of x; empty without trials' }),
  },
  { additionalProperties: false, title: 'ContourPlot' },
);
export type Contour = Omit<Static<typeof Contour>, 'position'>;

const SAMPLE = 1000;
/** Of each kind, completed or not: more would hide what they lie on. */
const POINTS = 250;

export function contourOf(table: TrialTable, xName: string, yName: string): Contour {
  if (xName === yName) throw invalid('y', 'must be another parameter than x', yName);
  const [x, y] = [dimensionOf(table, xName, 'x'), dimensionOf(table, yName, 'y')];
  const isInside = (number: number): boolean => !Number.isNaN(x.column[number] ?? NaN) && !Number.isNaN(y.column[number] ?? NaN);
  const ranked = table.ranked().filter(isInside);
  const trials = evenly(ranked, SAMPLE);
  const sample = sampleOf(table, trials);
  const [xAt, yAt] = [table.dimensions.indexOf(x), table.dimensions.indexOf(y)];
  const [width, height] = [sample.cells[xAt] ?? 1, sample.cells[yAt] ?? 1];
  const forest = trials.length === 0 ? [] : growForest(sample, forestStream());
  const sum = new Float64Array(width * height);
  for (const tree of forest)
    for (const [cell, value] of marginal(tree, sample.cells, [yAt, xAt]).entries()) sum[cell] = (sum[cell] ?? 0) + value;
  const rows = Array.from({ length: height }, (_, row) =>
    Array.from(sum.subarray(row * width, (row + 1) * width), (value) => short(value / forest.length)),
  );
  return {
    trials: ranked.length,
    sample: trials.length,
    x: { axis: x.axis, at: middles(x, width) },
    y: { axis: y.axis, at: middles(y, height) },
    points: pointsOn(table, x, y, [...selection(ranked, POINTS), ...evenly(others(table).filter(isInside), POINTS)]),
    value: forest.length === 0 ? [] : rows,
  };
}

/** Trials without a final value, in rising order. */
function others(table: TrialTable): number[] {
  return table.states.flatMap((state, number) => (state === undefined || state === 'completed' ? [] : [number]));
}

function pointsOn(table: TrialTable, x: Dimension, y: Dimension, numbers: readonly number[]): Contour['points'] {
  const value = numbers.map((number) => table.valueOf(number));
  return {
    number: [...numbers],
    x: numbers.map((number) => short(x.column[number] ?? NaN)),
    y: numbers.map((number) => short(y.column[number] ?? NaN)),
    value: value.map((reached) => (Number.isNaN(reached) ? null : short(reached))),
    state: numbers.map((number) => table.states[number] ?? 'queued'),
  };
}

function middles({ entry, axis }: Dimension, cells: number): number[] {
  return Array.from({ length: cells }, (_, cell) => {
    const value = entry.parameter.decode((cell + 0.5) / cells);
    return axis.choices === null ? short(Number(value)) : axis.choices.indexOf(value);
  });
}
