/** All trials as a table that is filtered, sorted and read by the server, stretch by stretch: a hundred thousand cost what a hundred do. */
import { useEffect, useState } from 'react';
import { useView } from '../../parts/view.ts';
import type { Listing } from '../../data/trial-rows.ts';
import { columnsOf } from './trial-columns.tsx';
import { TrialTable } from './trial-table.tsx';
import { useExperiment } from './page.tsx';

const quietMs = 300;

export function TrialsView() {
  const experiment = useExperiment();
  const [filter, setFilter] = useView('filter');
  const [sort, setSort] = useView('sort', 'number');
  const [order, setOrder] = useView('order', 'ascending');
  const [hidden, setHidden] = useView('hide', 'attempts,started,worker');
  const listing: Listing = { filter, sort, order: order === 'descending' ? 'descending' : 'ascending' };
  const columns = columnsOf(experiment);
  const away = hidden.split(',');
  const toggle = (id: string): void => setHidden((away.includes(id) ? away.filter((other) => other !== id) : [...away, id]).join(','));
  return (
    <section className="panel" aria-label="Trials">
      <header>
        <FilterField filter={filter} onChange={setFilter} />
        <details className="menu">
          <summary>Columns</summary>
          <div className="stack">
            {columns.slice(1).map(({ id, title }) => (
              <label key={id} className="choice">
                <input type="checkbox" checked={!away.includes(id)} onChange={() => toggle(id)} />
                {title}
              </label>
            ))}
          </div>
        </details>
      </header>
      <TrialTable
        // Another list begins at its top.
        key={`${filter} ${sort} ${order}`}
        id={experiment.id}
        columns={columns.filter(({ id }) => !away.includes(id))}
        listing={listing}
        onSort={(column) => {
          setSort(column);
          setOrder(column === sort && order === 'ascending' ? 'descending' : 'ascending');
        }}
      />
    </section>
  );
}

/** What is typed counts once the typing has paused. */
function FilterField({ filter, onChange }: { readonly filter: string; readonly onChange: (filter: string) => void }) {
  const [text, setText] = useState(filter);
  useEffect(() => {
    if (text === filter) return;
    const timer = setTimeout(() => onChange(text), quietMs);
    return () => clearTimeout(timer);
  });
  return (
    <label className="field wide">
      <span>Filter</span>
      <input
        type="search"
        placeholder="value<0.3 learningRate>=1e-3 state=completed"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </label>
  );
}
