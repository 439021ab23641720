/**
 * Keeps what is shown of an experiment as new as what the API publishes: the result is waited for, and each new one is news for everything
 * else that is on the screen, at most once a second. The event stream would tell of an entry of the log before anybody can read what came
 * of it, and of a thousand in a second each by itself.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sleep } from '../../client/connection.ts';
import { useApi } from './api.tsx';
import { experimentKey, resultQuery } from './queries.ts';

const quietMs = 1000;
const retryMs = 5000;

export function useLive(id: string): void {
  const { client } = useApi();
  const queries = useQueryClient();
  useEffect(() => {
    const gone = new AbortController();
    const { signal } = gone;
    const { queryKey: resultKey } = resultQuery(client, id);
    const follow = () =>
      client.wait(id, {
        signal,
        onNews: async (result) => {
          queries.setQueryData(resultKey, result);
          await queries.invalidateQueries({ queryKey: experimentKey(id), predicate: ({ queryKey }) => queryKey[2] !== resultKey[2] });
          await sleep(quietMs, signal);
        },
      });
    void untilGone(follow, signal);
    return () => gone.abort();
  }, [client, id, queries]);
}

/** Ends with the experiment, or with the page: whether the server is there, the questions on the page tell. */
async function untilGone(follow: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await follow();
      return;
    } catch {
      await sleep(retryMs, signal).catch(() => undefined);
    }
  }
}
