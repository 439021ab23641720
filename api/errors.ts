/**
 * Every refusal as `{ code, message, field? }`: errors raised on purpose, those of Fastify and Node translated, and anything
 * unexpected under an id that leads to the server's log. No answer carries a stack trace.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { errorKinds, MaggyError } from '../core/errors.ts';
import { isConnectionLost, isRedisUnavailable } from '../queue/unavailable.ts';

const ErrorAnswer = Type.Object(
  {
    code: Type.Enum(Object.keys(errorKinds)),
    message: Type.String({ description: 'What is wrong, with the value and the rule' }),
    field: Type.Optional(Type.String({ description: 'Path of the wrong field, dots between names' })),
  },
  { additionalProperties: false, title: 'ErrorAnswer', description: 'A refusal' },
);

/** For the `response` of every route. */
export const refusals = { '4xx': ErrorAnswer, '5xx': ErrorAnswer };

/** How soon a client may try again where trying again helps. */
const retryAfterSeconds = 1;

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(sendError);
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = translate(error);
  // That Redis is lost is told once, not by every request.
  if (isConnectionLost(error)) request.log.debug({ err: error }, 'request failed');
  else if (known === undefined || known.status >= 500) request.log.error({ err: error }, 'request failed');
  const shown = known === undefined || known.code === 'internal' ? concealed(request.id) : known;
  if (shown.code === 'unavailable') void reply.header('retry-after', retryAfterSeconds);
  void reply.code(shown.status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(answerOf(shown));
}

function answerOf({ code, message, field }: MaggyError): Static<typeof ErrorAnswer> {
  return { code, message, ...(field === undefined || field === '' ? {} : { field }) };
}

/** Bytes that Node could not read as a request never reach Fastify's handlers. */
export function refuseMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify({ code: 'malformed-request', message: tooLong ? 'the headers are too long' : 'this is not an HTTP request' });
  const status = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
}

function concealed(requestId: string): MaggyError {
  return new MaggyError('internal', `something went wrong here; the server's log has it as request ${requestId}`);
}

function translate(error: unknown): MaggyError | undefined {
  if (error instanceof MaggyError) return error;
  if (isRedisUnavailable(error)) return redisUnavailable(error);
  return isClientMistake(error) ? fromFramework(error) : undefined;
}

export function redisUnavailable(cause?: unknown): MaggyError {
  return new MaggyError('unavailable', 'Redis does not answer; try again in a moment', { cause });
}

function fromFramework(error: Error & { readonly statusCode: number }): MaggyError {
  switch (error.statusCode) {
    case 403:
      return new MaggyError('forbidden', error.message.slice(0, 200), { cause: error });
    case 404:
      return new MaggyError('not-found', 'there is nothing here', { cause: error });
    case 413:
      return new MaggyError('too-large', 'the body is too large', { cause: error });
    case 415:
      return new MaggyError('unsupported-media-type', 'the body must be sent as application/json', { cause: error });
    default:
      return new MaggyError('malformed-request', error.message.slice(0, 200), { cause: error });
  }
}

/** As Fastify and its plugins say it, whatever else their errors are. */
function isClientMistake(error: unknown): error is Error & { readonly statusCode: number } {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  );
}
