/**
 * The OpenAPI document, made from the schemas that the routes check by, and a page to read it. Schemas with a title become
 * named components, referred to wherever they stand.
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { MaggyError } from '../core/errors.ts';
import { isRecord } from '../core/schema-words.ts';

export async function documentRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      // 3.1, whose schemas are JSON schemas as they stand.
      openapi: '3.1.0',
      info: {
        title: 'Maggy',
        version,
        description: 'Submit experiments, watch their trials, read their results. Every refusal is a `{ code, message, field? }`.',
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key; not asked for by a server that only its own machine reaches' },
        },
      },
      security: [{}, { key: [] }],
      tags: [
        { name: 'experiments', description: 'Submit, list, read and steer experiments' },
        { name: 'trials', description: 'Trials, their curves, logs and artefacts' },
        { name: 'plots', description: 'What pages draw, computed and thinned' },
        { name: 'workers', description: 'Training functions, pools and workers' },
        { name: 'service', description: 'Health of this server' },
      ],
    },
    convertConstToEnum: false,
    transformObject: (document) => ('openapiObject' in document ? withNamedSchemas(document.openapiObject) : {}),
  });
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list', deepLinking: true }, staticCSP: true });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

/** @throws MaggyError `internal` where two schemas have one title */
function withNamedSchemas<Document extends object>(document: Document): Document & { components: { schemas: Record<string, unknown> } } {
  const named = new Map<string, { readonly text: string; readonly schema: unknown }>();
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isRecord(value)) return value;
    const visited = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visit(member)]));
    const { title } = value;
    // `info` has a title as well; a property of that name has a schema, not a text.
    if (typeof title !== 'string' || !('type' in value || 'anyOf' in value)) return visited;
    return { $ref: `#/components/schemas/${register(title, visited)}` };
  };
  const register = (title: string, schema: Record<string, unknown>): string => {
    const name = title.replaceAll(/\s+(\w)/g, (_, letter: string) => letter.toUpperCase());
    const text = JSON.stringify(schema);
    const known = named.get(name);
    if (known !== undefined && known.text !== text) throw new MaggyError('internal', `two schemas have the title ${title}`);
    named.set(name, { text, schema });
    return name;
  };
  const paths = 'paths' in document ? { paths: visit(document.paths) } : {};
  const schemas = Object.fromEntries([...named].map(([name, { schema }]) => [name, schema]));
  const kept = 'components' in document && isRecord(document.components) ? document.components : {};
  return { ...document, ...paths, components: { ...kept, schemas } };
}
