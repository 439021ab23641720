/** Who is there to run trials: training functions by version, pools and workers. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import { WorkerRecord } from '../../queue/registry.ts';
import { refusals } from '../errors.ts';
import { holdings, type Holding } from '../holders.ts';
import { listOf, Pool, TrainingFunctionDetail, TrainingFunctionSummary } from '../schemas.ts';
import type { Services } from '../services.ts';

const NamePath = Type.Object({ name: Type.String({ description: 'Name of a training function' }) });

type Detail = Static<typeof TrainingFunctionDetail>;

export const workerRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { registry, tickets } = services;
  const functions = async (): Promise<Detail[]> => {
    const [declarations, workers] = await Promise.all([registry.declarations(), registry.workers()]);
    return byName(holdings(declarations, workers));
  };

  app.get(
    '/training-functions',
    {
      schema: {
        tags: ['workers'],
        summary: 'Training functions that workers have declared',
        response: { 200: listOf(TrainingFunctionSummary), ...refusals },
      },
    },
    async () => ({
      items: (await functions()).map(({ name, versions }) => ({ name, versions: versions.map(({ source: _, ...version }) => version) })),
    }),
  );

  app.get(
    '/training-functions/:name',
    {
      schema: {
        tags: ['workers'],
        summary: 'One training function, with its source text',
        params: NamePath,
        response: { 200: TrainingFunctionDetail, ...refusals },
      },
    },
    async ({ params: { name } }) => {
      const all = await functions();
      const found = all.find((known) => known.name === name);
      if (found !== undefined) return found;
      const rule = `no worker has declared a training function of this name${didYouMean(
        name,
        all.map((known) => known.name),
      )}`;
      throw new MaggyError('not-found', `name: ${rule}`, { field: 'name', rule, value: name });
    },
  );

  app.get(
    '/pools',
    { schema: { tags: ['workers'], summary: 'Pools of workers', response: { 200: listOf(Pool), ...refusals } } },
    async () => {
      const [declarations, workers] = await Promise.all([registry.declarations(), registry.workers()]);
      const names = new Set([...workers, ...declarations].map(({ pool }) => pool));
      const items = [...names].sort().map(async (name): Promise<Static<typeof Pool>> => {
        const members = workers.filter(({ pool }) => pool === name);
        const count = (matching: (slot: unknown, worker: WorkerRecord) => boolean): number =>
          members.reduce((sum, worker) => sum + worker.slots.filter((slot) => matching(slot, worker)).length, 0);
        const busy = count((slot) => slot !== null);
        const free = count((slot, { draining }) => slot === null && !draining);
        return { name, workers: members.length, slots: { busy, free }, waitingTickets: await tickets.waiting(name) };
      });
      return { items: await Promise.all(items) };
    },
  );

  app.get(
    '/workers',
    { schema: { tags: ['workers'], summary: 'Workers that live', response: { 200: listOf(WorkerRecord), ...refusals } } },
    async () => ({ items: await registry.workers() }),
  );
};

/** Functions in the order of their names; versions of each, and the pools of each version, those with most slots first. */
function byName(all: readonly Holding[]): Detail[] {
  const names = [...new Set(all.map(({ declaration }) => declaration.name))].sort();
  return names.map((name) => {
    const versions = new Map<string, Detail['versions'][number]>();
    for (const { pool, slots, declaration } of all.filter((holding) => holding.declaration.name === name)) {
      const known = versions.get(declaration.hash);
      if (known === undefined) versions.set(declaration.hash, { ...declaration, pools: [{ pool, slots }] });
      else known.pools.push({ pool, slots });
    }
    return { name, versions: [...versions.values()] };
  });
}
