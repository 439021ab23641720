/**
 * How Fastify checks what comes in and writes what goes out. Bodies are taken as they are: nothing coerced, filled in or dropped.
 * Paths, queries and headers are text, so there, and only there, `limit=5` is a number.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import { MaggyError } from '../core/errors.ts';
import { ajvOptions, validationError } from '../core/validate.ts';

export function validateRequests(app: FastifyInstance): void {
  const exact = new Ajv(ajvOptions);
  const text = new Ajv({ ...ajvOptions, coerceTypes: true });
  const compile: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
    const check = (httpPart === 'body' ? exact : text).compile(schema);
    return (value: unknown) => (check(value) ? { value } : { error: refusal(check, value, httpPart) });
  };
  app.setValidatorCompiler(compile);
}

function refusal(check: ValidateFunction, value: unknown, httpPart: string | undefined): MaggyError {
  const error = validationError(check.errors ?? [], value);
  // Only the whole body has no path of its own.
  return error.field === ''
    ? new MaggyError('invalid', `${httpPart ?? 'body'}: ${error.rule ?? 'is not valid'}`, { rule: error.rule ?? '' })
    : error;
}

/**
 * Answers are written as they are. A serializer made from the schema would drop or convert what does not fit it, so that a
 * mistake here would look like missing data there; with `strict`, as in tests, it is an error instead.
 */
export function writeAnswers(app: FastifyInstance, strict: boolean): void {
  const ajv = new Ajv(ajvOptions);
  app.setSerializerCompiler(({ schema, url, httpStatus }) => {
    if (!strict) return (value) => JSON.stringify(value);
    const check = ajv.compile(schema);
    return (value) => {
      // As the client will see it: without members that are undefined.
      const text = JSON.stringify(value);
      if (!check(JSON.parse(text))) {
        const { message } = validationError(check.errors ?? [], value);
        throw new MaggyError('internal', `the ${httpStatus ?? ''} answer of ${url} does not match its schema: ${message}`);
      }
      return text;
    };
  });
}
