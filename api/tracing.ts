/** A span for each request under /v1: what its handler does, jobs that it adds included, belongs to it. Does nothing where nobody traces. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isRecord } from '../core/schema-words.ts';
import { attributesOf, fail, isTracing, runWithin, startRequest, type Span, type Work } from '../telemetry/tracing.ts';

export function traceRequests(app: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, Span>();
  // The last hook before the handler: what comes before, such as reading the body, may leave the context.
  app.addHook('preHandler', (request, _reply, done) => {
    const { method, headers, routeOptions } = request;
    const route = routeOptions.url ?? '';
    const { span, context } = startRequest(`${method} ${route}`, headers, {
      'http.request.method': method,
      'http.route': route,
      ...attributesOf(workOf(request.params)),
    });
    spans.set(request, span);
    runWithin(context, done);
  });
  app.addHook('onResponse', async (request, { statusCode }) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', statusCode);
    if (span !== undefined && statusCode >= 500) fail(span, `answered with ${statusCode}`);
    span?.end();
  });
}

/** What a request is about, as far as its path says. */
function workOf(params: unknown): Work {
  if (!isRecord(params)) return {};
  const { id, n } = params;
  return { ...(typeof id === 'string' ? { experiment: id } : {}), ...(typeof n === 'number' ? { trial: n } : {}) };
}
