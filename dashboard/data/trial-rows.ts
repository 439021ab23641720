/** The rows of a table of trials, a block at a time: only those that are looked at are asked for, and only they are kept new. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import type { components, MaggyClient } from '../../client/index.ts';
import { bodyOf } from '../../client/connection.ts';
import { useApi } from './api.tsx';
import { experimentKey } from './queries.ts';

export type TrialRow = components['schemas']['Trial'];

export interface Listing {
  readonly filter: string;
  readonly sort: string;
  readonly order: 'ascending' | 'descending';
}

const BLOCK = 100;

function blockQuery({ http }: MaggyClient, id: string, { filter, sort, order }: Listing, block: number) {
  const query = { sort, order, offset: block * BLOCK, limit: BLOCK, ...(filter === '' ? {} : { filter }) };
  return queryOptions({
    queryKey: [...experimentKey(id), 'trials', filter, sort, order, block],
    queryFn: ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/trials', { params: { path: { id }, query }, signal })),
  });
}

export interface TrialRows {
  /** Trials that meet the filter; undefined before the first answer. */
  readonly found: number | undefined;
  readonly trials: number;
  readonly error: Error | null;
  /** Undefined while it is on its way. */
  readonly rowAt: (index: number) => TrialRow | undefined;
}

/** @param first, last rows that are looked at */
export function useTrialRows(id: string, listing: Listing, first: number, last: number): TrialRows {
  const { client } = useApi();
  const head = useQuery({ ...blockQuery(client, id, listing, 0), placeholderData: keepPreviousData });
  const from = Math.floor(first / BLOCK);
  const blocks = Array.from({ length: Math.floor(last / BLOCK) - from + 1 }, (_, at) => from + at);
  const answers = useQueries({ queries: blocks.map((block) => blockQuery(client, id, listing, block)) });
  const rowAt = (index: number): TrialRow | undefined => {
    const block = Math.floor(index / BLOCK);
    const answer = answers[block - from]?.data ?? (block === 0 ? head.data : undefined);
    return answer?.items[index % BLOCK];
  };
  return {
    found: head.data?.found,
    trials: head.data?.trials ?? 0,
    error: head.error ?? answers.find(({ error }) => error !== null)?.error ?? null,
    rowAt,
  };
}
