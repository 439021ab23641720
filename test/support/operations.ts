/**
 * How much work a function does, counted and not timed: blocks of code of this project that V8 runs (its precise coverage has a counter
 * in each function, branch and loop). It is the same on every machine and at every load. What runs inside a built-in is not counted.
 *
 * Import it before the code that is to be counted: only what is compiled from then on has counters in its branches and loops.
 */
import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

// Optimised code skips counters, and with code that is thrown away goes its count.
setFlagsFromString('--no-opt');
setFlagsFromString('--no-flush-bytecode');
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** @param folder whose code counts, such as `/optimizer/` */
export async function countOperations(folder: string, work: () => void): Promise<number> {
  // Taking the counts sets them to 0.
  await session.post('Profiler.takePreciseCoverage');
  work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ranges = result.filter(({ url }) => url.includes(folder)).flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}
