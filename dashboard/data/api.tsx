/**
 * The API as components have it: the typed client, with the key that the person has shown. The key is kept for as long as the tab is open.
 * What every question has in common stands here too: whether a refusal is worth another try, and whether the server is there at all.
 */
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, use, useMemo, useState, type ReactNode } from 'react';
import { MaggyClient, MaggyError } from '../../client/index.ts';

interface Api {
  readonly client: MaggyClient;
  /** Whether a key must be shown, or another one than was. */
  readonly needsKey: boolean;
  readonly hasKey: boolean;
  /** Whether the last question was answered. */
  readonly isOffline: boolean;
  readonly signIn: (key: string) => void;
  readonly signOut: () => void;
}

const keyName = 'maggy-api-key';
const retries = 2;

const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === null) throw new Error('useApi stands outside ApiProvider');
  return api;
}

export function ApiProvider({ children }: { readonly children: ReactNode }) {
  const [key, setKey] = useState(() => sessionStorage.getItem(keyName));
  const [needsKey, setNeedsKey] = useState(false);
  const [isOffline, setOffline] = useState(false);
  const [queries] = useState(() => queryClient({ onRefusal: () => setNeedsKey(true), onContact: (isThere) => setOffline(!isThere) }));

  const client = useMemo(() => new MaggyClient(window.location.origin, key === null ? {} : { apiKey: key }), [key]);
  const show = (shown: string | null): void => {
    if (shown === null) sessionStorage.removeItem(keyName);
    else sessionStorage.setItem(keyName, shown);
    setKey(shown);
    setNeedsKey(false);
    queries.clear();
  };
  const api: Api = { client, needsKey, hasKey: key !== null, isOffline, signIn: show, signOut: () => show(null) };

  return (
    <ApiContext value={api}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </ApiContext>
  );
}

interface Listener {
  readonly onRefusal: () => void;
  readonly onContact: (isThere: boolean) => void;
}

function queryClient({ onRefusal, onContact }: Listener): QueryClient {
  const onError = (error: Error): void => {
    if (hasCode(error, 'unauthorized')) onRefusal();
    onContact(!hasCode(error, 'unavailable'));
  };
  const onSuccess = (): void => onContact(true);
  return new QueryClient({
    queryCache: new QueryCache({ onError, onSuccess }),
    mutationCache: new MutationCache({ onError, onSuccess }),
    defaultOptions: {
      queries: {
        // The server may be this machine, which is there without a network.
        networkMode: 'always',
        staleTime: 1000,
        retry: (failures, error) => failures < retries && error instanceof MaggyError && error.retry === 'retry-later',
      },
      mutations: { networkMode: 'always' },
    },
  });
}

function hasCode(error: Error, code: MaggyError['code']): boolean {
  return error instanceof MaggyError && error.code === code;
}
