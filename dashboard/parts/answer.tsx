/** The answer to a question, or why there is none yet. An old answer stays while a newer one cannot be had. */
import type { ReactNode } from 'react';
import { Failure, Loading } from './blank.tsx';

/** What TanStack Query has of a question, or what is put together from several. */
export interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

export function Answer<Data>({ query, children }: { readonly query: Asked<Data>; readonly children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading />;
}
