/**
 * Keeps what is shown of an experiment as new as what the API publishes. One stream of results, of which there is at most one a second, says
 * that there is news; what is on the screen is then asked for again. A tab that nobody sees has no stream: a browser opens six connections
 * to a server without HTTP/2, and every stream holds one of them.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { sleep } from '../../client/connection.ts';
import type { MaggyClient } from '../../client/index.ts';
import type { ResultDocument } from '../../core/results.ts';
import { useApi } from './api.tsx';
import { experimentKey, resultQuery } from './queries.ts';

const quietMs = 1000;
const retryMs = 5000;
/** The first event comes at once. Where none does, something on the way keeps it back: a proxy that passes on whole answers only. */
const streamPatienceMs = 10_000;
/** Then the result is polled, for so long until the stream is tried again. */
const pollingMs = 60_000;

/** @param isOpen whether there can be news */
export function useLive(id: string, isOpen: boolean): void {
  const { client } = useApi();
  const queries = useQueryClient();
  const isSeen = useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
  const isFollowed = isOpen && isSeen;
  useEffect(() => {
    if (!isFollowed) return;
    const gone = new AbortController();
    const { queryKey: resultKey } = resultQuery(client, id);
    const refresh = refresher(
      () => queries.invalidateQueries({ queryKey: experimentKey(id), predicate: ({ queryKey }) => queryKey[2] !== resultKey[2] }),
      gone.signal,
    );
    const onNews = (result: ResultDocument): void => {
      queries.setQueryData(resultKey, result);
      refresh();
    };
    void follow(client, id, onNews, gone.signal);
    return () => gone.abort();
  }, [client, id, queries, isFollowed]);
}

function onVisibility(tell: () => void): () => void {
  document.addEventListener('visibilitychange', tell);
  return () => document.removeEventListener('visibilitychange', tell);
}

/** Asks again, one time after the other, and once for all the news that came meanwhile. */
function refresher(ask: () => Promise<unknown>, signal: AbortSignal): () => void {
  let isDue = false;
  let isAsking = false;
  const work = async (): Promise<void> => {
    isAsking = true;
    while (isDue && !signal.aborted) {
      isDue = false;
      await ask();
      await sleep(quietMs, signal).catch(() => undefined);
    }
    isAsking = false;
  };
  return () => {
    isDue = true;
    if (!isAsking) void work();
  };
}

/** Ends with the experiment, or with the page. Whether the server is there, the questions on the page tell. */
async function follow(client: MaggyClient, id: string, onNews: (result: ResultDocument) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const hasStream = await stream(client, id, onNews, signal);
      if (hasStream) return;
      await client.wait(id, { onNews, signal: AbortSignal.any([signal, AbortSignal.timeout(pollingMs)]) });
      return;
    } catch {
      await sleep(retryMs, signal).catch(() => undefined);
    }
  }
}

/** Answers whether there was one, once it has ended. */
async function stream(client: MaggyClient, id: string, onNews: (result: ResultDocument) => void, signal: AbortSignal): Promise<boolean> {
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), streamPatienceMs);
  try {
    for await (const result of client.results(id, { signal: AbortSignal.any([signal, impatience.signal]) })) {
      clearTimeout(timer);
      onNews(result);
    }
    return true;
  } catch (error) {
    if (impatience.signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
