/**
 * The clock of deadlines: milliseconds of CLOCK_MONOTONIC, which has one origin for all processes of a machine, so that a
 * worker can name a moment to its trial processes. `performance.now` counts from each process's own start.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
