/** Where everything is, for whoever opens the server's bare address. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { Path } from '../schemas.ts';

const links = {
  docs: '/docs',
  openapi: '/openapi.json',
  healthz: '/healthz',
  readyz: '/readyz',
  metrics: '/metrics',
  experiments: '/v1/experiments',
  trainingFunctions: '/v1/training-functions',
  pools: '/v1/pools',
  workers: '/v1/workers',
};

const Index = Type.Object(
  {
    name: Type.Literal('maggy'),
    version: Type.String(),
    links: Type.Record(Type.String(), Path),
  },
  { additionalProperties: false, title: 'Index' },
);

export const indexRoutes: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  app.get('/', { schema: { tags: ['service'], summary: 'Where everything is', response: { 200: Index } } }, async () => ({
    name: 'maggy' as const,
    version,
    links,
  }));
};
