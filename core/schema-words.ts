/**
 * The rules of a JSON schema in plain words, for messages: what a keyword demands, what a schema admits. Which of several
 * errors decides, and where it lies, is in `validate.ts`.
 */
import type { ErrorObject } from 'ajv';
import { describe } from './errors.ts';
import { didYouMean } from './nearest.ts';

const listLimit = 20;

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'an integer',
  string: 'a string',
  boolean: 'a boolean',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `a, b or c`; a long list is cut. */
export function alternatives(items: readonly string[]): string {
  if (items.length > listLimit) return `${items.slice(0, listLimit).join(', ')} or ${items.length - listLimit} more`;
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items[items.length - 1] ?? ''}`;
}

/** `must be "sgd" or "adam" (did you mean "adam"?)` */
export function mustBeOneOf(allowed: readonly unknown[], value: unknown): string {
  return `must be ${listed(allowed, value)}`;
}

/** `must be an object whose type is "random" or "grid"`, of a value that is no object. */
export function mustBeTagged(tag: string, allowed: readonly unknown[], value: unknown): string {
  return `must be an object whose ${tag} is ${listed(allowed, value)}`;
}

/** What is allowed, and which of it was probably meant; of one value alone nobody need guess. */
function listed(allowed: readonly unknown[], value: unknown): string {
  if (allowed.length === 1) return describe(allowed[0]);
  const names = allowed.filter((item) => typeof item === 'string');
  return `${alternatives(allowed.map(describe))}${didYouMean(value, names)}`;
}

/** What a schema admits, as nouns: `a number`, `"auto"`. Empty where it says nothing about the type. */
export function admitted(schema: unknown): string[] {
  if (!isRecord(schema)) return [];
  const literals = literalsOf(schema);
  if (literals !== undefined) return literals.map(describe);
  if (Array.isArray(schema.anyOf)) return [...new Set(schema.anyOf.flatMap(admitted))];
  const type = schema.type;
  return typeof type === 'string' ? [typeNames[type] ?? type] : [];
}

/** The values that a schema of `const` or `enum` lists; undefined for any other. */
export function literalsOf(schema: Record<string, unknown>): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

/** The rule that an error says was broken: `must be at least 1`. */
export function brokenRule(error: ErrorObject, value: unknown): string {
  const params: Record<string, unknown> = error.params;
  const limit = describe(params.limit);
  switch (error.keyword) {
    case 'type':
      return typeRule(error, value);
    case 'const':
      return mustBeOneOf([params.allowedValue], value);
    case 'enum':
      return mustBeOneOf(Array.isArray(params.allowedValues) ? params.allowedValues : [], value);
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be greater than ${limit}`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}`;
    case 'multipleOf':
      return `must be a multiple of ${describe(params.multipleOf)}`;
    case 'minLength':
      return `must have at least ${counted(params.limit, 'character')}`;
    case 'maxLength':
      return `must have at most ${counted(params.limit, 'character')}`;
    case 'minItems':
      return `must have at least ${counted(params.limit, 'item')}`;
    case 'maxItems':
      return `must have at most ${counted(params.limit, 'item')}`;
    case 'minProperties':
      return `must have at least ${counted(params.limit, 'field')}`;
    case 'maxProperties':
      return `must have at most ${counted(params.limit, 'field')}`;
    case 'uniqueItems':
      return `must not repeat an item (items ${[params.i, params.j].map(describe).sort().join(' and ')} are equal)`;
    case 'pattern':
      return patternRule(error);
    default:
      return error.message ?? 'is not valid';
  }
}

/** The schema's own words for its pattern, `x-form`, to stand after "must be"; a reader of a message should not have to read the pattern. */
function patternRule({ parentSchema, params }: ErrorObject): string {
  const form: unknown = parentSchema?.['x-form'];
  return typeof form === 'string' ? `must be ${form}` : `must match ${String(params.pattern)}`;
}

function counted(count: unknown, what: string): string {
  return count === 1 ? `1 ${what}` : `${describe(count)} ${what}s`;
}

/** Infinity and NaN are numbers to a reader of the message, so it says what is wrong with them instead. */
function typeRule(error: ErrorObject, value: unknown): string {
  const type = String(error.params.type);
  if ((type === 'number' || type === 'integer') && typeof value === 'number' && !Number.isFinite(value)) return 'must be finite';
  return `must be ${typeNames[type] ?? type}`;
}
