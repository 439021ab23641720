/** Wires together what a lockstep worker takes its work with. */
import type { connect } from '../../queue/connection.ts';
import type { Hints } from '../../queue/hints.ts';
import type { Keys } from '../../queue/keys.ts';
import { Groups } from '../../queue/lockstep/groups.ts';
import { RankJobs } from '../../queue/lockstep/rank-jobs.ts';
import { groupsQueueName, Tickets } from '../../queue/tickets.ts';
import type { WorkerOptions } from '../options.ts';
import type { WorkerTimes } from '../times.ts';
import { GroupTicketHandler } from './group-tickets.ts';
import { LockstepIntake, type LockstepIntakeOptions } from './intake.ts';
import { Machine } from './machine.ts';
import { GroupNews } from './news.ts';
import { RankHandler, type RankHandlerWiring } from './rank-handler.ts';

export interface LockstepParts extends Pick<
  RankHandlerWiring,
  'worker' | 'attempts' | 'specifications' | 'folder' | 'slots' | 'running' | 'isServing' | 'metrics' | 'log'
> {
  readonly options: WorkerOptions;
  readonly times: WorkerTimes;
  readonly redis: ReturnType<typeof connect>;
  readonly keys: Keys;
  readonly hints: Hints;
  readonly onStalled: () => void;
  readonly onError: LockstepIntakeOptions['onError'];
}

export async function openLockstep({
  options,
  times,
  redis,
  keys,
  hints,
  onStalled,
  onError,
  ...parts
}: LockstepParts): Promise<LockstepIntake> {
  const { pool, store, slots, redisUrl: url } = options;
  const groups = new Groups(redis, keys, pool, { rankLeaseMs: times.leaseMs, patienceMs: times.patienceMs });
  const [machine, news] = await Promise.all([Machine.find(options.address), GroupNews.open(hints, groups.news)]);
  const rankJobs = new RankJobs(redis, keys);
  const tickets = new Tickets(redis, keys, groupsQueueName);
  const groupTickets = new GroupTicketHandler({ ...parts, groups, news, rankJobs, tickets });
  const ranks = new RankHandler({ ...parts, groups, news, machine, store, settings: times });
  return new LockstepIntake({ ...parts, url, keys, pool, onStalled, onError, slots, groups, rankJobs, machine, groupTickets, ranks });
}
