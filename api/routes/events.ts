/** The log of an experiment as server-sent events. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { refusals } from '../errors.ts';
import { eventStream } from '../event-stream.ts';
import { existing } from '../results.ts';
import { EventSchema, ExperimentPath } from '../schemas.ts';
import type { Services } from '../services.ts';
import { answered } from '../waiting.ts';

const EventNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const EventsQuery = Type.Object(
  { after: Type.Optional(Type.Integer({ ...EventNumber, description: 'Send the entries after this number; default: all' })) },
  { additionalProperties: false },
);
const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.Integer({ ...EventNumber, description: 'What a reconnecting client saw last; goes before `after`' })),
});

export const eventRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/experiments/:id/events',
    {
      // A HEAD request would read the stream to its end.
      exposeHeadRoute: false,
      schema: {
        tags: ['experiments'],
        summary: 'The log, live, as server-sent events',
        description:
          'Each event is named by its type, has its number as id, and the entry as data. The stream closes when the experiment has ended; ' +
          'asked again after the last event it answers 204, at which an EventSource stops reconnecting.',
        params: ExperimentPath,
        querystring: EventsQuery,
        headers: EventsHeaders,
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: Type.Unsafe<Readable>(EventSchema) } } },
          204: Type.Null({ description: 'The experiment has ended, and there is nothing after the number given' }),
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { phase, seq } = await existing(services, id);
      const asked = request.headers['last-event-id'] ?? request.query.after ?? 0;
      // A Redis that lost its last second has fewer entries than a client has seen; those that follow are news to it.
      const after = Math.min(asked, seq);
      if (phase === 'ended' && after === seq) return reply.code(204).send(null);
      // The generator may be waiting for news: a destroyed stream alone would leave it there.
      const signal = AbortSignal.any([answered(reply), services.closing]);
      const stream = Readable.from(eventStream(services, id, after, signal));
      return reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no').send(stream);
    },
  );
};
