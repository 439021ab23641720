/** The HTTP API as a page, out of its OpenAPI document: each route with its query and answer, each named schema with its fields. */
import type { OpenAPI3 } from 'openapi-typescript';
import { isRecord } from '../../core/schema-words.ts';
import { capitalised, table } from './markdown.ts';

type Node = Readonly<Record<string, unknown>>;

export function httpReference(document: OpenAPI3): string {
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  return [
    '# HTTP API',
    'Written by `npm run generate` from the schemas that requests are checked against. A running server shows the same at `/docs`, and at `/openapi.json` ' +
      'for programs. Where [keys](../operations.md) are required, each request shows one as `Authorization: Bearer <key>`. A refusal is a JSON object with ' +
      '`code`, `message` and, where one is wrong, the `field`.',
    ...tags.flatMap((tag) => [`## ${capitalised(tag)}`, ...operations.filter((operation) => operation.tag === tag).map(operationSection)]),
    '## Schemas',
    ...Object.entries(nodeAt(document, 'components', 'schemas'))
      .sort(([a], [b]) => a.localeCompare(b, 'en'))
      .flatMap(([name, schema]) => schemaSection(name, isRecord(schema) ? schema : {})),
  ].join('\n\n');
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly node: Node;
}

function operationsOf(document: OpenAPI3): Operation[] {
  return Object.entries(nodeAt(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(isRecord(methods) ? methods : {}).map(([method, value]) => {
      const node = isRecord(value) ? value : {};
      const [tag = 'service'] = listAt(node, 'tags');
      return { method: method.toUpperCase(), path, tag: String(tag), node };
    }),
  );
}

function operationSection({ method, path, node }: Operation): string {
  const parameters = listAt(node, 'parameters').filter(isRecord);
  const rows = parameters.map((parameter) => {
    const schema = nodeAt(parameter, 'schema');
    const words = textAt(parameter, 'description') || textAt(schema, 'description');
    return [`\`${textAt(parameter, 'name')}\``, textAt(parameter, 'in'), typeOf(schema), requiredMark(parameter.required === true) + words];
  });
  const body = nodeAt(node, 'requestBody', 'content', 'application/json', 'schema');
  const answers = Object.entries(nodeAt(node, 'responses'))
    .filter(([status]) => !/^[45]/.test(status))
    .map(([status, answer]) => `${status} ${answerOf(isRecord(answer) ? answer : {})}`);
  return [
    `### ${method} ${path}`,
    `${textAt(node, 'summary')}. ${textAt(node, 'description')}`.trim(),
    ...(rows.length === 0 ? [] : [table(['parameter', 'in', 'type', ''], rows)]),
    ...(Object.keys(body).length === 0 ? [] : [`Body: ${typeOf(body)}`, ...fieldTable(body)]),
    `Answers: ${answers.join(' · ')}`,
  ].join('\n\n');
}

function answerOf(answer: Node): string {
  const contents = Object.entries(nodeAt(answer, 'content')).map(([type, content]) => {
    const shape = typeOf(nodeAt(isRecord(content) ? content : {}, 'schema'));
    return type === 'application/json' ? shape : `\`${type}\``;
  });
  return contents.join(' or ') || 'without a body';
}

function schemaSection(name: string, schema: Node): string[] {
  const words = textAt(schema, 'description');
  const fields = fieldTable(schema);
  return [`### ${name}`, ...(words === '' ? [] : [`${words}.`]), ...(fields.length === 0 ? [typeOf(schema)] : fields)];
}

function fieldTable(schema: Node): string[] {
  const fields = Object.entries(nodeAt(schema, 'properties'));
  if (fields.length === 0) return [];
  const required = listAt(schema, 'required');
  const rows = fields.map(([name, value]) => {
    const field = isRecord(value) ? value : {};
    return [`\`${name}\``, typeOf(field), requiredMark(required.includes(name)) + textAt(field, 'description')];
  });
  return [table(['field', 'type', ''], rows)];
}

function requiredMark(isRequired: boolean): string {
  return isRequired ? '**required** ' : '';
}

/** A schema in words, with links to those that have a name. */
function typeOf(schema: Node): string {
  const reference = textAt(schema, '$ref');
  if (reference !== '') {
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    return `[${name}](#${name.toLowerCase()})`;
  }
  const choices = listAt(schema, 'enum');
  if (choices.length > 0) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(' ');
  if ('const' in schema) return `\`${JSON.stringify(schema.const)}\``;
  const variants = [...listAt(schema, 'anyOf'), ...listAt(schema, 'oneOf')].filter(isRecord);
  if (variants.length > 0) return [...new Set(variants.map(typeOf))].join(' or ');
  return plainType(schema);
}

function plainType(schema: Node): string {
  const type = textAt(schema, 'type');
  if (type === 'array') return `list of ${typeOf(nodeAt(schema, 'items'))}`;
  if (type === 'object' && 'additionalProperties' in schema && isRecord(schema.additionalProperties))
    return `object of ${typeOf(schema.additionalProperties)}`;
  return [type || 'anything', ...limitsOf(schema)].join(' ');
}

function limitsOf({ minimum, maximum, exclusiveMinimum, minLength, maxLength }: Node): string[] {
  const limits: [string, unknown][] = [
    ['≥', minimum],
    ['>', exclusiveMinimum],
    ['≤', maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum],
    ['of at least', minLength],
    ['of at most', maxLength],
  ];
  return limits.filter(([, limit]) => typeof limit === 'number').map(([word, limit]) => `${word} ${String(limit)}`);
}

function nodeAt(node: object, ...path: readonly string[]): Node {
  let at: unknown = node;
  for (const name of path) at = isRecord(at) ? at[name] : undefined;
  return isRecord(at) ? at : {};
}

function listAt(node: Node, name: string): readonly unknown[] {
  const list = node[name];
  return Array.isArray(list) ? list : [];
}

function textAt(node: Node, name: string): string {
  const text = node[name];
  return typeof text === 'string' ? text : '';
}
