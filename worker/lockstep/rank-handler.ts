/**
 * From a rank job to a rank that trains: its process is warmed up, the rank says that it is there, and once all are, rank 0 begins an
 * attempt with the ticket and tells the others what to run. Rank 0's process runs that attempt; the others follow. The slot is given
 * back when its process is free.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { LockstepPlan } from '../../core/lockstep.ts';
import type { Specification } from '../../core/experiment.ts';
import { experimentFolder } from '../../core/store-layout.ts';
import type { WorkerMetrics } from '../../metrics/metrics.ts';
import type { AttemptToken } from '../../core/attempt.ts';
import type { Attempts } from '../../queue/attempts.ts';
import type { GroupOrder, GroupRecord, Groups } from '../../queue/lockstep/groups.ts';
import type { RankJob } from '../../queue/lockstep/rank-jobs.ts';
import type { Specifications } from '../../queue/specifications.ts';
import { Attempt, type AttemptSettings } from '../attempt.ts';
import type { FunctionsFolder } from '../functions-folder.ts';
import { inBackground } from '../in-background.ts';
import { monotonicMs } from '../monotonic.ts';
import type { RankOrder } from '../protocol.ts';
import { provenanceOf } from '../provenance.ts';
import { runOrderOf } from '../run-order.ts';
import type { RunningAttempts } from '../running-attempts.ts';
import type { Slot, Slots } from '../slots.ts';
import type { TrialProcess } from '../trial-process.ts';
import { within } from '../within.ts';
import { Follower } from './follower.ts';
import { RankLink } from './link.ts';
import type { Machine } from './machine.ts';
import type { GroupNews } from './news.ts';
import { HeldSeat } from './seat.ts';

export interface RankSettings extends AttemptSettings {
  /** Ranks that are not there, or do not listen, within this are lost. */
  readonly joinMs: number;
  /** How long a rank may take to its end once its attempt has ended. */
  readonly stopGraceMs: number;
}

export interface RankHandlerWiring {
  /** Id of the worker. */
  readonly worker: string;
  readonly groups: Groups;
  readonly news: GroupNews;
  readonly machine: Machine;
  readonly attempts: Attempts;
  readonly specifications: Specifications;
  readonly folder: FunctionsFolder;
  readonly slots: Slots;
  readonly running: RunningAttempts;
  /** Folder of checkpoints and artefacts. */
  readonly store: string;
  readonly settings: RankSettings;
  readonly isServing: () => boolean;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}

/** What a rank runs with, once its process is warm. */
interface Prepared {
  readonly job: RankJob;
  readonly seat: HeldSeat;
  readonly slot: Slot;
  readonly child: TrialProcess;
  readonly specification: Specification & { readonly lockstep: LockstepPlan };
}

export class RankHandler {
  readonly #wiring: RankHandlerWiring;
  readonly #followers = new Set<Follower>();

  constructor(wiring: RankHandlerWiring) {
    this.#wiring = wiring;
  }

