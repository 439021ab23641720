/**
 * Connections to Redis. Each has one manner: `patient` waits out a reconnection (BullMQ workers, API, trial attempts:
 * their scripts bear being sent twice), `strict` fails a command as soon as the connection is lost (decisions: an
 * optimizer whose memory may be ahead of the log must take over anew instead of repeating itself).
 */
import { Redis } from 'ioredis';
import { invalid } from '../core/errors.ts';

export type Manner = 'patient' | 'strict';

/** The longest that ioredis may wait while Redis loads its data before it tries again. */
const LOADING_RETRY_MS = 300;
const RECONNECT_MAX_MS = 1000;

const shared = {
  maxLoadingRetryTime: LOADING_RETRY_MS,
  retryStrategy: (times: number) => Math.min(50 * times, RECONNECT_MAX_MS),
};

/** Opens a connection; `url` is `redis://…`, `rediss://…` or the path of a Unix socket. */
export function connect(url: string, manner: Manner = 'patient', onError: (error: Error) => void = () => undefined): Redis {
  const options = { ...shared, maxRetriesPerRequest: manner === 'strict' ? 0 : null };
  const redis = url.startsWith('/') ? new Redis({ ...options, path: url }) : new Redis(url, options);
  // Without a listener an 'error' event would end the process; what failed is also reported by the command that failed.
  redis.on('error', onError);
  return redis;
}

/** A URL fit for messages. Whatever stands between user and host is hidden, also where a password was not encoded. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):.*@/, '$1:***@');
}

/**
 * Refuses a Redis that may evict keys: the log would lose entries silently.
 * @throws {MaggyError} `invalid`
 */
export async function requireNoEviction(redis: Redis, name = 'Redis'): Promise<void> {
  // INFO, because servers for hire forbid CONFIG GET.
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  if (policy === undefined || policy === 'noeviction') return;
  throw invalid(`maxmemory-policy of ${name}`, 'must be noeviction, or Redis drops records of experiments', policy);
}
