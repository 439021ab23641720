/**
 * What a lockstep worker takes in place of tickets for whole trials: tickets for groups, which any of a pool's lockstep workers forms, and
 * the ranks that were given to this one. For as long as it serves it offers its slots to groups.
 */
import type { Logger } from 'pino';
import type { Groups } from '../../queue/lockstep/groups.ts';
import { RankConsumer, type RankJobs } from '../../queue/lockstep/rank-jobs.ts';
import { groupsQueueName, TicketConsumer, type TicketConsumerOptions } from '../../queue/tickets.ts';
import type { FunctionsFolder } from '../functions-folder.ts';
import type { GroupTicketHandler } from './group-tickets.ts';
import type { Machine } from './machine.ts';
import type { RankHandler } from './rank-handler.ts';

export interface LockstepIntakeOptions extends Pick<TicketConsumerOptions, 'url' | 'keys' | 'pool' | 'onStalled' | 'onError'> {
  readonly worker: string;
  readonly slots: number;
  readonly folder: FunctionsFolder;
  readonly groups: Groups;
  readonly rankJobs: RankJobs;
  readonly machine: Machine;
  readonly groupTickets: GroupTicketHandler;
  readonly ranks: RankHandler;
  readonly log: Logger;
}

/** Groups that one worker asks slots for at once; they only wait. */
const GROUPS_AT_ONCE = 8;
const OFFER_INTERVAL_MS = 2000;

export class LockstepIntake {
  readonly #options: LockstepIntakeOptions;
  readonly #groupTickets: TicketConsumer;
  readonly #ranks: RankConsumer;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LockstepIntakeOptions) {
    const { url, keys, pool, onStalled = () => undefined, onError, worker, slots, groupTickets, ranks } = options;
    const shared = { url, keys, onStalled, onError };
    this.#options = options;
    this.#groupTickets = new TicketConsumer({
      ...shared,
      pool,
      queueName: groupsQueueName,
      concurrency: GROUPS_AT_ONCE,
      handle: (job) => groupTickets.handle(job),
    });
    this.#ranks = new RankConsumer({ ...shared, worker, concurrency: slots, handle: (job) => ranks.handle(job) });
  }

  async run(): Promise<void> {
    this.#timer = setInterval(() => void this.#offer(), OFFER_INTERVAL_MS);
    await this.#offer();
    await Promise.all([this.#groupTickets.run(), this.#ranks.run()]);
  }

  /** Takes nothing more and resolves when what was taken is handled. */
  async close(): Promise<void> {
    const { groups, rankJobs, worker } = this.#options;
    clearInterval(this.#timer);
    await groups.withdrawOffer(worker);
    await Promise.all([this.#groupTickets.close(), this.#ranks.close()]);
    await rankJobs.forget(worker);
  }

  async handBack(): Promise<void> {
    await this.#options.ranks.handBack();
  }

  /** Workers that are gone have left a queue, which nobody else would remove. */
  async #offer(): Promise<void> {
    const { groups, rankJobs, worker, machine, slots, folder, log } = this.#options;
    try {
      const functions = folder.functions.map(({ name, hash }) => ({ name, hash }));
      for (const gone of await groups.offer(worker, { machine: machine.id, slots, functions })) await rankJobs.forget(gone);
    } catch (error) {
      log.warn({ err: error }, 'the slots could not be offered');
    }
  }
}
