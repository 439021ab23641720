/** For commands that ask Redis itself: one connection for as long as they work, and a sentence where none answers. */
import { MaggyError } from '../core/errors.ts';
import { connect, withoutPassword } from '../queue/connection.ts';
import { makeKeys, type Keys } from '../queue/keys.ts';
import { isRedisUnavailable } from '../queue/unavailable.ts';
import { keyPrefix, redisUrl } from './environment.ts';

export interface RedisSurroundings {
  readonly redis: ReturnType<typeof connect>;
  readonly keys: Keys;
  /** Of Redis, without a password. */
  readonly address: string;
}

/** @throws MaggyError `unavailable` where no Redis answers */
export async function withRedis<Answer>(work: (surroundings: RedisSurroundings) => Promise<Answer>): Promise<Answer> {
  const url = redisUrl();
  const address = withoutPassword(url);
  const redis = connect(url, 'strict');
  try {
    return await work({ redis, keys: makeKeys(keyPrefix()), address });
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    throw new MaggyError('unavailable', `no Redis answers at ${address}: set REDIS_URL, or run this beside npm start`, { cause: error });
  } finally {
    redis.disconnect();
  }
}
