/** The answer of an ablation study, as JSON, as a table of text or as CSV, with the log position as ETag like any plot. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { StudyDocument } from '../../analysis/ablation/answer.ts';
import { preferred } from '../accepted.ts';
import { refusals } from '../errors.ts';
import { replyOf } from '../plots/answering.ts';
import type { StudyForm } from '../plots/requests.ts';
import { ExperimentPath, NotModified, PlotHeaders } from '../schemas.ts';
import type { Services } from '../services.ts';

const forms = { 'application/json': 'json', 'text/plain': 'text', 'text/csv': 'csv' } as const satisfies Record<string, StudyForm>;

export const ablationRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/experiments/:id/ablation',
    {
      schema: {
        tags: ['experiments'],
        summary: 'What each component of an ablation is worth',
        description:
          'Differences to the baseline, paired by seed, with what the trials say so far. As JSON or, where Accept asks for it, as text or CSV.',
        params: ExperimentPath,
        headers: PlotHeaders,
        response: {
          200: {
            content: {
              'application/json': { schema: Type.Unsafe<Buffer>(StudyDocument) },
              'text/plain': { schema: Type.Unsafe<Buffer>(Type.String()) },
              'text/csv': { schema: Type.Unsafe<Buffer>(Type.String()) },
            },
          },
          304: NotModified,
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const type = preferred(request, ['application/json', 'text/plain', 'text/csv']);
      const { tag, body } = await replyOf(
        services,
        request.params.id,
        { kind: 'ablation', query: { form: forms[type] } },
        request.headers['if-none-match'],
      );
      void reply.header('vary', 'accept').header('etag', tag).header('cache-control', 'no-cache');
      return body === null ? reply.code(304).send(null) : reply.code(200).type(`${type}; charset=utf-8`).send(body);
    },
  );
};
