/** An optimizer in a process that is there to be killed: `optimizer-child.ts URL PREFIX`. Prints a line once it is ready. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { runOptimizer } from '../../optimizer/main.ts';
import { QUICK_LOCK } from './deployment.ts';

const [redisUrl = '', prefix = ''] = process.argv.slice(2);
await runOptimizer({ redisUrl, prefix, storeFolder: join(tmpdir(), 'maggy-no-store'), ...QUICK_LOCK, log: pino({ level: 'info' }) });
