/** An owner that starts one process and says which: `owner.child.ts LOG_FOLDER REDIS_URL PREFIX`. */
import { OwnedProcess } from '../../cli/stack/owned-process.ts';

const [logFolder = '', redisUrl = '', prefix = ''] = process.argv.slice(2);
const env = { ...process.env, REDIS_URL: redisUrl, MAGGY_PREFIX: prefix };
const owned = await OwnedProcess.start({ name: 'optimizer', command: ['optimizer'], env, logFolder });
process.stdout.write(`${owned.pid}\n`);
await owned.ended();
