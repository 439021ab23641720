/**
 * Every route of the OpenAPI document, with requests made from its own schemas: valid, nearly valid and hostile. Whatever comes, the answer is
 * one of those documented, soon, and below 500 (503 where it says that trying again helps). The seed is fixed, so a failure comes again.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../core/schema-words.ts';
import { submission, useApi, worker, type Run } from './support.ts';

const api = useApi();
const SEED = 20_240_229;
const REQUESTS_EACH = 60;
const ANSWER_MS = 10_000;

interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: unknown }[];
  readonly body: unknown;
}

let operations: Operation[];
let schemas: Record<string, unknown>;
let active: Run;
let ended: Run;

beforeAll(async () => {
  await api().registry.beat(worker());
  active = await api().experiment();
  await active.start([0]);
  ended = await api().experiment();
  await ended.end();
  // The stream of its results ends with the last one, too.
  await ended.publish({ state: 'completed', stopReason: 'maxTrials' });
  const document: unknown = (await api().get('/openapi.json')).json();
  const paths = member(document, 'paths');
  schemas = asRecord(member(document, 'components', 'schemas'));
  operations = Object.entries(asRecord(paths)).flatMap(([path, methods]) =>
    Object.entries(asRecord(methods)).map(([method, operation]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      parameters: (member(operation, 'parameters') ?? []) as Operation['parameters'],
      body: member(operation, 'requestBody', 'content', 'application/json', 'schema'),
    })),
  );
});

function member(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
}

function asRecord(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Error('the document has another shape');
  return value;
}

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    [],
    {},
    -0,
    -1,
    0.5,
    1e308,
    -1e308,
    5e-324,
    2 ** 53,
    '__proto__',
    'constructor',
    '\u0000',
    '\ud800',
    '💥',
  ),
  fc.constantFrom('../../etc/passwd', '%00', '{*}', "');redis.call('FLUSHALL')--", 'x'.repeat(5000), '9'.repeat(400)),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom({ constructor: { prototype: { admin: true } } }, { toString: 1 }, { type: 'float', min: 1, max: -1 }),
);

/** Values of a schema; about one part in ten is something else. */
function valueOf(schema: unknown, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: fittingValue(schema, depth) }, { weight: 1, arbitrary: hostile });
}

function fittingValue(schema: unknown, depth: number): fc.Arbitrary<unknown> {
  if (!isRecord(schema) || depth > 6) return hostile;
  if (typeof schema.$ref === 'string') return fittingValue(schemas[schema.$ref.split('/').at(-1) ?? ''], depth);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const variants = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(variants)) return fc.oneof(...variants.map((variant) => fittingValue(variant, depth + 1)));
  const bound = (name: string, otherwise: number): number => (typeof schema[name] === 'number' ? schema[name] : otherwise);
  switch (schema.type) {
    case 'integer':
      return fc.integer({ min: bound('minimum', -1000), max: Math.min(bound('maximum', 1000), 2 ** 31 - 1) });
    case 'number':
      return fc.double({ min: bound('minimum', -1e6), max: bound('maximum', 1e6), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(schema.items, depth + 1), { maxLength: 4 });
    case 'object':
      return objectOf(schema, depth);
    default:
      return fc.oneof(fc.constantFrom('digits', 'value', 'accuracy', 'default', active.id, ended.id), fc.string({ maxLength: 20 }));
  }
}

function objectOf(schema: Record<string, unknown>, depth: number): fc.Arbitrary<unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const known = fc.record(Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, valueOf(inner, depth + 1)])), {
    requiredKeys: required,
  });
  const inner = isRecord(schema.additionalProperties)
    ? schema.additionalProperties
    : Object.values(isRecord(schema.patternProperties) ? schema.patternProperties : {})[0];
  if (inner === undefined) return known;
  const name = fc.constantFrom('lr', 'momentum', 'optimizer', 'constructor', 'toString', '');
  return fc.dictionary(fc.oneof(name, fc.string({ maxLength: 5 })), valueOf(inner, depth + 1), { maxKeys: 4 });
}

interface Sent {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload: string | undefined;
}

