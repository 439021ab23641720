/** Where everything is, for whoever opens the server's bare address: the web page for people, links for programs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { Path } from '../schemas.ts';
import { pagePolicy, type Dashboard } from './dashboard.ts';

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

export const indexRoutes: FastifyPluginAsyncTypebox<{ version: string; dashboard: Dashboard }> = async (app, { version, dashboard }) => {
  app.get(
    '/',
    {
      schema: {
        tags: ['service'],
        summary: 'Where everything is; the dashboard, for a browser',
        response: { 200: { content: { 'application/json': { schema: Index }, 'text/html': { schema: Type.String() } } } },
      },
      helmet: pagePolicy,
    },
    async (request, reply) => {
      void reply.header('vary', 'accept');
      return dashboard.isWanted(request) ? dashboard.send(reply) : reply.send({ name: 'maggy', version, links });
    },
  );
};
