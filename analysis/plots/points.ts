/** Completed trials with their params, for parallel coordinates and slices: the best ones, and of the rest every so many by rank. */
import Type, { type Static } from 'typebox';
import { invalid } from '../../core/errors.ts';
import { mustBeOneOf } from '../../core/schema-words.ts';
import { evenly } from '../thinning.ts';
import { Axis, short, type Dimension, type TrialTable } from './table.ts';

export const Points = Type.Object(
  {
    position: Type.Integer(),
    trials: Type.Integer({ description: 'Completed trials' }),
    axes: Type.Array(Axis),
    number: Type.Array(Type.Integer(), { description: 'Those shown, the best first' }),
    value: Type.Array(Type.Number()),
    columns: Type.Array(Type.Array(Type.Union([Type.Number(), Type.Null()])), {
      description: 'For each axis, the value of each trial shown: a number, the place of a choice, or null where the parameter is inactive',
    }),
  },
  { additionalProperties: false, title: 'PointsPlot' },
);
export type Points = Omit<Static<typeof Points>, 'position'>;

/** What an answer may hold, at some ten characters a number. */
const MOST_NUMBERS = 26_000;

/** @param names parameters; all where none is named */
export function pointsOf(table: TrialTable, names: readonly string[] | undefined, limit = 2000): Points {
  const dimensions = names === undefined ? table.dimensions : names.map((name) => dimensionOf(table, name));
  const ranked = table.ranked();
  const shown = selection(ranked, Math.min(limit, Math.floor(MOST_NUMBERS / (dimensions.length + 2))));
  return {
    trials: ranked.length,
    axes: dimensions.map(({ axis }) => axis),
    number: shown,
    value: shown.map((number) => short(table.valueOf(number))),
    columns: dimensions.map(({ column }) => shown.map((number) => numberOrNull(column[number]))),
  };
}

/** @throws MaggyError `invalid` where there is no such parameter */
export function dimensionOf(table: TrialTable, name: string, field = 'parameters'): Dimension {
  const found = table.dimensions.find(({ axis }) => axis.name === name);
  if (found !== undefined) return found;
  const names = table.dimensions.map(({ axis }) => axis.name);
  throw invalid(field, mustBeOneOf(names, name), name);
}

/** A fifth of them the best, since that is where people look. */
export function selection(ranked: readonly number[], count: number): number[] {
  const best = Math.floor(count / 5);
  return [...ranked.slice(0, best), ...evenly(ranked.slice(best), count - best)];
}

function numberOrNull(value = NaN): number | null {
  return Number.isNaN(value) ? null : short(value);
}
