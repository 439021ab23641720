/** The columns of the table of trials: those that every trial has, and one for each parameter that is searched. */
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Experiment } from '../../data/queries.ts';
import type { TrialRow } from '../../data/trial-rows.ts';
import { paramText } from '../../parts/params.tsx';
import { StateWord } from '../../parts/state.tsx';
import { counted, duration, moment, shown } from '../../parts/words.ts';

export interface Column {
  /** Also what it is sorted by, where it can be. */
  readonly id: string;
  readonly title: string;
  readonly isSortable: boolean;
  readonly isNumber: boolean;
  /** rem */
  readonly width: number;
  readonly cell: (row: TrialRow) => ReactNode;
}

export function columnsOf({ id, metric, specification }: Experiment): readonly Column[] {
  const params = Object.entries(specification.space)
    .filter(([, parameter]) => parameter.type !== 'constant')
    .map(([name, parameter]) => ({
      ...plain(name, name, 8),
      isSortable: true,
      isNumber: !('choices' in parameter) || parameter.choices.every((choice) => typeof choice === 'number'),
      cell: ({ params: given }: TrialRow) => paramText(given[name]),
    }));
  return [
    {
      ...plain('number', 'Trial', 5),
      isSortable: true,
      isNumber: true,
      cell: ({ number }) => <Link to={`/experiments/${id}/trials/${number}`}>{number}</Link>,
    },
    { ...plain('state', 'State', 8), isSortable: true, cell: ({ state }) => <StateWord state={state} /> },
    { ...plain('value', metric, 7), isSortable: true, isNumber: true, cell: ({ value }) => (value === null ? '–' : shown(value)) },
    ...params,
    { ...plain('steps', 'Steps', 5), isNumber: true, cell: ({ lastStep }) => counted(lastStep) },
    { ...plain('attempts', 'Attempts', 6), isNumber: true, cell: ({ attempts }) => counted(attempts) },
    {
      ...plain('duration', 'Lasted', 7),
      isNumber: true,
      cell: ({ durationSeconds }) => (durationSeconds === null ? '–' : duration(durationSeconds)),
    },
    { ...plain('started', 'Started', 11), cell: ({ startedAt }) => (startedAt === null ? '–' : moment(startedAt)) },
    { ...plain('worker', 'Worker', 12), cell: ({ worker, slot }) => (worker === null ? '–' : `${worker} · ${slot ?? ''}`) },
  ];
}

function plain(id: string, title: string, width: number) {
  return { id, title, width, isSortable: false, isNumber: false };
}
