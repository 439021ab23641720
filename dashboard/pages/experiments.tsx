/** All experiments, newest first, searched by name, function, tag or id. The address holds what is searched for. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'react-router';
import { useApi } from '../data/api.tsx';
import { experimentsQuery, type ExperimentSummary, type State } from '../data/queries.ts';
import { Blank, Failure, Loading } from '../parts/blank.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { useView } from '../parts/view.ts';
import { states } from '../parts/words.ts';
import { ExperimentTable } from './experiment-table.tsx';

export function ExperimentsPage() {
  const { client } = useApi();
  const [text, setText] = useView('search');
  const [chosen, setState] = useView('state');
  const state = states.find((known) => known === chosen);
  const query = useInfiniteQuery(experimentsQuery(client, state === undefined ? {} : { state }));
  const all = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const found = all.filter((experiment) => matches(experiment, text));

  const { hasNextPage, isFetching, fetchNextPage } = query;
  // The API does not search, so further pages are fetched until there is enough to show.
  const wantsMore = text !== '' && found.length < 20 && hasNextPage && !isFetching;
  useEffect(() => {
    if (wantsMore) void fetchNextPage();
  }, [wantsMore, fetchNextPage]);

  return (
    <>
      <div className="row apart">
        <h1>Experiments</h1>
        <Link className="primary" to="/submit">
          Submit an experiment
        </Link>
      </div>
      <div className="row" role="search">
        <SearchField name="Search" placeholder="name, function, tag or id" value={text} onChange={setText} />
        <StateFilter state={state} onChange={setState} />
      </div>
      {query.error !== null && all.length === 0 ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Loading /> : null}
      {found.length > 0 ? <ExperimentTable experiments={found} /> : null}
      {query.data !== undefined && found.length === 0 ? <Nothing isSearched={text !== '' || state !== undefined} /> : null}
      {hasNextPage ? (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show older ones
        </button>
      ) : null}
    </>
  );
}

function StateFilter({ state, onChange }: { readonly state: State | undefined; readonly onChange: (value: string) => void }) {
  return (
    <label className="field">
      <span>State</span>
      <select value={state ?? ''} onChange={({ target }) => onChange(target.value)}>
        <option value="">any</option>
        {states.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Nothing({ isSearched }: { readonly isSearched: boolean }) {
  if (isSearched) return <Blank>No experiment matches.</Blank>;
  return (
    <Blank>
      <p>There is no experiment yet.</p>
      <Link to="/submit">Submit the first one</Link>
    </Blank>
  );
}

function matches({ id, name, trainingFunction, tags }: ExperimentSummary, text: string): boolean {
  const sought = text.toLowerCase().split(/\s+/);
  const told = [id, name ?? '', trainingFunction, ...tags].join(' ').toLowerCase();
  return sought.every((word) => told.includes(word));
}
