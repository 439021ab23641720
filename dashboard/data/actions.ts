/** What steers an experiment. What came of it is seen in the experiment itself, which is asked again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Extension } from '../../client/index.ts';
import type { Params } from '../../core/space.ts';
import { useApi } from './api.tsx';
import { experimentKey } from './queries.ts';

export type Steering = 'stop' | 'pause' | 'resume';

export function useSteering(id: string) {
  const { client } = useApi();
  const refresh = useRefresh(id);
  return useMutation({ mutationFn: (action: Steering) => client[action](id), onSettled: refresh });
}

export function useEnqueue(id: string) {
  const { client } = useApi();
  const refresh = useRefresh(id);
  return useMutation({ mutationFn: (params: Params) => client.enqueue(id, params), onSettled: refresh });
}

/** How long an optimizer may take to say that it has taken an experiment up again. */
const publicationSeconds = 20;

export function useExtension(id: string) {
  const { client } = useApi();
  const refresh = useRefresh(id);
  const extend = async (further: Extension): Promise<void> => {
    const before = await client.nextResult(id);
    await client.extend(id, further);
    // Until then one that had ended seems to have ended still, and nobody follows it.
    await client.nextResult(id, { known: before?.etag, waitSeconds: publicationSeconds });
  };
  return useMutation({ mutationFn: extend, onSettled: refresh });
}

/** What is shown of the experiment stays until its page is left: asked again, it would only be gone. */
export function useDeletion(id: string) {
  const { client } = useApi();
  const queries = useQueryClient();
  return useMutation({ mutationFn: () => client.delete(id), onSuccess: () => queries.invalidateQueries({ queryKey: ['experiments'] }) });
}

function useRefresh(id: string): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: experimentKey(id) });
}
