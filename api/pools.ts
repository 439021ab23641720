/** Pools of workers: who is there, what is free, and what waits. */
import type { Static } from 'typebox';
import type { WorkerKind, WorkerRecord } from '../queue/registry.ts';
import type { Pool } from './schemas.ts';
import type { Services } from './services.ts';

/** Those that have workers, or a training function that workers have declared, in the order of their names. */
export async function poolsOf({ registry, tickets, groupTickets }: Services): Promise<Static<typeof Pool>[]> {
  const [declarations, workers] = await Promise.all([registry.declarations(), registry.workers()]);
  const names = new Set([...workers, ...declarations].map(({ pool }) => pool));
  const pools = [...names].sort().map(async (name): Promise<Static<typeof Pool>> => {
    const [waitingTickets, waitingGroups] = await Promise.all([tickets.waiting(name), groupTickets.waiting(name)]);
    const lockstep = { ...slotsOf(workers, name, 'lockstep'), waitingGroups };
    return { name, ...slotsOf(workers, name, 'trials'), waitingTickets, lockstep };
  });
  return Promise.all(pools);
}

/** Workers of one kind in a pool, and their slots. */
function slotsOf(all: readonly WorkerRecord[], pool: string, kind: WorkerKind) {
  const workers = all.filter((worker) => worker.pool === pool && worker.kind === kind);
  const count = (matching: (slot: unknown, worker: WorkerRecord) => boolean): number =>
    workers.reduce((sum, worker) => sum + worker.slots.filter((slot) => matching(slot, worker)).length, 0);
  const busy = count((slot) => slot !== null);
  const free = count((slot, { draining }) => slot === null && !draining);
  return { workers: workers.length, slots: { busy, free } };
}