/** Of headers that clients and proxies send by themselves. */
const conditionOrText = fc.oneof(
  fc.constantFrom(
    '*',
    '"a"',
    'W/"a", "b"',
    'bytes=0-1',
    'bytes=999999999-',
    'bytes=-',
    'text/html',
    '*/*;q=0',
    ';;,,=',
    'Thu, 01 Jan 1970 00:00:00 GMT',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
);

/** Of files, where the documentation and the dashboard lie, and of none. */
const addresses = [
  '/',
  '/docs',
  '/docs/',
  '/docs/static/index.html',
  '/docs/static/',
  '/docs/static',
  '/assets',
  '/assets/',
  '/assets/x.js',
  '/experiments/x',
];

/** Requests to one operation; what would wait or delete is left to the tests of that. */
function requestOf({ method, path, parameters, body }: Operation): fc.Arbitrary<Sent> {
  // A stream of an experiment that goes on has no end.
  const id = path.endsWith('/events') ? ended.id : active.id;
  const known: Record<string, string> = { id: method === 'DELETE' ? 'x00000' : id, n: '0', name: 'digits', file: 'model.json' };
  const anything = hostile.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  const inPath = fc.record(
    Object.fromEntries(
      Object.entries(known).map(([name, value]) => [
        name,
        fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: anything }),
      ]),
    ),
  );
  const inQuery = fc.record(
    Object.fromEntries(
      parameters.flatMap(({ name, in: place, schema }) =>
        place === 'query' && name !== 'waitSeconds' ? [[name, valueOf(schema)] as const] : [],
      ),
    ),
    { requiredKeys: [] },
  );
  const conditions = fc.record(
    Object.fromEntries(['accept', 'range', 'if-match', 'if-none-match', 'if-modified-since'].map((name) => [name, conditionOrText])),
    { requiredKeys: [] },
  );
  const key = fc.option(fc.oneof(fc.uuid(), fc.constantFrom('a b', '~'.repeat(255))), { nil: undefined });
  const sentBody = body === undefined ? fc.constant(undefined) : valueOf(body);
  return fc.tuple(inPath, inQuery, key, sentBody, conditions).map(([segments, query, idempotencyKey, value, conditional]) => {
    const search = Object.entries(query).map(
      ([name, given]) => `${name}=${encode(typeof given === 'string' ? given : JSON.stringify(given))}`,
    );
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(segments[name] ?? ''));
    const payload = value === undefined ? undefined : JSON.stringify(withoutWaiting(value));
    return {
      url: search.length === 0 ? filled : `${filled}?${search.join('&')}`,
      headers: {
        ...conditional,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      payload,
    };
  });
}

function withoutWaiting(value: unknown): unknown {
  return isRecord(value) && typeof value.waitSeconds === 'number' ? { ...value, waitSeconds: Math.min(value.waitSeconds, 0) } : value;
}

/** Lone surrogates have no encoding. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

async function answerOf(
  method: Operation['method'],
  { url, headers, payload }: Sent | (Omit<Sent, 'payload'> & { payload: Buffer }),
): Promise<LightMyRequestResponse> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  const answer = api().app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function expectRefusal(response: LightMyRequestResponse): void {
  const { statusCode, body } = response;
  // Where the dashboard has not been built, its page says so.
  if (statusCode === 503 && body.includes('build:dashboard')) return;
  expect(statusCode, body).toBeLessThan(500);
  if (statusCode < 400) return;
  const { code, message } = response.json<{ code: unknown; message: unknown }>();
  expect([typeof code, typeof message]).toEqual(['string', 'string']);
  expect(body.length).toBeLessThan(2000);
  expect(body).not.toContain('node_modules');
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describe('every route', () => {
  it('answers whatever comes with what it documents, and keeps no memory of it', async () => {
    const sweep = async (seed: number): Promise<void> => {
      for (const operation of operations) {
        await fc.assert(
          fc.asyncProperty(requestOf(operation), async (request) => expectRefusal(await answerOf(operation.method, request))),
          { seed, numRuns: REQUESTS_EACH, endOnFailure: true },
        );
      }
    };
    await sweep(SEED);
    const before = heapBytes();
    await sweep(SEED + 1);
    // Compiled code and caches of what is known; a leak of each request's body would be several times that.
    expect(heapBytes() - before).toBeLessThan(20 * 2 ** 20);
  });

  it('and every address beside them bears whatever headers and escapes come', async () => {
    const escapes = fc.constantFrom('', '', '%E0%A4%A', '%', '%00', '%2e%2e%2f', '..%2f', '%0A', '?%E0%A4%A', '//');
    const request = fc.record({
      url: fc.tuple(fc.constantFrom(...addresses, '/v1/experiments/', '/v1/'), escapes).map((parts) => parts.join('')),
      headers: fc.record({ range: conditionOrText, 'if-match': conditionOrText, accept: conditionOrText }, { requiredKeys: [] }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ url, headers }) => {
        expectRefusal(await answerOf('GET', { url, headers, payload: undefined }));
      }),
      { seed: SEED, numRuns: 400, endOnFailure: true },
    );
  });

  it('that takes a body refuses bytes that are no text, floods of names and of brackets', async () => {
    const names = (count: number): string => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i])));
    const space = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: 'float', min: 0, max: 1 }]));
    const bodies = [
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('\ufeff{}'),
      Buffer.from(names(10_000)),
      Buffer.from(JSON.stringify({ ...submission, space })),
      Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}`),
      Buffer.from('{"__proto__":{"a":1}}'),
      Buffer.from(`{"maxTrials":${'9'.repeat(100_000)}}`),
    ];
    for (const { method, path, body } of operations) {
      if (body === undefined) continue;
      const url = path.replace('{id}', active.id).replace('{n}', '0');
      for (const payload of bodies) {
        const response = await answerOf(method, { url, headers: { 'content-type': 'application/json' }, payload });
        expectRefusal(response);
        expect(response.statusCode, `${path} ${payload.toString().slice(0, 30)}`).toBeGreaterThanOrEqual(400);
      }
    }
  });
});
