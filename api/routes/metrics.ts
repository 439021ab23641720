/** For Prometheus: the state of the whole deployment at the moment of the question, and the requests answered so far. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { ApiMetrics } from '../../metrics/metrics.ts';
import { refusals } from '../errors.ts';
import { poolsOf } from '../pools.ts';
import type { Services } from '../services.ts';

export const metricsRoutes: FastifyPluginAsyncTypebox<{ services: Services; metrics: ApiMetrics }> = async (app, { services, metrics }) => {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['service'],
        summary: 'Metrics in the text format of Prometheus',
        response: { 200: { content: { 'text/plain': { schema: Type.String() } } }, ...refusals },
      },
    },
    async (_request, reply) => {
      await measure(services, metrics);
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );
};

async function measure(services: Services, { queueDepth, slots, workers, experiments }: ApiMetrics): Promise<void> {
  const [pools, states] = await Promise.all([poolsOf(services), services.experiments.countByState()]);
  // Pools that are gone shall not stay at their last figures.
  for (const gauge of [queueDepth, slots, workers]) gauge.reset();
  for (const { name: pool, waitingTickets, lockstep, ...trials } of pools) {
    queueDepth.set({ pool, kind: 'trials' }, waitingTickets);
    queueDepth.set({ pool, kind: 'lockstep' }, lockstep.waitingGroups);
    for (const [kind, of] of Object.entries({ trials, lockstep })) {
      slots.set({ pool, kind, state: 'busy' }, of.slots.busy);
      slots.set({ pool, kind, state: 'idle' }, of.slots.free);
      workers.set({ pool, kind }, of.workers);
    }
  }
  for (const [state, count] of Object.entries(states)) experiments.set({ state }, count);
}
