/**
 * BullMQ's own support of OpenTelemetry: a job carries the trace of whoever added it to whoever takes it. Switched on once for a whole
 * process, before it opens its first queue; without that, jobs carry nothing and cost nothing more.
 */
import { Queue, type JobsOptions, type Telemetry } from 'bullmq';

let telemetry: Telemetry | undefined;

/** From here on, queues that are opened say what they do to the tracer that the process has registered. */
export async function traceQueues(): Promise<void> {
  const { BullMQOtel } = await import('bullmq-otel');
  telemetry = new BullMQOtel();
}

/** For the options of a queue or of one of its workers. */
export function traced(): { readonly telemetry?: Telemetry } {
  return telemetry === undefined ? {} : { telemetry };
}

/** A queue to which sweeps add jobs that it has, as a rule, already: each time would be a span that tells nothing. */
export class SweptQueue extends Queue {
  async addIfGone(name: string, data: unknown, options: JobsOptions): Promise<void> {
    await this.addJob(name, data, options);
  }
}