  /** Gives back what follows here; the attempts of ranks 0 are given back with the others of the worker. */
  async handBack(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.handBack()));
  }

  /** Resolves when the slot is free again. */
  async handle(job: RankJob): Promise<void> {
    const { worker, groups, news, settings, slots, log } = this.#wiring;
    const seat = new HeldSeat({ group: job.group, rank: job.rank, worker }, { groups, news, times: settings, log });
    const slot = slots.take(job.trainingFunction);
    try {
      const prepared = await this.#prepare(job, seat, slot);
      if (prepared !== undefined) await (job.rank === 0 ? this.#lead(prepared) : this.#follow(prepared));
    } catch (error) {
      await seat.closeGroup(`rank ${job.rank} could not run: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    } finally {
      slots.release(slot);
      await seat.leave();
      await this.#wiring.machine.sweep();
    }
  }

  /** Warms a process up and says so; undefined where nothing comes of the group. */
  async #prepare(job: RankJob, seat: HeldSeat, slot: Slot): Promise<Prepared | undefined> {
    const { specifications, folder, isServing } = this.#wiring;
    const { name, hash } = job.trainingFunction;
    const held = folder.functions.find((declared) => declared.name === name && declared.hash === hash);
    const specification = await specifications.get(job.experiment);
    if (specification?.lockstep === undefined || held === undefined || !isServing()) {
      await seat.closeGroup(`rank ${job.rank} cannot run ${name} (${hash.slice(0, 12)})`);
      return undefined;
    }
    const loaded = await slot.childFor(held);
    if (loaded.hash !== hash) {
      await seat.closeGroup(`rank ${job.rank} holds another version of ${name}`);
      return undefined;
    }
    slot.keepFor({ name, hash });
    await seat.say({ present: true });
    return { job, seat, slot, child: loaded.child, specification: { ...specification, lockstep: specification.lockstep } };
  }

  async #lead(prepared: Prepared): Promise<void> {
    const { attempts, running, settings, log } = this.#wiring;
    const { job, seat, slot, child, specification } = prepared;
    const record = await seat.until((known) => (known.present.every(Boolean) ? known : undefined), settings.joinMs);
    if (record === undefined || child.ready === undefined) return seat.closeGroup('not all ranks were there in time');
    const startAskedAtMs = monotonicMs();
    const answer = await attempts.start({
      experiment: job.experiment,
      ticket: job.ticket,
      nonce: randomUUID(),
      worker: this.#wiring.worker,
      slot: slot.index,
      hash: job.trainingFunction.hash,
      leaseMs: settings.leaseMs,
      provenance: { ...provenanceOf(child.ready.backend, job.trainingFunction.hash), ranks: record.workers.length },
    });
    if (answer.kind !== 'bound')
      return seat.closeGroup(`there was nothing to start: ${answer.kind === 'nothing' ? answer.why : answer.kind}`);
    const { binding } = answer;
    const { token } = binding;
    const order: GroupOrder = { binding, secret: randomBytes(32).toString('hex') };
    await seat.say({ order });
    await this.#asRank(prepared, token, order.secret, record, async (rankOrder, link) => {
      const store = this.#folderOf(job.experiment);
      const rank = { order: rankOrder, link };
      const attempt = new Attempt({ attempts, child, binding, specification, store, settings, startAskedAtMs, rank, log });
      const closing = attempt.over.then((end) =>
        seat.closeGroup(end.kind === 'told' ? `the attempt is ${end.outcome.state}` : 'the attempt is lost'),
      );
      inBackground(closing, log, 'a group could not be closed');
      const handingBack = seat.over.then((why) => attempt.handBack(why));
      inBackground(handingBack, log, 'the attempt of a group could not be handed back');
      await running.run({ experiment: job.experiment, trial: token.trial, attempt: token.attempt }, attempt);
    });
  }

  async #follow(prepared: Prepared): Promise<void> {
    const { attempts, settings, log } = this.#wiring;
    const { job, seat, child, specification } = prepared;
    const begun = await seat.until(
      (known) => (known.order === null ? undefined : { order: known.order, record: known }),
      2 * settings.joinMs,
    );
    if (begun === undefined) return seat.closeGroup('rank 0 did not begin in time');
    const { order, record } = begun;
    const { token } = order.binding;
    await this.#asRank(prepared, token, order.secret, record, async (lockstep, link) => {
      const follower = new Follower({
        seat,
        child,
        attempts,
        token,
        link,
        order: { ...runOrderOf(order.binding, specification, this.#folderOf(job.experiment)), lockstep },
        outputIntervalMs: settings.outputIntervalMs,
        endGraceMs: settings.stopGraceMs,
        log,
      });
      this.#followers.add(follower);
      await follower.run().finally(() => this.#followers.delete(follower));
    });
  }

  /** Runs something as a rank of the generation that the attempt is. */
  async #asRank(
    { job, seat, slot, child, specification: { lockstep } }: Prepared,
    token: AttemptToken,
    secret: string,
    record: GroupRecord,
    run: (order: RankOrder, link: RankLink) => Promise<void>,
  ): Promise<void> {
    const { worker, machine, attempts, settings, metrics, log } = this.#wiring;
    const { group, rank } = job;
    const { tls = true, compression, silenceSeconds, checkpointEverySteps } = lockstep;
    const worldSize = record.workers.length;
    const folder = record.isOnOneMachine ? await machine.socketFolder() : undefined;
    const membership = {
      group,
      generation: token.attempt,
      rank,
      worldSize,
      secret,
      transport: folder === undefined ? { type: 'tcp' as const, host: machine.address, tls } : { type: 'unix' as const, folder },
      silenceMs: 1000 * silenceSeconds,
      formingMs: settings.joinMs,
      ...(compression === undefined ? {} : { compression }),
    };
    slot.running = { experiment: token.experiment, trial: token.trial, attempt: token.attempt, rank };
    const figures = { rank, worker, host: seat.host, slot: slot.index, worldSize };
    const link = new RankLink({ seat, child, attempts, token, figures, joinMs: settings.joinMs, metrics, log });
    try {
      await run({ membership, checkpointEverySteps }, link);
      if (child.isEnding) await within(child.exited, settings.stopGraceMs);
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }

  #folderOf(experiment: string): string {
    return experimentFolder(resolve(this.#wiring.store), experiment);
  }
}
