/** The API on a port: checks its Redis, listens, and closes when it is told to. `maggy api` gives it environment and signals. */
import type { FastifyBaseLogger } from 'fastify';
import { builtInCatalogue, type Catalogue } from '../core/catalogue.ts';
import { MaggyError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { connect, requireNoEviction } from '../queue/connection.ts';
import { isRedisUnavailable } from '../queue/unavailable.ts';
import { addProcessMetrics, apiMetrics } from '../metrics/metrics.ts';
import { experimentFolder } from '../core/store-layout.ts';
import { DirectoryCheckpointStore } from '../training/checkpoint-store.ts';
import packageJson from '../package.json' with { type: 'json' };
import { buildApp } from './app.ts';

export interface ServerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  /** Folder of the checkpoint store. */
  readonly storeFolder: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly catalogue?: Catalogue;
  /** Whether requests must show an API key. Anybody may ask without one only where `host` is this machine alone, and nothing is said here. */
  readonly requireKeys?: boolean;
  readonly trustProxy?: readonly string[];
  readonly logger?: FastifyBaseLogger;
}

export interface RunningServer {
  readonly url: string;
  /** Ends streams and long polls, answers what is under way, and closes the connections to Redis. */
  close(): Promise<void>;
}

/** @throws {MaggyError} unavailable where Redis does not answer, invalid where it may evict keys */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { redisUrl, prefix, storeFolder, host, port, catalogue = builtInCatalogue, logger, trustProxy = [] } = options;
  const requireKeys = options.requireKeys ?? !isLoopback(host);
  await checkRedis(redisUrl);
  const storeOf = (experiment: string) => new DirectoryCheckpointStore(experimentFolder(storeFolder, experiment));
  const metrics = apiMetrics();
  addProcessMetrics(metrics.registry);
  const app = await buildApp({
    metrics,
    redisUrl,
    ...(prefix === undefined ? {} : { prefix }),
    files: {
      listFiles: (experiment, id) => storeOf(experiment).listFiles(id),
      openFile: (experiment, id, name) => storeOf(experiment).openFile(id, name),
    },
    catalogue,
    version: packageJson.version,
    requireKeys,
    trustProxy,
    ...(logger === undefined ? {} : { logger }),
  });
  try {
    return { url: await app.listen({ host, port }), close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function checkRedis(redisUrl: string): Promise<void> {
  const redis = connect(redisUrl, 'strict');
  try {
    await requireNoEviction(redis);
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    throw new MaggyError('unavailable', 'Redis does not answer; is REDIS_URL right?', { field: 'REDIS_URL', cause: error });
  } finally {
    redis.disconnect();
  }
}
