/** `npm start`: `maggy up`, with whatever stands behind `npm start --`. */
import { main } from './program.ts';

process.exitCode = await main(['up', ...process.argv.slice(2)]);
