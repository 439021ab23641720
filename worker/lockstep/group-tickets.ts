/**
 * From a ticket of a lockstep experiment to a group whose rank 0 has begun an attempt: slots are asked for until they are all
 * there, each rank's worker gets its job, and the ticket is held until the attempt has begun, so that nobody forms a second group
 * for it meanwhile. A group that falls apart before that takes its place in the line again.
 */
import { randomUUID } from 'node:crypto';
import type { LockstepPlan } from '../../core/lockstep.ts';
import type { Groups, GroupRequest } from '../../queue/lockstep/groups.ts';
import type { RankJobs } from '../../queue/lockstep/rank-jobs.ts';
import type { Specifications } from '../../queue/specifications.ts';
import type { TicketJob, Tickets } from '../../queue/tickets.ts';
import type { GroupNews } from './news.ts';

export interface GroupTicketWiring {
  readonly groups: Groups;
  readonly news: GroupNews;
  readonly rankJobs: RankJobs;
  readonly tickets: Tickets;
  readonly specifications: Specifications;
  readonly isServing: () => boolean;
}

/** Well below the time after which a group that does not ask is forgotten. */
const POLL_MS = 500;

export class GroupTicketHandler {
  readonly #wiring: GroupTicketWiring;

  constructor(wiring: GroupTicketWiring) {
    this.#wiring = wiring;
  }

  /** Resolves when the ticket needs nobody any more, or is left to another worker. */
  async handle(job: TicketJob): Promise<'put back' | void> {
    const lockstep = (await this.#wiring.specifications.get(job.experiment))?.lockstep;
    if (lockstep === undefined) return;
    let arrivedAt: number | undefined;
    for (;;) {
      const formed = await this.#form(job, lockstep, arrivedAt);
      if (formed.end !== 'fell apart') return formed.end === 'put back' ? 'put back' : undefined;
      ({ arrivedAt } = formed);
    }
  }

  async #form(job: TicketJob, lockstep: LockstepPlan, came?: number) {
    const { groups, news, rankJobs, tickets, isServing } = this.#wiring;
    const { experiment, ticket } = job;
    const group = randomUUID();
    let arrivedAt = came;
    for (;;) {
      const { isOpen, hash } = await tickets.standing(experiment, ticket);
      if (!isOpen || !isServing()) {
        await groups.withdraw(group);
        return { end: isOpen ? ('put back' as const) : ('settled' as const), arrivedAt };
      }
      const trainingFunction = { name: job.trainingFunction.name, hash };
      const placement = await groups.place(group, requestOf(lockstep, trainingFunction), arrivedAt);
      if (placement.kind === 'placed') {
        await rankJobs.add(placement.workers, { group, experiment, ticket, trainingFunction });
        return { end: await this.#begun(group), arrivedAt };
      }
      ({ arrivedAt } = placement);
      await news.next(group, POLL_MS);
    }
  }

  /** Whether the group's rank 0 began an attempt, which settles the ticket. */
  async #begun(group: string): Promise<'begun' | 'fell apart'> {
    const { groups, news } = this.#wiring;
    for (;;) {
      const record = await groups.read(group);
      if (record === null) return 'fell apart';
      if (record.order !== null) return 'begun';
      if (record.over !== null) return 'fell apart';
      await news.next(group, POLL_MS);
    }
  }
}

function requestOf({ worldSize, minWorldSize, regroupSeconds }: LockstepPlan, trainingFunction: GroupRequest['trainingFunction']) {
  return { worldSize, minWorldSize, regroupSeconds, trainingFunction };
}
