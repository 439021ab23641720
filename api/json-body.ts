/**
 * Reads JSON bodies, and refuses what JSON can say but the system could not keep: keys that would reach an object's prototype,
 * numbers beyond the range of a double, and nesting so deep that writing the value again would overflow the stack.
 */
import type { FastifyInstance } from 'fastify';
import { invalid, MaggyError } from '../core/errors.ts';
import { joinPath } from '../core/validate.ts';

/** Far deeper than any search space or dataset option; far from the depth at which recursion fails, some thousands. */
const maxDepth = 64;

/** From here on `application/json` is the only content type that is read. An empty body is no body. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(body.toString()));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MaggyError('malformed-request', `the body is not JSON: ${reason.slice(0, 200)}`, { cause: error });
  }
  check(value, []);
  return value;
}

function check(value: unknown, path: readonly string[]): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw invalid(joinPath(path), 'must be within the range of a double', value);
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= maxDepth) throw new MaggyError('malformed-request', `the body is nested deeper than ${maxDepth} levels`);
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw invalid(joinPath([...path, name]), 'this name belongs to JavaScript itself', name);
    check(member, [...path, name]);
  }
}
