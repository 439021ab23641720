/** A process that owns a named Redis and is there to be killed: `redis-owner.ts FOLDER NAME`. Prints the URL once it serves. */
import { obtainRedis } from '../../queue/embedded-server.ts';

const [folder = '', name = ''] = process.argv.slice(2);
const redis = await obtainRedis({ folder, name, appendonly: 'always' });
console.log(redis.url);
setInterval(() => undefined, 60_000);
