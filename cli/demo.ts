/** `npm run demo`: `maggy demo`, with whatever stands behind `npm run demo --`. */
import { main } from './program.ts';

process.exitCode = await main(['demo', ...process.argv.slice(2)]);
