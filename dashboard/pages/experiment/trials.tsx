/** All trials as a table that is filtered, sorted and read by the server, stretch by stretch: a hundred thousand cost what a hundred do. */
import type { Listing } from '../../data/trial-rows.ts';
import { SearchField } from '../../parts/search-field.tsx';
import { useView } from '../../parts/view.ts';
import { columnsOf } from './trial-columns.tsx';
import { TrialTable } from './trial-table.tsx';
import { useExperiment } from './page.tsx';

export function TrialsView() {
  const experiment = useExperiment();
  const [filter, setFilter] = useView('filter');
  const [sorting, setSorting] = useView('sort', 'number');
  const [hidden, setHidden] = useView('hide', 'attempts,started,worker');
  const listing: Listing = { filter, ...sortingOf(sorting) };
  const columns = columnsOf(experiment);
  const away = hidden.split(',');
  const toggle = (id: string): void => setHidden((away.includes(id) ? away.filter((other) => other !== id) : [...away, id]).join(','));
  return (
    <section className="panel" aria-label="Trials">
      <header>
        <SearchField name="Filter" placeholder="value<0.3 learningRate>=1e-3 state=completed" value={filter} onChange={setFilter} isWide />
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
        key={`${filter} ${sorting}`}
        id={experiment.id}
        columns={columns.filter(({ id }) => !away.includes(id))}
        listing={listing}
        onSort={(column) => setSorting(column === sorting ? `-${column}` : column)}
      />
    </section>
  );
}

/** `-value` in the address: by value, the greatest first. One name for both, so that a click is one change of the address. */
function sortingOf(sorting: string): Omit<Listing, 'filter'> {
  return sorting.startsWith('-') ? { sort: sorting.slice(1), order: 'descending' } : { sort: sorting, order: 'ascending' };
}
