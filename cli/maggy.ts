/** The process of `maggy`: its arguments in, its exit code out. */
import { main } from './program.ts';

process.exitCode = await main(process.argv.slice(2));
