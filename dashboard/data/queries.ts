/** What the page asks, by name: one function a question. Everything of one experiment has a key that begins with its id. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { components, MaggyClient } from '../../client/index.ts';
import { bodyOf } from '../../client/connection.ts';

type Schemas = components['schemas'];
export type ExperimentSummary = Schemas['ExperimentSummary'];
export type Experiment = Schemas['Experiment'];
export type Result = Schemas['Result'];
export type State = ExperimentSummary['state'];

export interface ExperimentFilter {
  readonly state?: State;
  readonly tag?: string;
}

const listRefreshMs = 3000;

export const experimentKey = (id: string) => ['experiment', id] as const;

export function experimentsQuery({ http }: MaggyClient, filter: ExperimentFilter) {
  return infiniteQueryOptions({
    queryKey: ['experiments', filter],
    queryFn: ({ pageParam, signal }) =>
      bodyOf(
        http.GET('/v1/experiments', {
          params: { query: { limit: 100, ...filter, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: listRefreshMs,
    placeholderData: keepPreviousData,
  });
}

export function experimentQuery({ http }: MaggyClient, id: string) {
  return queryOptions({
    queryKey: [...experimentKey(id), 'experiment'],
    queryFn: ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}', { params: { path: { id } }, signal })),
  });
}

export function resultQuery({ http }: MaggyClient, id: string) {
  return queryOptions({
    queryKey: [...experimentKey(id), 'result'],
    queryFn: ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/result', { params: { path: { id } }, signal })),
  });
}
