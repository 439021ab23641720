/** A stretch of a table of trials: those that meet a filter, sorted by any column, from any place on. The rows themselves are read by number. */
import Type, { type Static } from 'typebox';
import { TrialRow } from '../../core/results.ts';
import { filtered } from './filter.ts';
import { dimensionOf } from './points.ts';
import type { TrialTable } from './table.ts';

export const Listing = Type.Object(
  {
    position: Type.Integer(),
    trials: Type.Integer({ description: 'Trials of the experiment' }),
    found: Type.Integer({ description: 'Those that meet the filter' }),
    offset: Type.Integer({ description: 'Place of the first item among them' }),
    items: Type.Array(TrialRow),
  },
  { additionalProperties: false, title: 'TrialListing' },
);

export const ListingOrder = Type.Enum(['ascending', 'descending']);

export interface ListingQuery {
  readonly filter?: string;
  /** `number`, `value`, `state` or the name of a parameter. */
  readonly sort?: string;
  readonly order?: Static<typeof ListingOrder>;
}

/** Numbers of the trials in the order asked for; those that lack what is sorted by come last, equal ones by number. */
export function listed(table: TrialTable, { filter = '', sort = 'number', order = 'ascending' }: ListingQuery): number[] {
  const numbers = filtered(table, filter);
  const of = columnOf(table, sort);
  const sign = order === 'ascending' ? 1 : -1;
  return numbers.sort((a, b) => {
    const [left, right] = [of(a), of(b)];
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right)) || a - b;
    return sign * (left - right) || a - b;
  });
}

const stateOrder = ['running', 'queued', 'paused', 'completed', 'stopped', 'failed'];

function columnOf(table: TrialTable, name: string): (number: number) => number {
  if (name === 'number') return (number) => number;
  if (name === 'value') return (number) => table.valueOf(number);
  if (name === 'state') return (number) => stateOrder.indexOf(table.states[number] ?? '');
  const { column } = dimensionOf(table, name, 'sort');
  return (number) => column[number] ?? NaN;
}
