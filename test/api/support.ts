/** The API on the run's Redis, and an optimizer and a worker by hand: what they would write, written by the same scripts. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll } from 'vitest';
import { buildApp } from '../../api/app.ts';
import type { ArtefactFiles } from '../../api/services.ts';
import { builtInCatalogue } from '../../core/catalogue.ts';
import type { Declaration } from '../../core/declaration.ts';
import type { OptimizerEvent, ReadyEntry } from '../../core/events.ts';
import { defaultParams } from '../../core/params.ts';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import type { Params, SearchSpace } from '../../core/space.ts';
import type { AttemptToken } from '../../core/attempt.ts';
import { Attempts } from '../../queue/attempts.ts';
import { connect } from '../../queue/connection.ts';
import { Tenure } from '../../queue/decisions.ts';
import { makeKeys, type Keys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { Registry, type WorkerRecord } from '../../queue/registry.ts';
import { DirectoryCheckpointStore } from '../../training/checkpoint-store.ts';
import { useTestRedis } from '../support/redis.ts';

export const hash = 'a'.repeat(64);

const space: SearchSpace = {
  lr: { type: 'float', min: 0.001, max: 1, scale: 'log', default: 0.01 },
  optimizer: { type: 'categorical', choices: ['sgd', 'adam'] },
  momentum: { type: 'float', min: 0, max: 0.9, when: { optimizer: 'sgd' } },
};

export function declaration(overrides: Partial<Declaration> = {}): Declaration {
  const declared = {
    name: 'digits',
    hash,
    space,
    metric: 'accuracy',
    direction: 'maximize' as const,
    source: 'export default 1;',
    ...overrides,
  };
  return { defaults: defaultParams(declared.space), ...declared };
}

export function worker(overrides: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    id: 'worker-1',
    pool: 'default',
    kind: 'trials',
    host: 'here',
    pid: 1,
    startedAt: 1,
    backend: { name: 'cpu', version: '4.22.0', device: 'cpu' },
    functions: [{ name: 'digits', hash }],
    broken: [],
    slots: [null, null],
    draining: false,
    ...overrides,
  };
}

export const submission = { kind: 'tune', trainingFunction: 'digits', maxTrials: 10 };

type JsonRequest = Omit<InjectOptions, 'method' | 'url' | 'path'>;

export class Api {
  readonly app: FastifyInstance;
  readonly redis: ReturnType<typeof connect>;
  readonly keys: Keys;
  readonly registry: Registry;
  readonly attempts: Attempts;
  readonly store: DirectoryCheckpointStore;

  constructor(app: FastifyInstance, redis: ReturnType<typeof connect>, keys: Keys, storeFolder: string) {
    this.app = app;
    this.redis = redis;
    this.keys = keys;
    this.registry = new Registry(redis, keys);
    this.attempts = new Attempts(redis, keys);
    this.store = new DirectoryCheckpointStore(storeFolder);
  }

  get(path: string, request: JsonRequest = {}): Promise<LightMyRequestResponse> {
    return this.app.inject({ ...request, method: 'GET', url: path });
  }

  post(path: string, body?: object, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.app.inject({ method: 'POST', url: path, headers, ...(body === undefined ? {} : { payload: body }) });
  }

  delete(path: string): Promise<LightMyRequestResponse> {
    return this.app.inject({ method: 'DELETE', url: path });
  }

  /** A new experiment, looked after by an optimizer by hand. */
  async experiment(overrides: object = {}, headers: Record<string, string> = {}): Promise<Run> {
    const response = await this.post('/v1/experiments', { ...submission, ...overrides }, headers);
    if (response.statusCode !== 201) throw new Error(response.body);
    const { id } = response.json<{ id: string }>();
    return new Run(this, id, await Tenure.begin(this.redis, this.keys, id));
  }
}

