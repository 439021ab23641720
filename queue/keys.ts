/**
 * Names of everything in Redis. Keys of one experiment share one hash tag, so that its scripts run on one cluster
 * node; what spans experiments (lists, registry, BullMQ's own queues) does not.
 */

export interface Keys {
  /** Prefix of all keys of this deployment. */
  readonly prefix: string;
  /** Prefix that BullMQ puts before its own keys. */
  readonly bull: string;
  readonly experiments: string;
  /** Experiments that were taken up again after their end, until an optimizer has published it. */
  readonly reopened: string;
  readonly workers: string;
  readonly functions: string;
  tagged(tag: string): string;
  inState(state: string): string;
  worker(id: string): string;
  /** Channel on which a worker hears stops and decisions. */
  replies(workerId: string): string;
  /** Experiments that want slots of a pool, and what one of them wants. */
  demands(pool: string): string;
  demand(pool: string, experiment: string): string;
  of(experiment: string): ExperimentKeys;
}

export interface ExperimentKeys {
  readonly guard: string;
  readonly log: string;
  readonly specification: string;
  readonly tombstone: string;
  readonly tickets: string;
  readonly leases: string;
  readonly snapshot: string;
  /** Channel: the log grew. */
  readonly news: string;
  /** Channel: what users read was written anew. */
  readonly published: string;
  readonly states: string;
  trial(number: number): string;
  /** Recorded decisions of a trial by step. */
  decisions(number: number): string;
  curve(number: number): string;
  output(number: number): string;
  artefacts(number: number): string;
  /** Keys of the read model: rows, indexes, result. */
  readonly rows: string;
  readonly result: string;
  readonly position: string;
  index(state: string, sort: string): string;
}

/** Keys under `prefix`, which must not contain braces. */
export function makeKeys(prefix = 'maggy'): Keys {
  return {
    prefix,
    bull: `${prefix}:bull`,
    experiments: `${prefix}:experiments`,
    reopened: `${prefix}:experiments:reopened`,
    workers: `${prefix}:workers`,
    functions: `${prefix}:functions`,
    tagged: (tag) => `${prefix}:experiments:tag:${tag}`,
    inState: (state) => `${prefix}:experiments:state:${state}`,
    worker: (id) => `${prefix}:worker:${id}`,
    replies: (workerId) => `${prefix}:replies:${workerId}`,
    demands: (pool) => `${prefix}:demands:${pool}`,
    demand: (pool, experiment) => `${prefix}:demands:${pool}:${experiment}`,
    of: (experiment) => experimentKeys(`${prefix}:{${experiment}}:`),
  };
}

function experimentKeys(base: string): ExperimentKeys {
  return {
    guard: `${base}guard`,
    log: `${base}log`,
    specification: `${base}specification`,
    tombstone: `${base}tombstone`,
    tickets: `${base}tickets`,
    leases: `${base}leases`,
    snapshot: `${base}snapshot`,
    news: `${base}news`,
    published: `${base}published`,
    states: `${base}states`,
    trial: (number) => `${base}trial:${String(number)}`,
    decisions: (number) => `${base}decisions:${String(number)}`,
    curve: (number) => `${base}curve:${String(number)}`,
    output: (number) => `${base}output:${String(number)}`,
    artefacts: (number) => `${base}artefacts:${String(number)}`,
    rows: `${base}rows`,
    result: `${base}result`,
    position: `${base}position`,
    index: (state, sort) => `${base}index:${state}:${sort}`,
  };
}
