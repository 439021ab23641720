/**
 * Obtains a Redis for a process that was not given one: the URL where there is one, else a private server from the PATH, else one
 * from the package of Debian or Ubuntu, unpacked without root. A private server ends with its owner, even one that is killed.
 */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { MaggyError } from '../core/errors.ts';
import { obtainDebianPackage } from './embedded/debian-package.ts';
import { startNamedServer } from './embedded/named-server.ts';
import { createSocketFolder, startPrivateServer } from './embedded/private-server.ts';
import type { AppendOnly, PrivateServer } from './embedded/private-server.ts';
import { probe } from './embedded/probe.ts';
import { findOnPath } from './embedded/program.ts';
import type { ServerProgram } from './embedded/program.ts';

export interface ObtainRedisOptions {
  /** Private servers keep programs and data in `.maggy/` of this folder. */
  readonly folder: string;
  /** A server to use as it is, in the form that ioredis takes; none is started then. */
  readonly url?: string | undefined;
  /** A named server's data survive restarts, and one process at a time may run it. Without a name the data go with the server. */
  readonly name?: string;
  readonly appendonly?: AppendOnly;
  /** Told in one line what takes long. */
  readonly log?: (line: string) => void;
}

export interface ObtainedRedis {
  /** A redis:// URL or the path of a Unix socket: ioredis takes either. */
  readonly url: string;
  readonly source: 'url' | 'path' | 'downloaded';
  /** Ends a private server, and resolves once it is gone; leaves a given one alone. */
  readonly stop: () => Promise<void>;
}

/** How long a given server may take to answer: it may be starting beside this process. */
const givenServerTimeoutMs = 10_000;

/**
 * A Redis that answers PING and never evicts keys.
 * @throws MaggyError `unavailable` when none can be had or reached, `invalid` when it may evict keys, `conflict` when another process
 *   runs the named server.
 */
export async function obtainRedis(options: ObtainRedisOptions): Promise<ObtainedRedis> {
  if (options.url !== undefined && options.url !== '') {
    await probe(options.url, givenServerTimeoutMs);
    return { url: options.url, source: 'url', stop: () => Promise.resolve() };
  }
  const folder = join(resolve(options.folder), '.maggy');
  const { program, source } = await obtainProgram(folder, options.log ?? (() => undefined));
  const { name, appendonly = 'everysec' } = options;
  const serversFolder = join(folder, 'redis');
  const server =
    name === undefined
      ? await startUnnamedServer(program, serversFolder, appendonly)
      : await startNamedServer(program, join(serversFolder, name), appendonly);
  return { ...server, source };
}

async function obtainProgram(
  folder: string,
  log: (line: string) => void,
): Promise<{ program: ServerProgram; source: 'path' | 'downloaded' }> {
  const onPath = await findOnPath();
  if (onPath !== undefined) return { program: onPath, source: 'path' };
  try {
    return { program: await obtainDebianPackage(join(folder, 'redis-package'), log), source: 'downloaded' };
  } catch (error) {
    if (!(error instanceof MaggyError)) throw error;
    throw new MaggyError(
      'unavailable',
      'Maggy needs Redis: set REDIS_URL to one that runs, or install redis-server or valkey-server ' +
        `(Debian and Ubuntu: sudo apt-get install redis-server; macOS: brew install redis); none is on the PATH, and ${error.message}.`,
      { cause: error },
    );
  }
}

async function startUnnamedServer(program: ServerProgram, serversFolder: string, appendonly: AppendOnly): Promise<PrivateServer> {
  const dataFolder = join(serversFolder, `unnamed-${randomUUID()}`);
  return startPrivateServer(program, { dataFolder, socketFolder: await createSocketFolder(), ephemeral: true, appendonly });
}
