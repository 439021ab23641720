/**
 * The threads in which heavy samplers work. An experiment stays in one of them for a whole tenure; a thread is started when
 * it is first needed. Whatever goes wrong in a thread ends the tenures it serves, which are then begun anew.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { MaggyError } from '../../core/errors.ts';
import type { LogEvent } from '../../core/events.ts';
import type { Engine } from '../engine/engine.ts';
import { InlineSuggestions, momentOf, type ListMoment, type MadeList, type Suggestions, type SurrogateFitted } from './suggestions.ts';
import type { Answer, Order } from './surrogate-protocol.ts';
import type { ThreadData } from './surrogate-thread.ts';

const MOST_THREADS = 4;

/** Leaves one core to the event loop. */
const defaultThreads = Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1));

interface Thread {
  readonly worker: Worker;
  readonly replicas: Map<number, ThreadSuggestions>;
}

/** An engine, and who tells of each event that it folds. */
interface Followed {
  readonly engine: Engine;
  readonly follow: (listener: (event: LogEvent) => void) => void;
}

export class SurrogatePool {
  readonly #extensions: readonly string[];
  readonly #most: number;
  readonly #threads: Thread[] = [];
  #replicas = 0;

  /** @param extensions files with samplers and schedulers, as the process itself has loaded them */
  constructor(extensions: readonly string[], most = defaultThreads) {
    this.#extensions = extensions;
    this.#most = most;
  }

  /** For an engine that is to stay responsive; `wake` is called when a thread has an answer. */
  suggestionsFor({ engine, follow }: Followed, wake: () => void): Suggestions {
    if (!engine.isHeavy) return new InlineSuggestions(engine);
    const suggestions = this.#inThread(engine, wake);
    follow((event) => suggestions.feed(event));
    return suggestions;
  }

  #inThread(engine: Engine, wake: () => void): ThreadSuggestions {
    const thread = this.#leastBusy();
    const replica = (this.#replicas += 1);
    const suggestions = new ThreadSuggestions({
      engine,
      replica,
      wake,
      tell: (order) => thread.worker.postMessage(order),
      onClose: () => thread.replicas.delete(replica),
    });
    thread.replicas.set(replica, suggestions);
    return suggestions;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #leastBusy(): Thread {
    const [idlest] = [...this.#threads].sort((a, b) => a.replicas.size - b.replicas.size);
    if (idlest !== undefined && (idlest.replicas.size === 0 || this.#threads.length >= this.#most)) return idlest;
    return this.#start();
  }

  #start(): Thread {
    const workerData: ThreadData = { extensions: this.#extensions };
    const worker = new Worker(new URL('surrogate-thread.mjs', import.meta.url), { workerData, execArgv: [] });
    const thread: Thread = { worker, replicas: new Map() };
    worker.on('message', (answer: Answer) => thread.replicas.get(answer.replica)?.hear(answer));
    const fail = (why: string): void => {
      const at = this.#threads.indexOf(thread);
      if (at >= 0) this.#threads.splice(at, 1);
      for (const suggestions of thread.replicas.values()) suggestions.fail(why);
    };
    worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => fail('it ended'));
    worker.unref();
    this.#threads.push(thread);
    return thread;
  }
}

interface ThreadWiring {
  readonly engine: Engine;
  readonly replica: number;
  readonly wake: () => void;
  readonly tell: (order: Order) => void;
  readonly onClose: () => void;
}

export class ThreadSuggestions implements Suggestions {
  readonly #wiring: ThreadWiring;
  /** Moment for which a list was asked. */
  #asked: ListMoment | null = null;
  #made: MadeList | null = null;
  #fit: SurrogateFitted | null = null;
  #failure: string | null = null;

  constructor(wiring: ThreadWiring) {
    this.#wiring = wiring;
    wiring.tell({ kind: 'begin', replica: wiring.replica, state: wiring.engine.state, version: wiring.engine.version });
  }

  /** The log goes to the thread as the engine folds it. */
  feed(event: LogEvent): void {
    this.#wiring.tell({ kind: 'apply', replica: this.#wiring.replica, event });
  }

  list(count: number): MadeList | null {
    if (this.#failure !== null) throw new MaggyError('internal', `the thread of the surrogate failed: ${this.#failure}`);
    const made = this.#made;
    this.#made = null;
    // A binding after the basis makes a list useless, other news only less good.
    if (made !== null && made.moment.bindings === this.#wiring.engine.bindings) return made;
    if (this.#asked === null && this.fit() === null) {
      this.#asked = momentOf(this.#wiring.engine);
      this.#wiring.tell({ kind: 'list', replica: this.#wiring.replica, count });
    }
    return null;
  }

  fit(): SurrogateFitted | null {
    const known = this.#wiring.engine.state.fit?.observations ?? 0;
    if (this.#fit !== null && known >= this.#fit.observations) this.#fit = null;
    return this.#fit;
  }

  hear(answer: Answer): void {
    const moment = this.#asked;
    this.#asked = null;
    if (answer.kind === 'failed') this.#failure = answer.message;
    else if (answer.kind === 'fit') this.#fit = answer.fit;
    else if (moment !== null) this.#made = { entries: answer.entries, moment, costMs: answer.costMs };
    this.#wiring.wake();
  }

  fail(why: string): void {
    this.#failure = why;
    this.#wiring.wake();
  }

  close(): void {
    this.#wiring.tell({ kind: 'end', replica: this.#wiring.replica });
    this.#wiring.onClose();
  }
}
