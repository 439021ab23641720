/**
 * From a ticket to an attempt that runs: a slot is taken, its process asks for something to start, and what it is given runs
 * to its end. A ticket that this worker can do nothing with is put back for another.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { PinnedFunction } from '../core/experiment.ts';
import { experimentFolder } from '../core/store-layout.ts';
import type { Attempts } from '../queue/attempts.ts';
import type { Specifications } from '../queue/specifications.ts';
import type { TicketJob } from '../queue/tickets.ts';
import { Attempt, type AttemptSettings } from './attempt.ts';
import type { FunctionsFolder } from './functions-folder.ts';
import { monotonicMs } from './monotonic.ts';
import { provenanceOf } from './provenance.ts';
import type { RunningAttempts } from './running-attempts.ts';
import type { Slot, Slots } from './slots.ts';

export interface TicketHandlerWiring {
  /** Id of the worker. */
  readonly worker: string;
  readonly attempts: Attempts;
  readonly specifications: Specifications;
  readonly folder: FunctionsFolder;
  readonly slots: Slots;
  readonly running: RunningAttempts;
  /** Folder of checkpoints and artefacts. */
  readonly store: string;
  readonly settings: AttemptSettings;
  /** Whether anything may still be started. */
  readonly isServing: () => boolean;
  readonly log: Logger;
}

export class TicketHandler {
  readonly #wiring: TicketHandlerWiring;

  constructor(wiring: TicketHandlerWiring) {
    this.#wiring = wiring;
  }

  /** Resolves when the slot is free again. */
  async handle(job: TicketJob): Promise<'put back' | void> {
    const { folder, slots } = this.#wiring;
    // In whichever version: the experiment may have been pinned anew after this ticket was written.
    const held = folder.functions.find(({ name }) => name === job.trainingFunction.name);
    if (held === undefined) return 'put back';
    const slot = slots.take(held);
    try {
      return await this.#handleIn(slot, held, job);
    } finally {
      slots.release(slot);
    }
  }

  async #handleIn(slot: Slot, held: PinnedFunction, { experiment, ticket }: TicketJob): Promise<'put back' | void> {
    const { worker, attempts, specifications, running, store, settings, isServing, log } = this.#wiring;
    const specification = await specifications.get(experiment);
    if (specification === null) return;
    const { child, hash } = await slot.childFor(held);
    const { ready } = child;
    if (ready === undefined || !isServing()) return 'put back';
    const startAskedAtMs = monotonicMs();
    const answer = await attempts.start({
      experiment,
      ticket,
      nonce: randomUUID(),
      worker,
      slot: slot.index,
      hash,
      leaseMs: settings.leaseMs,
      provenance: provenanceOf(ready.backend, hash),
    });
    if (answer.kind === 'wrong-hash') return 'put back';
    if (answer.kind !== 'bound') return;
    const { binding } = answer;
    if (!isServing() || monotonicMs() - startAskedAtMs > settings.leaseMs - settings.leaseGraceMs) {
      // Redis was out of reach, or the worker was asked to end, while it was asked: nothing has begun yet.
      await attempts.release(binding.token);
      return;
    }
    const { trial, attempt } = binding.token;
    slot.keepFor({ name: held.name, hash });
    slot.running = { experiment, trial, attempt };
    const folder = experimentFolder(resolve(store), experiment);
    await running.run(slot.running, new Attempt({ attempts, child, binding, specification, store: folder, settings, startAskedAtMs, log }));
  }
}
