/** A process that starts a Redis, stops it and then has nothing left to do: `redis-stopper.ts FOLDER`. Prints the URL twice. */
import { obtainRedis } from '../../queue/embedded-server.ts';

const [folder = ''] = process.argv.slice(2);
const redis = await obtainRedis({ folder });
console.log(redis.url);
await redis.stop();
console.log(redis.url);
