/** Traces of a process of a deployment: begun before it opens its first queue, ended after its last word. */
import type { Logger } from 'pino';
import { traceQueues } from '../queue/tracing.ts';
import { isTracing, startTracing, type TracedProcess } from '../telemetry/tracing.ts';

/** Runs `serve` with the process traced where the standard variables of OpenTelemetry ask for it. */
export async function traced<Result>(of: TracedProcess, log: Pick<Logger, 'warn'>, serve: () => Promise<Result>): Promise<Result> {
  const tracing = await startTracing(of, process.env, (reason) => log.warn({ reason }, 'traces cannot be delivered'));
  if (isTracing()) await traceQueues();
  try {
    return await serve();
  } finally {
    await tracing.stop();
  }
}
