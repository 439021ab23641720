/**
 * What programs ask a running API: submit an experiment, follow and stop it, read its trials. Answers are checked against the
 * schemas they were written by.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type TSchema, type Static } from 'typebox';
import { errorKinds, invalid, MaggyError, type ErrorCode } from '../core/errors.ts';
import { SpecificationSchema, type Specification, type Submission } from '../core/experiment.ts';
import { ResultDocument, TrialRow } from '../core/results.ts';
import { isRecord } from '../core/schema-words.ts';
import { isFinal } from '../core/states.ts';
import { compileSchema } from '../core/validate.ts';

const parseSubmitted = compileSchema(Type.Object({ id: Type.String() }));
const parseResult = compileSchema(ResultDocument);
const TrialPage = pageOf(TrialRow);
const parseTrials = compileSchema(TrialPage);
const parseExperiments = compileSchema(pageOf(Type.Object({ id: Type.String() })));
const parseExperiment = compileSchema(Type.Object({ specification: SpecificationSchema }));

function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) });
}

/** A result and the tag that names this state of it. */
export interface TaggedResult {
  readonly document: ResultDocument;
  readonly etag: string;
}

interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** How long the API holds a request for news; no more than a limit on quiet connections. */
const WAIT_SECONDS = 20;
/** An API that is started anew answers again within this. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 1000;

export interface ClientOptions {
  /** Shown to the server with every request. */
  readonly apiKey?: string | undefined;
}

export class Client {
  /** Of the server, fit for messages: without user and password. */
  readonly url: string;
  readonly #authorization: Readonly<Record<string, string>>;

  /**
   * @param url of the server, without a path of its own; a user and password in it are for a proxy before the server, in place of a key
   * @throws MaggyError `invalid`
   */
  constructor(url: string, { apiKey }: ClientOptions = {}) {
    const { address, credentials } = readUrl(url);
    if (credentials !== undefined && apiKey !== undefined)
      throw invalid('url', 'must be without user and password beside an API key: one request can show one of them', address);
    this.url = address;
    const authorization = apiKey === undefined ? credentials && `Basic ${btoa(credentials)}` : `Bearer ${apiKey}`;
    this.#authorization = authorization === undefined ? {} : { authorization };
  }

  /** Answers the id of the experiment. */
  async submit(submission: Submission): Promise<string> {
    const { id } = parseSubmitted(await this.json('/v1/experiments', { method: 'POST', body: submission }));
    return id;
  }

  /** The result; after `known`, the next state of it, or undefined where none came within `waitSeconds`. */
  async result(
    id: string,
    { known, waitSeconds = 0, signal }: { known?: string | undefined; waitSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<TaggedResult | undefined> {
    const headers = known === undefined ? {} : { 'if-none-match': known };
    const response = await this.#request(`/v1/experiments/${id}/result?waitSeconds=${waitSeconds}`, { headers, signal });
    if (response.status === 304) return undefined;
    return { document: parseResult(await response.json()), etag: response.headers.get('etag') ?? '' };
  }

  /**
   * Answers the last result, once the experiment has ended.
   * @param onNews told of each state of it, with all trials
   * @param signal ends the following, which then rejects with its reason; the experiment goes on
   */
  async follow(
    id: string,
    {
      onNews,
      signal,
    }: { readonly onNews?: (result: ResultDocument, trials: readonly TrialRow[]) => void; readonly signal?: AbortSignal } = {},
  ): Promise<ResultDocument> {
    let known: string | undefined;
    for (;;) {
      // Without a document to compare with, the API would wait for the end.
      const waitSeconds = known === undefined ? 0 : WAIT_SECONDS;
      const options = { known, waitSeconds, ...(signal === undefined ? {} : { signal }) };
      const next = await this.patiently(() => this.result(id, options), signal);
      if (next === undefined) continue;
      known = next.etag;
      if (onNews !== undefined) onNews(next.document, await this.patiently(() => this.trials(id), signal));
      if (isFinal(next.document.state)) return next.document;
    }
  }

  /** What `ask` answers, asked again for a minute while no server does: only for what may be asked twice. */
  async patiently<Answer>(ask: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const isUnavailable = error instanceof MaggyError && error.code === 'unavailable';
        if (!isUnavailable || performance.now() > giveUpAt) throw error;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }

  /** The answer of an ablation; what it consists of is for those to check who know its schema. */
  async study(id: string): Promise<unknown> {
    return (await this.#request(`/v1/experiments/${id}/ablation`, { headers: { accept: 'application/json' } })).json();
  }

  /** The answer of an ablation, as a table and sentences. */
  async ablation(id: string): Promise<string> {
    return (await this.#request(`/v1/experiments/${id}/ablation`, { headers: { accept: 'text/plain' } })).text();
  }

  /** All trials, by number. */
  async trials(id: string): Promise<TrialRow[]> {
    const rows: TrialRow[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Static<typeof TrialPage> = parseTrials(await this.json(`/v1/experiments/${id}/trials?limit=1000${query}`));
      rows.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return rows;
  }

  async specification(id: string): Promise<Specification> {
    return parseExperiment(await this.json(`/v1/experiments/${id}`)).specification;
  }

  /** Ids of experiments, newest first, one page of them. */
  async experiments(query: { readonly tag: string; readonly state: string }): Promise<string[]> {
    const { items } = parseExperiments(await this.json(`/v1/experiments?${new URLSearchParams(query).toString()}`));
    return items.map(({ id }) => id);
  }

  async stop(id: string): Promise<void> {
    await this.json(`/v1/experiments/${id}/stop`, { method: 'POST' });
  }

  /** The body of an answer, unchecked. @throws MaggyError what the server refused with, or `unavailable` where none answers */
  protected async json(path: string, options?: RequestOptions): Promise<unknown> {
    return (await this.#request(path, options)).json();
  }

  /** @throws MaggyError what the server refused with, or `unavailable` where none answers */
  async #request(path: string, { method = 'GET', body, headers = {}, signal }: RequestOptions = {}): Promise<Response> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...headers, ...this.#authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new MaggyError('unavailable', `no API answers at ${this.url}`, { cause });
    });
    if (response.ok || response.status === 304) return response;
    throw refusal(await response.text(), response.status, `${method} ${path}`);
  }
}

/** An address without its user and password, and these. A text that is no address may hold a password anywhere, so it is not told. */
function readUrl(text: string): { readonly address: string; readonly credentials: string | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new MaggyError('invalid', 'url: must be an address that begins with http:// or https://', { field: 'url' });
  const { username, password } = url;
  const credentials = username === '' && password === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  return { address: url.href.replace(/\/+$/, ''), credentials };
}

function refusal(text: string, status: number, request: string): MaggyError {
  const answer = asRecord(text);
  const { code, message, field } = answer;
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
