/**
 * Names of everything in Redis. A deployment has one Redis, not a cluster: lists and registry go over many keys at once.
 * The hash tags, one an experiment and one a pool's groups, say which keys a script may touch beside the one it is given.
 */

export interface Keys {
  /** Prefix of all keys of this deployment. */
  readonly prefix: string;
  /** Prefix that BullMQ puts before its own keys. */
  readonly bull: string;
  readonly experiments: string;
  /** Experiments that were to be taken up again after their end, by when that was asked, until an optimizer has published it. */
  readonly reopened: string;
  readonly workers: string;
  /** Declarations of training functions by version, and when each was declared last. */
  readonly functions: string;
  readonly declared: string;
  /** Records of API keys by their ids. */
  readonly apiKeys: string;
  /** Experiments that a key answers for, with the trials that each may run at once. */
  charges(key: string): string;
  tagged(tag: string): string;
  inState(state: string): string;
  worker(id: string): string;
  /** Channel on which a worker hears stops and decisions; that of an asker's attempt bears its nonce. */
  replies(id: string): string;
  /** Experiments that want slots of one kind in a pool, and what one of them wants. */
  demands(pool: string, kind: string): string;
  demand(pool: string, kind: string, experiment: string): string;
  /** Base of the keys of a pool's lockstep groups, see `queue/scripts/lockstep/lib.lua`. */
  lockstep(pool: string): string;
  of(experiment: string): ExperimentKeys;
}

/** Keys under `prefix`, which must not contain braces. */
export function makeKeys(prefix = 'maggy'): Keys {
  return {
    prefix,
    bull: `${prefix}:bull`,
    experiments: `${prefix}:experiments`,
    reopened: `${prefix}:experiments:reopening`,
    workers: `${prefix}:workers`,
    functions: `${prefix}:functions`,
    declared: `${prefix}:functions:declared`,
    apiKeys: `${prefix}:api-keys`,
    charges: (key) => `${prefix}:api-keys:charges:${key}`,
    tagged: (tag) => `${prefix}:experiments:tag:${tag}`,
    inState: (state) => `${prefix}:experiments:state:${state}`,
    worker: (id) => `${prefix}:worker:${id}`,
    replies: (id) => `${prefix}:replies:${id}`,
    demands: (pool, kind) => `${prefix}:demands:${pool}:${kind}`,
    demand: (pool, kind, experiment) => `${prefix}:demands:${pool}:${kind}:${experiment}`,
    lockstep: (pool) => `${prefix}:{lockstep.${pool}}:`,
    of: (experiment) => new ExperimentKeys(`${prefix}:{${experiment}}:`),
  };
}

/** A name is put together when it is asked for: every call of a script asks for one or two of them. */
export class ExperimentKeys {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  get guard(): string {
    return `${this.#base}guard`;
  }

  get log(): string {
    return `${this.#base}log`;
  }

  get specification(): string {
    return `${this.#base}specification`;
  }

  get tombstone(): string {
    return `${this.#base}tombstone`;
  }

  get ready(): string {
    return `${this.#base}ready`;
  }

  get tickets(): string {
    return `${this.#base}tickets`;
  }

  /** A person's requests by their nonces, and the nonces by when they came. */
  get requests(): string {
    return `${this.#base}requests`;
  }

  get requested(): string {
    return `${this.#base}requested`;
  }

  /** Askers that wait for a ticket, by the time until which they count. */
  get askers(): string {
    return `${this.#base}askers`;
  }

  /** Channel: there are tickets for askers, or there never will be any more. */
  get offers(): string {
    return `${this.#base}offers`;
  }

  get leases(): string {
    return `${this.#base}leases`;
  }

  get snapshot(): string {
    return `${this.#base}snapshot`;
  }

  /** Channel: the log grew; its messages carry the entries. */
  get news(): string {
    return `${this.#base}news`;
  }

  /** Channel: what users read was written anew. */
  get published(): string {
    return `${this.#base}published`;
  }

  trial(number: number): string {
    return `${this.#base}trial:${String(number)}`;
  }

  /** Recorded decisions of a trial by step. */
  decisions(number: number): string {
    return `${this.#base}decisions:${String(number)}`;
  }

  curve(number: number): string {
    return `${this.#base}curve:${String(number)}`;
  }

  output(number: number): string {
    return `${this.#base}output:${String(number)}`;
  }

  /** What the ranks of its lockstep group have said of themselves. */
  group(number: number): string {
    return `${this.#base}group:${String(number)}`;
  }

  artefacts(number: number): string {
    return `${this.#base}artefacts:${String(number)}`;
  }

  /** Of the read model, as are all that follow. */
  get rows(): string {
    return `${this.#base}rows`;
  }

  get states(): string {
    return `${this.#base}states`;
  }

  get result(): string {
    return `${this.#base}result`;
  }

  get position(): string {
    return `${this.#base}position`;
  }

  index(state: string, sort: string): string {
    return `${this.#base}index:${state}:${sort}`;
  }
}
