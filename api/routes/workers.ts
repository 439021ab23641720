/** Who is there to run trials: training functions by version, pools and workers. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import { WorkerRecord } from '../../queue/registry.ts';
import { refusals } from '../errors.ts';
import { holdings, liveSlots, type Holding } from '../holders.ts';
import { poolsOf } from '../pools.ts';
import { listOf, Pool, TrainingFunctionDetail, TrainingFunctionSummary } from '../schemas.ts';
import type { Services } from '../services.ts';

const NamePath = Type.Object({ name: Type.String({ description: 'Name of a training function' }) });

type Detail = Static<typeof TrainingFunctionDetail>;

export const workerRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { registry } = services;
  const functions = async (): Promise<Detail[]> => {
    const [declarations, workers] = await Promise.all([registry.declarations(), registry.workers()]);
    return byName(holdings(declarations, workers, 'trials'), workers);
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
    async () => ({ items: await poolsOf(services) }),
  );

  app.get(
    '/workers',
    { schema: { tags: ['workers'], summary: 'Workers that live', response: { 200: listOf(WorkerRecord), ...refusals } } },
    async () => ({ items: await registry.workers() }),
  );
};

/** Functions in the order of their names; versions of each, and the pools of each version, those with most slots first. */
function byName(all: readonly Holding[], workers: readonly WorkerRecord[]): Detail[] {
  const names = [...new Set(all.map(({ declaration }) => declaration.name))].sort();
  return names.map((name) => {
    const versions = new Map<string, Detail['versions'][number]>();
    for (const { pool, slots, declaration } of all.filter((holding) => holding.declaration.name === name)) {
      const holder = { pool, slots, lockstepSlots: liveSlots(workers, pool, 'lockstep', declaration) };
      const known = versions.get(declaration.hash);
      if (known === undefined) versions.set(declaration.hash, { ...declaration, pools: [holder] });
      else known.pools.push(holder);
    }
    return { name, versions: [...versions.values()] };
  });
}
