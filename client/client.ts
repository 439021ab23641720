/**
 * What programs ask a running API: submit an experiment, follow and steer it, read its trials. Routes, queries and answers are typed by the
 * API's own OpenAPI document (`schema.ts`); how a server is asked, and what its refusals become, is in `connection.ts`.
 */
import type { Client } from 'openapi-fetch';
import { MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import type { Specification, Submission } from '../core/experiment.ts';
import type { ResultDocument, TrialRow } from '../core/results.ts';
import type { Params } from '../core/space.ts';
import { isFinal } from '../core/states.ts';
import { bodyOf, openConnection, patiently, type ClientOptions } from './connection.ts';
import { followed, parseLogEvent, parseResult } from './events.ts';
import type { components, paths } from './schema.ts';

type Schemas = components['schemas'];
type QueryOf<Path extends keyof paths> = NonNullable<paths[Path] extends { get: { parameters: { query?: infer Query } } } ? Query : never>;

export type TrialQuery = Omit<QueryOf<'/v1/experiments/{id}/trials'>, 'cursor'>;
export type ExperimentQuery = Omit<QueryOf<'/v1/experiments'>, 'cursor'>;
export type ExportQuery = QueryOf<'/v1/experiments/{id}/export'>;

export type Extension = Schemas['Extension'];

/** A result and the tag that names this state of it. */
export interface TaggedResult {
  readonly document: ResultDocument;
  readonly etag: string;
}

export interface PlannedExperiment {
  readonly specification: Specification;
  /** Why the models of an ablation were not built to look at them; absent where they were. */
  readonly unchecked?: string;
}

export interface TrialPage {
  readonly items: readonly TrialRow[];
  readonly nextCursor: string | null;
}

interface Follow {
  /** Ends the following, which then rejects with the signal's reason; the experiment goes on. */
  readonly signal?: AbortSignal;
}

/** How long the API holds a request for news; no more than a limit on quiet connections. */
const WAIT_SECONDS = 20;
/** Most that the API puts on one page of trials. */
const PAGE = 1000;

export class MaggyClient {
  /** Of the server, fit for messages: without user and password. */
  readonly url: string;
  /** Every route, typed: for what has no method here. */
  readonly http: Client<paths>;

  /**
   * @param url of the server, without a path of its own; a user and password in it are for a proxy before the server, in place of a key
   * @throws MaggyError `invalid`
   */
  constructor(url: string, options: ClientOptions = {}) {
    const { address, http } = openConnection(url, options);
    this.url = address;
    this.http = http;
  }

  /** Answers the id of the experiment. With a key, the same submission may be sent again and stands for one experiment. */
  async submit(submission: Submission, idempotencyKey?: string): Promise<string> {
    const header = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const answer = await bodyOf(this.http.POST('/v1/experiments', { body: submission, params: { header } }));
    // A dry run, which alone answers a specification, is not asked for.
    return 'id' in answer ? answer.id : answer.specification.id;
  }

  /** What a submission would be, with the plan of an ablation. Nothing runs. */
  async plan(submission: Submission): Promise<PlannedExperiment> {
    const answer = await bodyOf(this.http.POST('/v1/experiments', { body: submission, params: { query: { dryRun: true } } }));
    if ('specification' in answer) return answer;
    throw new MaggyError('internal', `a dry run was answered with an experiment, ${answer.id}`);
  }

  async result(id: string): Promise<ResultDocument> {
    return bodyOf(this.http.GET('/v1/experiments/{id}/result', { params: { path: { id } } }));
  }

  /** After `known`, the next state of the result, or undefined where none came within `waitSeconds`; without it, the end is waited for. */
  async nextResult(
    id: string,
    { known, waitSeconds = 0, signal }: Follow & { readonly known?: string | undefined; readonly waitSeconds?: number } = {},
  ): Promise<TaggedResult | undefined> {
    const { data, response } = await this.http.GET('/v1/experiments/{id}/result', {
      params: { path: { id }, query: { waitSeconds }, header: known === undefined ? {} : { 'if-none-match': known } },
      signal: signal ?? null,
    });
    return data === undefined ? undefined : { document: data, etag: response.headers.get('etag') ?? '' };
  }

  /**
   * Answers the last result, once the experiment has ended.
   * @param onNews told of each state of it; the next one waits for it
   */
  async wait(
    id: string,
    { onNews, signal }: Follow & { readonly onNews?: (result: ResultDocument) => void | Promise<void> } = {},
  ): Promise<ResultDocument> {
    let known: string | undefined;
    for (;;) {
      // Without a document to compare with, the API would wait for the end.
      const waitSeconds = known === undefined ? 0 : WAIT_SECONDS;
      const options = { known, waitSeconds, ...(signal === undefined ? {} : { signal }) };
      const next = await patiently(() => this.nextResult(id, options), signal);
      if (next === undefined) continue;
      known = next.etag;
      await onNews?.(next.document);
      if (isFinal(next.document.state)) return next.document;
    }
  }

  /** The log from the entry after `after` on, live; goes on where it was when the connection breaks. Ends with the experiment. */
  async *watch(id: string, { after = 0, signal }: Follow & { readonly after?: number } = {}): AsyncGenerator<LogEvent, void, undefined> {
    const open = (last: string) =>
      this.http.GET('/v1/experiments/{id}/events', {
        params: { path: { id }, header: { 'last-event-id': Number(last) } },
        parseAs: 'stream',
        signal: signal ?? null,
      });
    for await (const message of followed(open, String(after), signal)) yield parseLogEvent(message);
  }

  /** The result as it is and as it becomes, live, at most one a second: each holds all that came before it. Ends with the experiment. */
  async *results(id: string, { signal }: Follow = {}): AsyncGenerator<ResultDocument, void, undefined> {
    const open = (last: string) =>
      this.http.GET('/v1/experiments/{id}/result/events', {
        params: { path: { id }, header: last === '' ? {} : { 'last-event-id': last } },
        parseAs: 'stream',
        signal: signal ?? null,
      });
    for await (const message of followed(open, '', signal)) yield parseResult(message);
  }

  /** Trials one by one, asked for in pages, so that nobody holds them all who does not want to. */
  async *trials(id: string, query: TrialQuery = {}): AsyncGenerator<TrialRow, void, undefined> {
    let cursor: string | null = null;
    do {
      const place: { cursor?: string } = cursor === null ? {} : { cursor };
      const page: TrialPage = await this.trialPage(id, { limit: PAGE, ...query, ...place });
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** One page of trials; `nextCursor` names the next one of the same query. */
  async trialPage(id: string, query: TrialQuery & { readonly cursor?: string } = {}): Promise<TrialPage> {
    return bodyOf(this.http.GET('/v1/experiments/{id}/trials', { params: { path: { id }, query } }));
  }

  async allTrials(id: string): Promise<TrialRow[]> {
    return collected(this.trials(id));
  }

  async trial(id: string, trial: number): Promise<Schemas['TrialDetail']> {
    return bodyOf(this.http.GET('/v1/experiments/{id}/trials/{n}', { params: { path: { id, n: trial } } }));
  }

  /** Every report of a trial, in the order of arrival. */
  async curve(id: string, trial: number): Promise<Schemas['CurvePoint'][]> {
    const reports: Schemas['CurvePoint'][] = [];
    let cursor: string | null = null;
    do {
      const query: { cursor?: string } = cursor === null ? {} : { cursor };
      const page: { items: Schemas['CurvePoint'][]; nextCursor: string | null } = await bodyOf(
        this.http.GET('/v1/experiments/{id}/trials/{n}/curve', { params: { path: { id, n: trial }, query } }),
      );
      reports.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return reports;
  }

  /** The last lines that a trial printed. */
  async log(id: string, trial: number): Promise<string[]> {
    const options = { params: { path: { id, n: trial } }, headers: { accept: 'application/json' } };
    const answer = await bodyOf(this.http.GET('/v1/experiments/{id}/trials/{n}/log', options));
    return typeof answer === 'string' ? answer.split('\n') : answer.lines;
  }

  async experiment(id: string): Promise<Schemas['Experiment']> {
    return bodyOf(this.http.GET('/v1/experiments/{id}', { params: { path: { id } } }));
  }

  async specification(id: string): Promise<Specification> {
    return (await this.experiment(id)).specification;
  }

  /** Newest first, one by one, asked for in pages of `limit`. */
  async *experiments(query: ExperimentQuery = {}): AsyncGenerator<Schemas['ExperimentSummary'], void, undefined> {
    let cursor: string | null = null;
    do {
      const place: { cursor?: string } = cursor === null ? {} : { cursor };
      const page: { items: Schemas['ExperimentSummary'][]; nextCursor: string | null } = await bodyOf(
        this.http.GET('/v1/experiments', { params: { query: { ...query, ...place } } }),
      );
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  async allExperiments(query: ExperimentQuery = {}): Promise<Schemas['ExperimentSummary'][]> {
    return collected(this.experiments(query));
  }

  /** Cancels what runs and keeps all results. */
  async stop(id: string): Promise<void> {
    await this.http.POST('/v1/experiments/{id}/stop', { params: { path: { id } } });
  }

  /** Starts nothing new; what runs goes on to its end. */
  async pause(id: string): Promise<void> {
    await this.http.POST('/v1/experiments/{id}/pause', { params: { path: { id } } });
  }

  async resume(id: string): Promise<void> {
    await this.http.POST('/v1/experiments/{id}/resume', { params: { path: { id } } });
  }

  /** More trials or more time; one that has ended is taken up anew. */
  async extend(id: string, further: Extension): Promise<void> {
    await this.http.POST('/v1/experiments/{id}/extend', { params: { path: { id } }, body: further });
  }

  /** Stops it and removes all that it left, for good. */
  async delete(id: string): Promise<void> {
    await this.http.DELETE('/v1/experiments/{id}', { params: { path: { id } } });
  }

  /** A configuration that runs before further suggestions. */
  async enqueue(id: string, params: Params): Promise<void> {
    await this.http.POST('/v1/experiments/{id}/enqueue', { params: { path: { id } }, body: { params } });
  }

  /** The experiment as a file, to be read as it comes. */
  async export(id: string, query: ExportQuery, { signal }: Follow = {}): Promise<ReadableStream<Uint8Array>> {
    const options = { params: { path: { id }, query }, parseAs: 'stream', signal: signal ?? null } as const;
    const body: ReadableStream<Uint8Array> | null = await bodyOf(this.http.GET('/v1/experiments/{id}/export', options));
    if (body === null) throw new MaggyError('internal', `the export of ${id} was answered without a body`);
    return body;
  }

  /** The answer of an ablation. */
  async study(id: string) {
    const options = { params: { path: { id } }, headers: { accept: 'application/json' } };
    const answer = await bodyOf(this.http.GET('/v1/experiments/{id}/ablation', options));
    if (typeof answer === 'string')
      throw new MaggyError('internal', `the ablation of ${id} was answered as text, though JSON was asked for`);
    return answer;
  }

  /** The answer of an ablation: as a table and sentences, or as CSV. */
  async ablation(id: string, type: 'text/plain' | 'text/csv' = 'text/plain'): Promise<string> {
    const options = { params: { path: { id } }, headers: { accept: type }, parseAs: 'text' } as const;
    return bodyOf(this.http.GET('/v1/experiments/{id}/ablation', options));
  }

  /** Names of the training functions that workers hold. */
  async trainingFunctions(): Promise<string[]> {
    return (await bodyOf(this.http.GET('/v1/training-functions'))).items.map(({ name }) => name);
  }

  async pools() {
    return (await bodyOf(this.http.GET('/v1/pools'))).items;
  }

  async workers() {
    return (await bodyOf(this.http.GET('/v1/workers'))).items;
  }

  /** Whether the server answers, and its Redis. */
  async isReady(): Promise<boolean> {
    return this.http.GET('/readyz').then(
      () => true,
      () => false,
    );
  }
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
