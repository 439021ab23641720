/** The few requests that commands make of a running API. Answers are checked against the schemas they were written by. */
import Type, { type TSchema, type Static } from 'typebox';
import { errorKinds, MaggyError, type ErrorCode } from '../core/errors.ts';
import { SpecificationSchema, type Specification, type Submission } from '../core/experiment.ts';
import { ResultDocument, TrialRow } from '../core/results.ts';
import { isRecord } from '../core/schema-words.ts';
import { compileSchema } from '../core/validate.ts';
import { CurvePoint } from '../api/schemas.ts';
import { WorkerRecord } from '../queue/registry.ts';

const parseSubmitted = compileSchema(Type.Object({ id: Type.String() }));
const parseResult = compileSchema(ResultDocument);
const TrialPage = pageOf(TrialRow);
const parseTrials = compileSchema(TrialPage);
const CurvePage = pageOf(CurvePoint);
const parseCurve = compileSchema(CurvePage);
const parseExperiments = compileSchema(pageOf(Type.Object({ id: Type.String() })));
const parseExperiment = compileSchema(Type.Object({ specification: SpecificationSchema }));
const parseFunctions = compileSchema(Type.Object({ items: Type.Array(Type.Object({ name: Type.String() })) }));
const parseWorkers = compileSchema(Type.Object({ items: Type.Array(WorkerRecord) }));

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

export class Api {
  readonly url: string;

  /** @param url of the server, without a path */
  constructor(url: string) {
    this.url = url;
  }

  async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/readyz`);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Answers the id of the experiment. */
  async submit(submission: Submission): Promise<string> {
    const { id } = parseSubmitted(await this.#json('/v1/experiments', { method: 'POST', body: submission }));
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

  /** All trials, by number. */
  async trials(id: string): Promise<TrialRow[]> {
    const rows: TrialRow[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Static<typeof TrialPage> = parseTrials(await this.#json(`/v1/experiments/${id}/trials?limit=1000${query}`));
      rows.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return rows;
  }

  /** Every report of a trial, in the order of arrival. */
  async curve(id: string, trial: number): Promise<Static<typeof CurvePoint>[]> {
    const reports: Static<typeof CurvePoint>[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const page: Static<typeof CurvePage> = parseCurve(await this.#json(`/v1/experiments/${id}/trials/${trial}/curve${query}`));
      reports.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return reports;
  }

  async specification(id: string): Promise<Specification> {
    return parseExperiment(await this.#json(`/v1/experiments/${id}`)).specification;
  }

  /** Ids of experiments, newest first, one page of them. */
  async experiments(query: { readonly tag: string; readonly state: string }): Promise<string[]> {
    const { items } = parseExperiments(await this.#json(`/v1/experiments?${new URLSearchParams(query).toString()}`));
    return items.map(({ id }) => id);
  }

  async stop(id: string): Promise<void> {
    await this.#json(`/v1/experiments/${id}/stop`, { method: 'POST' });
  }

  async trainingFunctions(): Promise<string[]> {
    return parseFunctions(await this.#json('/v1/training-functions')).items.map(({ name }) => name);
  }

  async workers(): Promise<WorkerRecord[]> {
    return parseWorkers(await this.#json('/v1/workers')).items;
  }

  async #json(path: string, options?: RequestOptions): Promise<unknown> {
    return (await this.#request(path, options)).json();
  }

  /** @throws MaggyError what the server refused with, or `unavailable` where none answers */
  async #request(path: string, { method = 'GET', body, headers = {}, signal }: RequestOptions = {}): Promise<Response> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
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
