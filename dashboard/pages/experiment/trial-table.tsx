/** The rows that are in sight, and the heads to sort by. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { useTrialRows, type Listing } from '../../data/trial-rows.ts';
import { Blank, Failure, Loading } from '../../parts/blank.tsx';
import { counted } from '../../parts/words.ts';
import type { Column } from './trial-columns.tsx';

/** px */
const ROW = 36;

interface TrialTableProps {
  readonly id: string;
  readonly columns: readonly Column[];
  readonly listing: Listing;
  readonly onSort: (column: string) => void;
}

export function TrialTable({ id, columns, listing, onSort }: TrialTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const known = useTrialRows(id, listing, 0, 0);
  const { found = 0, trials, error } = known;
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing that it answers is kept beyond a render
  const virtual = useVirtualizer({ count: found, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  const items = virtual.getVirtualItems();
  const { rowAt } = useTrialRows(id, listing, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const template = { gridTemplateColumns: columns.map(({ width }) => `minmax(${width}rem, ${width}fr)`).join(' ') };
  if (known.found === undefined) return error === null ? <Loading /> : <Failure error={error} />;
  return (
    <>
      <div ref={scroller} className="trials" role="table" aria-label="Trials" aria-rowcount={found + 1} tabIndex={0}>
        <div role="row" aria-rowindex={1} className="head" style={template}>
          {columns.map((column) => (
            <Head key={column.id} column={column} listing={listing} onSort={onSort} />
          ))}
        </div>
        <div role="rowgroup" className="body" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rowAt(index);
            return (
              <div
                key={index}
                role="row"
                aria-rowindex={index + 2}
                className="line"
                style={{ ...template, transform: `translateY(${start}px)` }}
              >
                {columns.map(({ id: name, isNumber, cell }) => (
                  <div key={name} role="cell" className={isNumber ? 'number' : ''}>
                    {row === undefined ? '…' : cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {error === null ? null : <Failure error={error} />}
      {found === 0 ? <Blank>{trials === 0 ? 'No trial has started yet.' : 'No trial meets the filter.'}</Blank> : null}
      <p className="small soft" role="status">
        {counted(found)} of {counted(trials)} trials
      </p>
    </>
  );
}

interface HeadProps {
  readonly column: Column;
  readonly listing: Listing;
  readonly onSort: (column: string) => void;
}

function Head({ column: { id, title, isSortable, isNumber }, listing: { sort, order }, onSort }: HeadProps) {
  const className = isNumber ? 'number' : '';
  if (!isSortable) {
    return (
      <div role="columnheader" className={className}>
        {title}
      </div>
    );
  }
  const isSorted = sort === id;
  return (
    <div role="columnheader" className={className} aria-sort={isSorted ? order : 'none'}>
      <button type="button" onClick={() => onSort(id)}>
        {title}
        <span aria-hidden="true">{isSorted ? (order === 'ascending' ? ' ↑' : ' ↓') : ''}</span>
      </button>
    </div>
  );
}
