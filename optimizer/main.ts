/**
 * The optimizer process: takes experiments off their queue and looks after each while it holds its lease. Several may run;
 * each experiment has one at a time, and another takes over when that one is gone.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { MaggyError } from '../core/errors.ts';
import { experimentFolder } from '../core/store-layout.ts';
import { optimizerMetrics } from '../metrics/metrics.ts';
import { serveMetrics, type MetricsAddress } from '../metrics/server.ts';
import { connect, requireNoEviction } from '../queue/connection.ts';
import { Tenure } from '../queue/decisions.ts';
import { ExperimentConsumer, ExperimentJobs } from '../queue/experiment-jobs.ts';
import { Experiments } from '../queue/experiments.ts';
import { Hints } from '../queue/hints.ts';
import { makeKeys } from '../queue/keys.ts';
import { OutageLog } from '../queue/outage-log.ts';
import { ReadModel } from '../queue/read-model.ts';
import { Registry } from '../queue/registry.ts';
import { groupsQueueName, Tickets } from '../queue/tickets.ts';
import { builtInAlgorithms, type Algorithms } from './algorithms.ts';
import { CapacityWatch } from './service/capacity.ts';
import { shepherd, type ShepherdServices } from './service/shepherd.ts';
import { SurrogatePool } from './service/surrogate-pool.ts';

export interface OptimizerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  /** Folder of the checkpoint store, to remove the files of deleted experiments. */
  readonly storeFolder: string;
  /** What it knows; the built-in algorithms unless it is said otherwise. */
  readonly algorithms?: Algorithms;
  /** Files that some of them were loaded from: the threads in which heavy samplers work load them again. */
  readonly extensions?: readonly string[];
  /** Experiments looked after at once. */
  readonly concurrency?: number;
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
  /** Where Prometheus finds its metrics; nowhere where absent. */
  readonly metrics?: MetricsAddress;
  readonly log: Logger;
}

export interface RunningOptimizer {
  /** Rejects when it can look after experiments no more. */
  readonly failed: Promise<never>;
  /** Of its metrics, where they are served. */
  readonly metricsUrl?: string;
  /** Hands the experiments back and ends. */
  stop(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 256;
const LOCK_DURATION_MS = 8000;
const STALLED_INTERVAL_MS = 4000;
const JOB_SWEEP_MS = 5000;
/** How long queues may take to close. */
const CLOSE_MS = 2000;

export async function startOptimizer(options: OptimizerOptions): Promise<RunningOptimizer> {
  const { redisUrl, storeFolder, algorithms = builtInAlgorithms, extensions = [], log } = options;
  const metrics = optimizerMetrics();
  const metricsServer = options.metrics === undefined ? undefined : await serveMetrics(metrics.registry, options.metrics);
  const surrogates = new SurrogatePool(extensions);
  const keys = makeKeys(options.prefix);
  const outages = new OutageLog(log);
  const onError = outages.telling('Redis');
  const strict = connect(redisUrl, 'strict', onError);
  const patient = connect(redisUrl, 'patient', onError);
  outages.follow(patient);
  await requireNoEviction(patient).catch((error: unknown) => {
    metricsServer?.close();
    strict.disconnect();
    patient.disconnect();
    throw error;
  });
  const hints = new Hints(redisUrl, onError);
  const jobs = new ExperimentJobs(patient, keys);
  const tickets = new Tickets(patient, keys);
  const groupTickets = new Tickets(patient, keys, groupsQueueName);
  const experiments = new Experiments(patient, keys, jobs);
  const services: ShepherdServices = {
    takeOver: (experiment) => Tenure.begin(strict, keys, experiment),
    keys,
    hints,
    tickets,
    groupTickets,
    experiments,
    readModel: new ReadModel(patient, keys),
    capacity: new CapacityWatch(new Registry(patient, keys)),
    algorithms,
    surrogates,
    metrics,
    log,
    removeFiles: (experiment) => rm(experimentFolder(storeFolder, experiment), { recursive: true, force: true }),
  };
  const consumer = new ExperimentConsumer({
    url: redisUrl,
    keys,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    lockDurationMs: options.lockDurationMs ?? LOCK_DURATION_MS,
    stalledIntervalMs: options.stalledIntervalMs ?? STALLED_INTERVAL_MS,
    handle: (experiment, lease) => shepherd(experiment, services, lease),
    onStalled: () => metrics.stalls.inc(),
    onError,
  });
  const failed = consumer.run().then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => Promise.reject(new MaggyError('unavailable', 'the experiments queue failed', { cause: error })),
  );
  // Whoever started it may not look.
  failed.catch((error: unknown) => log.error({ err: error }, 'the experiments queue failed'));
  let isSweeping = false;
  const sweep = setInterval(() => {
    if (isSweeping) return;
    isSweeping = true;
    void experiments
      .ensureJobs(consumer.held)
      .catch(onError)
      .finally(() => {
        isSweeping = false;
      });
  }, JOB_SWEEP_MS);
  log.info(
    { samplers: algorithms.samplers.map(({ type }) => type), schedulers: algorithms.schedulers.map(({ type }) => type) },
    'optimizer ready',
  );
  if (metricsServer !== undefined) log.info({ url: metricsServer.url }, 'metrics');
  return {
    failed,
    ...(metricsServer === undefined ? {} : { metricsUrl: metricsServer.url }),
    async stop() {
      clearInterval(sweep);
      await consumer.close();
      hints.close();
      metricsServer?.close();
      // Where Redis is gone, queues would wait for it for ever; leases lapse by themselves.
      const queues = Promise.allSettled([tickets.close(), groupTickets.close(), jobs.close()]);
      await Promise.race([queues, sleep(CLOSE_MS, undefined, { ref: false })]);
      strict.disconnect();
      patient.disconnect();
      await surrogates.close();
    },
  };
}

/**
 * Runs until SIGTERM or SIGINT; a second one ends at once.
 * @throws {MaggyError} `unavailable` when it can look after experiments no more
 */
export async function runOptimizer(options: OptimizerOptions): Promise<void> {
  const optimizer = await startOptimizer(options);
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
  await Promise.race([asked, optimizer.failed]).finally(async () => {
    options.log.info('handing the experiments back');
    await optimizer.stop();
  });
}