/** Call once in a test file. */
export function useApi(options: { url?: string; requireKeys?: boolean } = {}): () => Api {
  const { url, prefix } = useTestRedis();
  const { requireKeys = false } = options;
  let api: Api | undefined;
  let storeFolder = '';
  beforeAll(async () => {
    storeFolder = await mkdtemp(join(tmpdir(), 'maggy-store-'));
    const keys = makeKeys(prefix.replace(/:$/, ''));
    const redis = connect(url);
    const store = new DirectoryCheckpointStore(storeFolder);
    const redisUrl = options.url ?? url;
    const files: ArtefactFiles = {
      listFiles: (_experiment, id) => store.listFiles(id),
      openFile: (_experiment, id, name) => store.openFile(id, name),
    };
    const app = await buildApp({
      redisUrl,
      prefix: keys.prefix,
      files,
      catalogue: builtInCatalogue,
      surveyWaitMs: 200,
      strictAnswers: true,
      requireKeys,
    });
    api = new Api(app, redis, keys, storeFolder);
    await api.registry.declare('default', [declaration()]);
  });
  afterAll(async () => {
    await api?.app.close();
    api?.redis.disconnect();
    await rm(storeFolder, { recursive: true, force: true });
  });
  return () => {
    if (api === undefined) throw new Error('the API stands from beforeAll on');
    return api;
  };
}

/** One experiment, its optimizer and its workers. */
export class Run {
  readonly id: string;
  readonly path: string;
  readonly #api: Api;
  readonly #tenure: Tenure;

  constructor(api: Api, id: string, tenure: Tenure) {
    this.id = id;
    this.path = `/v1/experiments/${id}`;
    this.#api = api;
    this.#tenure = tenure;
  }

  /** Starts the trials of these numbers. */
  async start(numbers: readonly number[], params: Params = { lr: 0.1, optimizer: 'adam' }): Promise<AttemptToken[]> {
    const entries = numbers.map((trial): ReadyEntry => ({ trial, attempt: 1, origin: 'suggested', params, seed: trial + 1 }));
    const tickets = await this.commit([], entries);
    const tokens: AttemptToken[] = [];
    for (const ticket of tickets) {
      const answer = await this.#api.attempts.start({
        experiment: this.id,
        ticket,
        nonce: randomUUID(),
        worker: 'worker-1',
        slot: 0,
        hash,
        leaseMs: 60_000,
        provenance: { backend: 'cpu' },
      });
      if (answer.kind !== 'bound') throw new Error(JSON.stringify(answer));
      tokens.push(answer.binding.token);
    }
    return tokens;
  }

  async commit(events: Exclude<OptimizerEvent, { type: 'decided' }>[], entries: readonly ReadyEntry[] = []): Promise<readonly string[]> {
    const seq = Number(await this.#api.redis.hget(this.#api.keys.of(this.id).guard, 'seq'));
    const [last] = await readLog(this.#api.redis, this.#api.keys, this.id, seq - 1, 1);
    if (last === undefined) throw new Error('the log is empty');
    const folded = { seq: last.event.seq, nonces: [last.nonce] };
    const ready = { basis: folded.seq, engine: 'test', fresh: false, entries };
    const answer = await this.#tenure.commit({ decisions: [], events, stops: [], ready, limit: 1000, tickets: entries.length }, folded);
    if (answer.kind !== 'committed') throw new Error(answer.kind);
    return answer.openedTickets;
  }

  async end(state: 'completed' | 'stopped' | 'failed' = 'completed'): Promise<void> {
    await this.commit([{ type: 'ended', state, stopReason: 'maxTrials', engine: 'test' }]);
  }

  async publish(result: Partial<ResultDocument>, rows: readonly TrialRow[] = []): Promise<void> {
    await this.#tenure.publish(result.position ?? 1, resultDocument(this.id, result), rows);
  }

  async purge(): Promise<void> {
    await this.#tenure.purge();
  }
}

function resultDocument(id: string, overrides: Partial<ResultDocument>): ResultDocument {
  return {
    id,
    state: 'running',
    stopReason: null,
    incumbent: null,
    failure: null,
    counts: { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 },
    resource: { used: 0, saved: 0, rungs: [] },
    durationSeconds: 1,
    waitingFor: null,
    position: 1,
    ...overrides,
  };
}

export function row(number: number, overrides: Partial<TrialRow> = {}): TrialRow {
  return {
    number,
    state: 'completed',
    params: { lr: 0.1, optimizer: 'adam' },
    seed: number + 1,
    origin: 'suggested',
    value: null,
    metrics: null,
    lastStep: 0,
    reports: 0,
    attempts: 1,
    failure: null,
    worker: 'worker-1',
    slot: 0,
    startedAt: 1000,
    endedAt: 2000,
    durationSeconds: 1,
    ...overrides,
  };
}

export function counts(overrides: Partial<ResultDocument['counts']>): ResultDocument['counts'] {
  return { queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0, ...overrides };
}
