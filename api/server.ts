/**
 * The API process: reads the environment, listens, and ends when it is told to. `startServer` is the same without environment and
 * signals, for whoever runs the API inside another process.
 */
import { pathToFileURL } from 'node:url';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { builtInCatalogue, type Catalogue } from '../core/catalogue.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import { connect, requireNoEviction } from '../queue/connection.ts';
import { isRedisUnavailable } from '../queue/unavailable.ts';
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
  readonly logger?: FastifyBaseLogger;
}

export interface RunningServer {
  readonly url: string;
  /** Ends streams and long polls, answers what is under way, and closes the connections to Redis. */
  close(): Promise<void>;
}

/** @throws {MaggyError} unavailable where Redis does not answer, invalid where it may evict keys */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { redisUrl, prefix, storeFolder, host, port, catalogue = builtInCatalogue, logger } = options;
  await checkRedis(redisUrl);
  const storeOf = (experiment: string) => new DirectoryCheckpointStore(experimentFolder(storeFolder, experiment));
  const app = await buildApp({
    redisUrl,
    ...(prefix === undefined ? {} : { prefix }),
    files: {
      listFiles: (experiment, id) => storeOf(experiment).listFiles(id),
      openFile: (experiment, id, name) => storeOf(experiment).openFile(id, name),
    },
    catalogue,
    version: packageJson.version,
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

async function main(): Promise<void> {
  const { env } = process;
  const logger = pino({ level: env.LOG_LEVEL ?? 'info' });
  const server = await startServer({
    redisUrl: env.REDIS_URL ?? 'redis://127.0.0.1:6379',
    ...(env.MAGGY_PREFIX === undefined ? {} : { prefix: env.MAGGY_PREFIX }),
    storeFolder: env.MAGGY_STORE ?? '.maggy/store',
    host: env.HOST ?? '127.0.0.1',
    port: portOf(env.PORT ?? '8080'),
    logger,
  });
  let isClosing = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait for requests under way.
      if (isClosing) process.exit(1);
      isClosing = true;
      logger.info({ signal }, 'closing');
      server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'did not close cleanly');
          process.exit(1);
        },
      );
    });
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw invalid('PORT', 'must be a port number', text);
  return port;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main().catch((error: unknown) => {
    console.error(error instanceof MaggyError ? error.message : error);
    process.exitCode = 1;
  });
}
