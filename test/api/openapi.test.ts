import { describe, expect, it } from 'vitest';
import { isRecord } from '../../core/schema-words.ts';
import { useApi } from './support.ts';

const api = useApi();

interface Operation {
  readonly responses: Record<string, unknown>;
  readonly summary?: string;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function read(): Promise<Document> {
  return (await api().get('/openapi.json')).json<Document>();
}

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isRecord(value)) return [];
  const own = typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

describe('the OpenAPI document', () => {
  it('has every route, each with a summary and the shape of its refusals', async () => {
    const { openapi, paths } = await read();
    expect(openapi).toBe('3.1.0');
    const operations = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    expect(operations.sort()).toEqual([
      'delete /v1/experiments/{id}',
      'get /',
      'get /healthz',
      'get /metrics',
      'get /readyz',
      'get /v1/experiments',
      'get /v1/experiments/{id}',
      'get /v1/experiments/{id}/ablation',
      'get /v1/experiments/{id}/events',
      'get /v1/experiments/{id}/export',
      'get /v1/experiments/{id}/plots/attempts',
      'get /v1/experiments/{id}/plots/contour',
      'get /v1/experiments/{id}/plots/curves',
      'get /v1/experiments/{id}/plots/edf',
      'get /v1/experiments/{id}/plots/history',
      'get /v1/experiments/{id}/plots/importance',
      'get /v1/experiments/{id}/plots/points',
      'get /v1/experiments/{id}/plots/rungs',
      'get /v1/experiments/{id}/plots/timeline',
      'get /v1/experiments/{id}/plots/trials',
      'get /v1/experiments/{id}/result',
      'get /v1/experiments/{id}/result/events',
      'get /v1/experiments/{id}/trials',
      'get /v1/experiments/{id}/trials/{n}',
      'get /v1/experiments/{id}/trials/{n}/artefacts',
      'get /v1/experiments/{id}/trials/{n}/artefacts/{name}/{file}',
      'get /v1/experiments/{id}/trials/{n}/curve',
      'get /v1/experiments/{id}/trials/{n}/group',
      'get /v1/experiments/{id}/trials/{n}/log',
      'get /v1/pools',
      'get /v1/training-functions',
      'get /v1/training-functions/{name}',
      'get /v1/workers',
      'post /v1/experiments',
      'post /v1/experiments/{id}/ask',
      'post /v1/experiments/{id}/enqueue',
      'post /v1/experiments/{id}/extend',
      'post /v1/experiments/{id}/pause',
      'post /v1/experiments/{id}/resume',
      'post /v1/experiments/{id}/stop',
      'post /v1/experiments/{id}/trials/{n}/heartbeat',
      'post /v1/experiments/{id}/trials/{n}/reports',
      'post /v1/experiments/{id}/trials/{n}/tell',
    ]);
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      expect(operation.summary).toMatch(/./);
      expect(references(operation.responses['4XX'] ?? { $ref: '#/components/schemas/ErrorAnswer' })).toEqual([
        '#/components/schemas/ErrorAnswer',
      ]);
    }
  });

  it('names the schemas of core, and every reference resolves', async () => {
    const document = await read();
    const { schemas } = document.components;
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining([
        'Submission',
        'Specification',
        'Result',
        'Trial',
        'FloatParameter',
        'GridSampler',
        'LogEvent',
        'ErrorAnswer',
      ]),
    );
    const found = [...new Set(references(document))];
    expect(found.length).toBeGreaterThan(10);
    for (const reference of found) expect(schemas, reference).toHaveProperty([reference.replace('#/components/schemas/', '')]);
  });

  it('is read on a page', async () => {
    const page = await api().get('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.body)?.[1] ?? '';
    expect((await api().get(new URL(script, 'http://host/docs/').pathname)).statusCode).toBe(200);
    expect((await api().get('/docs/json')).json()).toEqual(await read());
  });
});
