/**
 * What routes call: everything of `queue/` that the HTTP server uses, on one connection for commands and one for hints, and the
 * store that artefacts are read from. Opening it starts no server and reads no environment.
 */
import type { Readable } from 'node:stream';
import type { SurveyAnswer, SurveyQuestion } from '../core/ablation/survey.ts';
import type { Catalogue } from '../core/catalogue.ts';
import { ApiKeys } from '../queue/api-keys.ts';
import { Attempts } from '../queue/attempts.ts';
import { Charges } from '../queue/charges.ts';
import { connect } from '../queue/connection.ts';
import { ExperimentJobs } from '../queue/experiment-jobs.ts';
import { Experiments } from '../queue/experiments.ts';
import { Hints } from '../queue/hints.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { OutageLog, type Log } from '../queue/outage-log.ts';
import { ReadModel } from '../queue/read-model.ts';
import { Registry } from '../queue/registry.ts';
import { Surveys } from '../queue/surveys.ts';
import { groupsQueueName, Tickets } from '../queue/tickets.ts';
import { Plots } from './plots/plots.ts';
import { ExperimentHeads } from './experiment-heads.ts';

/**
 * The part of a checkpoint store that HTTP needs; `id` names what was stored, as the trial registered it. What is absent is refused
 * with `not-found`, impossible names with `invalid`.
 */
export interface ArtefactFiles {
  listFiles(experiment: string, id: string): Promise<readonly { readonly name: string; readonly sizeBytes: number }[]>;
  openFile(experiment: string, id: string, name: string): Promise<{ readonly sizeBytes: number; readonly stream: Readable }>;
}

export interface ServiceOptions {
  /** `redis://…`, `rediss://…` or the path of a Unix socket. */
  readonly redisUrl: string;
  /** Prefix of all keys. */
  readonly prefix?: string;
  readonly files: ArtefactFiles;
  readonly catalogue: Catalogue;
  /** A worker that is asked about the models of an ablation is waited for so long. */
  readonly surveyWaitMs?: number;
  readonly log: Log;
}

/** Long enough for a process to start and to load a data set. */
const SURVEY_WAIT_MS = 20_000;

export interface Services {
  readonly redis: ReturnType<typeof connect>;
  readonly keys: Keys;
  readonly experiments: Experiments;
  readonly heads: ExperimentHeads;
  readonly readModel: ReadModel;
  readonly registry: Registry;
  readonly tickets: Tickets;
  readonly groupTickets: Tickets;
  readonly attempts: Attempts;
  readonly apiKeys: ApiKeys;
  readonly charges: Charges;
  readonly hints: Hints;
  readonly files: ArtefactFiles;
  readonly plots: Plots;
  readonly catalogue: Catalogue;
  /** The answer of a worker; null where none comes in time. */
  survey(pool: string, question: SurveyQuestion): Promise<SurveyAnswer | null>;
  /** Aborts when the server begins to close: whoever waits for news answers now. */
  readonly closing: AbortSignal;
  beginClosing(): void;
  close(): Promise<void>;
}

export function openServices(options: ServiceOptions): Services {
  const { redisUrl, prefix, files, catalogue, surveyWaitMs = SURVEY_WAIT_MS, log } = options;
  const keys = makeKeys(prefix);
  // A request is answered with 503 as soon as Redis is lost, and its client decides; waiting would pile requests up.
  const outages = new OutageLog(log);
  const onError = outages.telling('connection to Redis');
  const redis = connect(redisUrl, 'strict', onError);
  outages.follow(redis);
  const hints = new Hints(redisUrl, onError);
  const jobs = new ExperimentJobs(redis, keys);
  const tickets = new Tickets(redis, keys);
  const plots = new Plots({ redisUrl, prefix: keys.prefix });
  const groupTickets = new Tickets(redis, keys, groupsQueueName);
  const surveys = new Surveys(redisUrl, keys);
  const closing = new AbortController();
  return {
    redis,
    keys,
    experiments: new Experiments(redis, keys, jobs),
    heads: new ExperimentHeads(redis, keys),
    readModel: new ReadModel(redis, keys),
    registry: new Registry(redis, keys),
    tickets,
    groupTickets,
    attempts: new Attempts(redis, keys),
    apiKeys: new ApiKeys(redis, keys),
    charges: new Charges(redis, keys),
    hints,
    files,
    plots,
    catalogue,
    survey: (pool, question) => surveys.ask(pool, question, surveyWaitMs),
    closing: closing.signal,
    beginClosing: () => closing.abort(),
    close: async () => {
      closing.abort();
      hints.close();
      await Promise.allSettled([jobs.close(), tickets.close(), groupTickets.close(), plots.close()]);
      redis.disconnect();
    },
  };
}
