/** A process that is traced: which one, what it is told, and how its tracing ends. */

export type TracedProcess = 'api' | 'optimizer' | 'worker';
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Tracing {
  /** Sends what is still here, for a short while at most, and ends. */
  stop(): Promise<void>;
}
