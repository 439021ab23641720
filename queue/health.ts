/** Whether a Redis can do its work: by what it says of itself, because servers for hire forbid CONFIG GET. */
import type { Redis } from 'ioredis';
import { MaggyError } from '../core/errors.ts';
import { requireNoEviction } from './connection.ts';

/** From here on nothing new is taken on, so that what runs has room for its reports and decisions to its end. */
const FULL = 0.9;

/**
 * Refuses new work where Redis is nearly full. Without `maxmemory` it never is.
 * @throws {MaggyError} unavailable
 */
export async function requireRoom(redis: Redis): Promise<void> {
  const info = await redis.info('memory');
  const [used, most] = [numberIn(info, 'used_memory'), numberIn(info, 'maxmemory')];
  if (most === 0 || used < FULL * most) return;
  throw new MaggyError(
    'unavailable',
    `Redis is nearly full (${mebibytes(used)} of ${mebibytes(most)}): what runs goes on, and nothing new is taken on until experiments are deleted or maxmemory is raised`,
  );
}

/**
 * Refuses a Redis that answers but could lose or refuse what is written to it.
 * @throws {MaggyError} unavailable
 */
export async function requireWritable(redis: Redis): Promise<void> {
  await requireNoEviction(redis).catch((error: unknown) => {
    if (error instanceof MaggyError) throw new MaggyError('unavailable', error.message, { cause: error });
    throw error;
  });
  const info = await redis.info();
  const state = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  if (state('role') === 'slave')
    throw new MaggyError('unavailable', 'this Redis is a replica: REDIS_URL must name the one that is written to');
  if (state('loading') === '1') throw new MaggyError('unavailable', 'Redis is still loading its data');
  const [used, most] = [numberIn(info, 'used_memory'), numberIn(info, 'maxmemory')];
  if (most > 0 && used >= most)
    throw new MaggyError('unavailable', `Redis is full (${mebibytes(used)} of ${mebibytes(most)}) and takes no write`);
  if (state('aof_last_write_status') === 'err')
    throw new MaggyError('unavailable', 'Redis cannot write its append-only file: is its disk full?');
}

function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
