/**
 * The slots of this process, for one experiment: warm trial processes, kept as a worker keeps them, that run what the experiment hands
 * out. The counterpart of `worker/worker.ts` without a queue, a registration or a folder to watch.
 */
import { pino } from 'pino';
import type { Declaration } from '../core/declaration.ts';
import { MaggyError } from '../core/errors.ts';
import type { PinnedFunction } from '../core/experiment.ts';
import type { Binding } from '../core/attempt.ts';
import { Attempt } from '../worker/attempt.ts';
import { shareOf } from '../worker/environment.ts';
import { monotonicMs } from '../worker/monotonic.ts';
import { RunningAttempts } from '../worker/running-attempts.ts';
import { Slots, type Slot } from '../worker/slots.ts';
import { workerTimes, type WorkerTimes } from '../worker/times.ts';
import { TrialProcess } from '../worker/trial-process.ts';
import type { LocalExperiment } from './local-experiment.ts';

export interface LocalSlotsOptions {
  /** Of the training function. */
  readonly file: string;
  readonly count: number;
  readonly backend?: string;
  readonly gpus: readonly string[];
  /** Inherited by the trial processes. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A lease guards a trial against two workers; here there is one, and one that was suspended for an hour finds its trials as it left them. */
const times: WorkerTimes = { ...workerTimes, leaseMs: 7 * 24 * 3600 * 1000 };

/** What is amiss is said by outcomes and errors; nobody reads a log here. */
const log = pino({ enabled: false });

const TICK_MS = 250;

export class LocalSlots {
  readonly #slots: Slots;
  readonly #processes = new Set<TrialProcess>();
  readonly #running = new RunningAttempts(log);
  #declaration: Declaration | undefined;

  /** Starts the trial processes. */
  constructor({ file, count, backend, gpus, environment }: LocalSlotsOptions) {
    const preferred = backend === undefined ? {} : { backend };
    this.#slots = new Slots({
      count,
      start: (slot) => this.#keep({ ...times, ...shareOf(slot, count, gpus, environment), ...preferred, functions: file, log }),
      held: () => (this.#declaration === undefined ? [] : [this.#declaration]),
      // The slot's next trial tries again, and says what went wrong.
      onError: () => undefined,
    });
  }

  /** What the file holds. @throws MaggyError `unavailable` (rejection) with the reason, where it cannot be loaded */
  async declaration(): Promise<Declaration> {
    const loaded = this.#slots.all.map((slot) => slot.loaded);
    const { functions } = await Promise.any(loaded).catch((error: unknown) => {
      throw error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
    });
    const [declaration] = functions;
    if (declaration === undefined) throw new MaggyError('internal', 'a trial process loaded no training function');
    this.#declaration = declaration;
    return declaration;
  }

  /**
   * Runs the experiment to its end.
   * @param store folder of its checkpoints
   * @param onTick called a few times a second
   * @throws what made it impossible to go on, for the experiment or in every slot (rejection)
   */
  async run(experiment: LocalExperiment, store: string, onTick: () => void): Promise<void> {
    const timer = setInterval(() => {
      this.#running.tick();
      for (const reply of experiment.tick()) this.#running.tell(reply);
      onTick();
    }, TICK_MS);
    try {
      const served = Promise.allSettled(this.#slots.all.map((slot) => this.#serve(slot, experiment, store)));
      const ends = await Promise.race([served, experiment.failed]);
      // A slot whose process cannot be started any more leaves the trials to the others.
      const broken = ends.find((end) => end.status === 'rejected');
      if (!experiment.hasEnded && broken !== undefined) throw broken.reason;
    } finally {
      clearInterval(timer);
    }
  }

  /** Ends the processes; resolves when none is left. */
  async close(): Promise<void> {
    this.#running.abandon('the experiment ends');
    this.#slots.close();
    await Promise.all([...this.#processes].map((child) => child.exited));
  }

  async #serve(slot: Slot, experiment: LocalExperiment, store: string): Promise<void> {
    const pinned = experiment.specification.trainingFunction;
    for (;;) {
      await warmChild(slot, pinned);
      const binding = await experiment.next(slot.index);
      if (binding === null) return;
      try {
        // Another one, if it has died while it waited: that is not the trial's doing.
        const child = await warmChild(slot, pinned);
        slot.keepFor(pinned);
        await this.#run(child, binding, experiment, store);
      } finally {
        // Of an attempt that has told its outcome there is nothing to lose.
        experiment.attempts.lose(binding.token);
      }
      slot.refresh();
    }
  }

  async #run(child: TrialProcess, binding: Binding, { attempts, specification }: LocalExperiment, store: string): Promise<void> {
    const attempt = new Attempt({ attempts, child, binding, specification, store, settings: times, startAskedAtMs: monotonicMs(), log });
    await this.#running.run(binding.token, attempt);
    await attempt.over;
  }

  #keep(options: ConstructorParameters<typeof TrialProcess>[0]): TrialProcess {
    const child = new TrialProcess(options);
    this.#processes.add(child);
    void child.exited.then(() => this.#processes.delete(child));
    return child;
  }
}

/** @throws MaggyError `conflict` (rejection) where the file holds another version by now */
async function warmChild(slot: Slot, pinned: PinnedFunction): Promise<TrialProcess> {
  const { child, hash } = await slot.childFor(pinned);
  if (hash === pinned.hash) return child;
  throw new MaggyError('conflict', `the file of training function ${pinned.name} was changed while its experiment ran`);
}
