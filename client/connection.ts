/**
 * One server, asked over HTTP: what it refuses with becomes a `MaggyError` again, and so does its silence. Runs in a browser as it does in
 * Node: nothing here, or in any file of this room, imports from `node:`.
 */
import createFetchClient, { type Client, type Middleware } from 'openapi-fetch';
import { errorKinds, invalid, MaggyError, type ErrorCode } from '../core/errors.ts';
import { isRecord } from '../core/schema-words.ts';
import type { paths } from './schema.ts';

export interface ClientOptions {
  /** Shown to the server with every request. */
  readonly apiKey?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What openapi-fetch answers. */
interface Answered<Data> {
  readonly data?: Data;
  readonly response: Response;
}

/** A server that is started anew answers again within this. */
const PATIENCE_MS = 60_000;
export const RETRY_MS = 1000;

export interface Connection {
  /** Of the server, fit for messages: without user and password. */
  readonly address: string;
  readonly http: Client<paths>;
}

/**
 * @param url of the server, without a path of its own; a user and password in it are for a proxy before the server, in place of a key
 * @throws MaggyError `invalid`
 */
export function openConnection(url: string, { apiKey, headers = {} }: ClientOptions): Connection {
  const { address, credentials } = readUrl(url);
  if (credentials !== undefined && apiKey !== undefined)
    throw invalid('url', 'must be without user and password beside an API key: one request can show one of them', address);
  const authorization = apiKey === undefined ? credentials && `Basic ${base64(credentials)}` : `Bearer ${apiKey}`;
  const shown = authorization === undefined ? {} : { authorization };
  const http = createFetchClient<paths>({ baseUrl: address, headers: { ...headers, ...shown } });
  http.use(failuresAsErrors(address));
  return { address, http };
}

/** An address without its user and password, and these. A text that is no address may hold a password anywhere, so it is not told. */
function readUrl(text: string): { readonly address: string; readonly credentials: string | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new MaggyError('invalid', 'url: must be an address that begins with http:// or https://', { field: 'url' });
  const { username, password } = url;
  const credentials = username === '' && password === '' ? undefined : `${decoded(username)}:${decoded(password)}`;
  url.username = '';
  url.password = '';
  return { address: url.href.replace(/\/+$/, ''), credentials };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Without the text, which is or holds a password.
    throw new MaggyError('invalid', 'url: must have a user and password in which % is written %25', { field: 'url' });
  }
}

/** Of UTF-8, as RFC 7617 (2.1) has it for Basic; `btoa` by itself takes Latin-1 only. */
function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

function failuresAsErrors(url: string): Middleware {
  return {
    onError: ({ error, request }) => {
      request.signal.throwIfAborted();
      return new MaggyError('unavailable', `no API answers at ${url}: start it, with maggy up on this machine, or correct the address`, {
        cause: error,
      });
    },
    async onResponse({ request, response }) {
      if (response.ok || response.status === 304) return;
      throw refusal(await response.text(), response.status, `${request.method} ${new URL(request.url).pathname}`);
    },
  };
}

/** The body of an answer that has one. */
export async function bodyOf<Data>(asked: Promise<Answered<Data>>): Promise<Data> {
  const { data, response } = await asked;
  if (data === undefined) throw new MaggyError('internal', `${response.url} was answered with ${response.status} and no body`);
  return data;
}

/** What `ask` answers, asked again for a minute while no server does: only for what may be asked twice. */
export async function patiently<Answer>(ask: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isUnavailable = error instanceof MaggyError && error.code === 'unavailable';
      if (!isUnavailable || performance.now() > giveUpAt) throw error;
      await sleep(RETRY_MS, signal);
    }
  }
}

/** Rejects with the signal's reason where it aborts before. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      if (signal?.aborted === true) reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      else resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener('abort', wake);
    if (signal?.aborted === true) wake();
  });
}

function refusal(text: string, status: number, request: string): MaggyError {
  const { code, message, field } = asRecord(text);
  if (!isErrorCode(code) || typeof message !== 'string')
    return new MaggyError('internal', `${request} was answered with ${status}: ${text.slice(0, 200)}`);
  return new MaggyError(code, message, typeof field === 'string' ? { field } : {});
}

function asRecord(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorKinds, code);
}
