/** The result of an experiment: what people poll, so it has an ETag and can wait for news. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { ResultDocument } from '../../core/results.ts';
import { isFinal } from '../../core/states.ts';
import { matches } from '../entity-tags.ts';
import { refusals } from '../errors.ts';
import { resultStream } from '../result-stream.ts';
import { entityTag, viewOf, type ExperimentView } from '../results.ts';
import { ExperimentPath, NotModified } from '../schemas.ts';
import type { Services } from '../services.ts';
import { answered, newsOn } from '../waiting.ts';

const ResultQuery = Type.Object(
  {
    waitSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 60,
        description:
          'Wait so long for a document other than that of If-None-Match or, without If-None-Match, for the end of the experiment',
      }),
    ),
  },
  { additionalProperties: false },
);
const StreamHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'Id of the event that a reconnecting client saw last' })),
});
const ResultHeaders = Type.Object({ 'if-none-match': Type.Optional(Type.String({ description: 'ETag of the document at hand' })) });

export const resultRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/experiments/:id/result',
    {
      schema: {
        tags: ['experiments'],
        summary: 'The result so far',
        description: 'The incumbent is the best completed trial; while none has completed, the best last report, and provisional.',
        params: ExperimentPath,
        querystring: ResultQuery,
        headers: ResultHeaders,
        response: { 200: ResultDocument, 304: NotModified, ...refusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const known = request.headers['if-none-match'];
      const isNews = (view: ExperimentView): boolean =>
        known === undefined ? isFinal(view.result.state) : !matches(known, entityTag(view));
      const view = await waitFor(services, id, isNews, request.query.waitSeconds ?? 0, answered(reply));
      const tag = entityTag(view);
      void reply.header('etag', tag).header('cache-control', 'no-cache');
      return known !== undefined && matches(known, tag) ? reply.code(304).send(null) : reply.code(200).send(view.result);
    },
  );

  app.get(
    '/experiments/:id/result/events',
    {
      // A HEAD request would read the stream to its end.
      exposeHeadRoute: false,
      schema: {
        tags: ['experiments'],
        summary: 'The result, live, as server-sent events',
        description:
          'One event `result` for what it is, and one whenever it or a curve has changed, at most one a second; each holds all that came ' +
          'before it. The stream closes when the experiment has ended; asked again after its last event it answers 204.',
        params: ExperimentPath,
        headers: StreamHeaders,
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: Type.Unsafe<Readable>(ResultDocument) } } },
          204: Type.Null({ description: 'The experiment has ended, and the client knows its result' }),
          ...refusals,
        },
      },
    },
    async ({ params: { id }, headers }, reply) => {
      const known = headers['last-event-id'];
      const view = await viewOf(services, id);
      if (isFinal(view.result.state) && known === entityTag(view)) return reply.code(204).send(null);
      // The generator may be waiting for news: a destroyed stream alone would leave it there.
      const signal = AbortSignal.any([answered(reply), services.closing]);
      const stream = Readable.from(resultStream(services, id, known, signal));
      return reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no').send(stream);
    },
  );
};

/** The first view that is news, or the last one when the time is up, the client gone or the server closing. */
async function waitFor(
  services: Services,
  id: string,
  isNews: (view: ExperimentView) => boolean,
  seconds: number,
  gone: AbortSignal,
): Promise<ExperimentView> {
  let view = await viewOf(services, id);
  if (seconds === 0 || isNews(view)) return view;
  const signal = AbortSignal.any([AbortSignal.timeout(Math.ceil(seconds * 1000)), services.closing, gone]);
  for await (const _ of newsOn(services.hints, services.keys.of(id).published, signal)) {
    view = await viewOf(services, id);
    if (isNews(view)) break;
  }
  return view;
}
