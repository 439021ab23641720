/** What a page draws of an experiment, thinned to what can be seen: each plot under `/plots`, with the log position as ETag. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type, { type TObject } from 'typebox';
import { TrialAttempts } from '../../analysis/plots/attempts.ts';
import { Contour } from '../../analysis/plots/contour.ts';
import { Curves } from '../../analysis/plots/curves.ts';
import { Distribution } from '../../analysis/plots/edf.ts';
import { History } from '../../analysis/plots/history.ts';
import { Importance } from '../../analysis/plots/importance.ts';
import { Listing } from '../../analysis/plots/listing.ts';
import { Points } from '../../analysis/plots/points.ts';
import { Rungs } from '../../analysis/plots/rungs.ts';
import { Timeline } from '../../analysis/plots/timeline.ts';
import { refusals } from '../errors.ts';
import { replyOf, type PlotReply } from '../plots/answering.ts';
import { plotQueries, type PlotRequest } from '../plots/requests.ts';
import { ExperimentPath, NotModified, PlotHeaders } from '../schemas.ts';
import type { Services } from '../services.ts';

export const plotRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const describe = (summary: string, answer: TObject) => ({
    tags: ['plots'],
    summary,
    params: ExperimentPath,
    headers: PlotHeaders,
    // The thread wrote the JSON already.
    response: { 200: Type.Unsafe<Buffer>(answer), 304: NotModified, ...refusals },
  });
  const plot = (id: string, request: PlotRequest, known: string | undefined) => replyOf(services, id, request, known);
  app.get(
    '/experiments/:id/plots/history',
    { schema: { ...describe('How the search went: values by number, and the best so far', History), querystring: plotQueries.history } },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'history', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/points',
    {
      schema: {
        ...describe('Completed trials with their params, for parallel coordinates and slices', Points),
        querystring: plotQueries.points,
      },
    },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'points', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/curves',
    { schema: { ...describe('Learning curves of the best trials and of some others', Curves), querystring: plotQueries.curves } },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'curves', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/contour',
    { schema: { ...describe('What is expected of any two parameters', Contour), querystring: plotQueries.contour } },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'contour', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/importance',
    { schema: { ...describe('How much each parameter matters', Importance), querystring: plotQueries.importance } },
    async ({ params: { id }, query, headers }, reply) =>
      send(reply, await plot(id, { kind: 'importance', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/edf',
    { schema: { ...describe('The empirical distribution of values', Distribution), querystring: plotQueries.edf } },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'edf', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/rungs',
    { schema: { ...describe('What the scheduler decided at each rung', Rungs), querystring: plotQueries.rungs } },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'rungs', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/trials',
    {
      schema: {
        ...describe('A stretch of a table of trials, filtered and sorted by any column', Listing),
        querystring: plotQueries.trials,
      },
    },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'trials', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/attempts',
    {
      schema: {
        ...describe('The attempts of one trial: where each ran, when, and how it ended', TrialAttempts),
        querystring: plotQueries.attempts,
      },
    },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'attempts', query }, headers['if-none-match'])),
  );
  app.get(
    '/experiments/:id/plots/timeline',
    { schema: { ...describe('Which slot ran what, and when it was idle', Timeline), querystring: plotQueries.timeline } },
    async ({ params: { id }, query, headers }, reply) => send(reply, await plot(id, { kind: 'timeline', query }, headers['if-none-match'])),
  );
};

function send(reply: FastifyReply, { tag, body }: PlotReply) {
  void reply.header('etag', tag).header('cache-control', 'no-cache');
  return body === null ? reply.code(304).send(null) : reply.type('application/json; charset=utf-8').send(body);
}
