/** Whether the process lives, and whether it can do its work. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { requireWritable } from '../../queue/health.ts';
import { refusals } from '../errors.ts';
import type { Services } from '../services.ts';

const Status = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false });

export const healthRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get('/healthz', { schema: { tags: ['service'], summary: 'Whether the process lives', response: { 200: Status } } }, async () => ({
    status: 'ok' as const,
  }));

  app.get(
    '/readyz',
    {
      schema: { tags: ['service'], summary: 'Whether Redis answers, takes writes and keeps them', response: { 200: Status, ...refusals } },
    },
    async () => {
      await requireWritable(services.redis);
      return { status: 'ok' as const };
    },
  );
};
