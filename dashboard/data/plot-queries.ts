/** What plots are drawn from. A plot that is asked for again costs the server nothing while the experiment stands where it stood. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { MaggyClient } from '../../client/index.ts';
import { bodyOf } from '../../client/connection.ts';
import { experimentKey } from './queries.ts';

/** While an answer for other arguments comes, the one before stays: nothing jumps. */
const steady = { placeholderData: keepPreviousData } as const;

export function historyQuery({ http }: MaggyClient, id: string) {
  return queryOptions({
    queryKey: [...experimentKey(id), 'plot', 'history'],
    queryFn: ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/history', { params: { path: { id } }, signal })),
    ...steady,
  });
}
