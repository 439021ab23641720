/** What may be left in Redis when every experiment has ended: its records, and what BullMQ keeps of a queue that is empty. */
import type { Redis } from 'ioredis';
import type { Keys } from '../../../queue/keys.ts';
import { Registry } from '../../../queue/registry.ts';

/** Last parts of the names of keys that a queue of BullMQ has without holding any job. */
const ofEmptyQueues = new Set(['meta', 'id', 'events', 'stalled-check', 'marker', 'pc']);
/** Keys of an experiment that only stand for something under way. */
const underWay = /:(ready|tickets|leases|bindings|askers)$/;

/** Names of keys that nothing accounts for. @param experiments that there are */
export async function residue(redis: Redis, keys: Keys, experiments: ReadonlySet<string>): Promise<string[]> {
  const names = await allKeys(redis);
  const workers = (await new Registry(redis, keys).workers()).map(({ id }) => id);
  const own = new Set([keys.experiments, keys.workers, keys.functions, keys.declared, ...workers.map((id) => keys.worker(id))]);
  const isKnown = (name: string): boolean => {
    if (own.has(name) || name.startsWith(`${keys.prefix}:experiments:`)) return true;
    if (name.startsWith(`${keys.bull}:`)) return isOfEmptyQueue(name, workers);
    // Offers of groups and who takes part in them expire.
    if (name.startsWith(keys.lockstep('default'))) return true;
    const experiment = /\{([^}]*)\}/.exec(name)?.[1] ?? '';
    return experiments.has(experiment) && !underWay.test(name);
  };
  return names.filter((name) => !isKnown(name));
}

function isOfEmptyQueue(name: string, workers: readonly string[]): boolean {
  const parts = name.split(':');
  const queue = parts.at(-2) ?? '';
  // An answer that came when nobody waited for it any more goes with the next one.
  if (queue.startsWith('surveys.')) return true;
  const isOfGoneWorker = queue.startsWith('lockstep-ranks.') && !workers.includes(queue.slice('lockstep-ranks.'.length));
  return ofEmptyQueues.has(parts.at(-1) ?? '') && !isOfGoneWorker;
}

async function allKeys(redis: Redis): Promise<string[]> {
  const names = new Set<string>();
  for await (const page of redis.scanStream({ count: 1000 })) if (Array.isArray(page)) for (const name of page) names.add(String(name));
  return [...names].sort();
}
