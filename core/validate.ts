/**
 * The one validator. A schema (TypeBox, which is JSON schema) becomes a function that returns the value with its type or
 * throws a `MaggyError` naming the wrong field, the value it had and the rule. Nothing is coerced, filled in or dropped.
 * The words of the rules are in `schema-words.ts`; rules that no schema can say belong to the callers.
 */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import type { Static, TSchema } from 'typebox';
import { invalid, type MaggyError } from './errors.ts';
import { didYouMean, nearestName } from './nearest.ts';
import { admitted, alternatives, brokenRule, isRecord, literalsOf, mustBeOneOf, mustBeTagged } from './schema-words.ts';

/** Every Ajv of the product is built with these, that of the HTTP server too, so that all refuse alike. */
export const ajvOptions: Options = {
  strict: true,
  allErrors: false,
  // The translation below reads the schemas and values that errors carry.
  verbose: true,
  coerceTypes: false,
  useDefaults: false,
  removeAdditional: false,
  // Documentation only: OpenAPI's hint which property tells the branches of a union apart, and the words for a pattern.
  keywords: ['discriminator', 'x-form'],
};

const ajv = new Ajv(ajvOptions);

/**
 * The parser of a schema.
 * @returns a function of the value and of the path that errors put before the field's own. It returns the value itself,
 * unchanged; it throws `MaggyError('invalid')`.
 */
export function compileSchema<const Schema extends TSchema>(schema: Schema): (value: unknown, field?: string) => Static<Schema> {
  // Compiling takes milliseconds, and a process uses few of the schemas it imports.
  let validate: ValidateFunction<Static<Schema>> | undefined;
  return function parse(value: unknown, field = ''): Static<Schema> {
    validate ??= ajv.compile<Static<Schema>>(schema);
    if (validate(value)) return value;
    throw validationError(validate.errors ?? [], value, field);
  };
}

/**
 * Translates what an Ajv with `ajvOptions` found.
 * @param errors the `errors` of its validation function
 * @param data the whole value that was validated
 * @param prefix path put before the field's own
 */
export function validationError(errors: readonly ErrorObject[], data: unknown, prefix = ''): MaggyError {
  const error = decisiveError(errors);
  if (error === undefined) return invalid(prefix, 'is not valid', data);
  const steps = error.instancePath.split('/').slice(1).map(unescapePointer);
  const value = steps.reduce<unknown>(child, data);
  const path = [prefix, ...steps];
  switch (error.keyword) {
    case 'required':
      return missingField(error, path, value);
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownField(String(error.params.additionalProperty ?? error.params.unevaluatedProperty), error, path, value);
    case 'propertyNames':
      return invalid(joinPath([...path, String(error.params.propertyName)]), 'is not a legal name', error.params.propertyName);
    case 'anyOf':
    case 'oneOf':
      return noBranch(error, path, value);
    default:
      return invalid(joinPath(path), brokenRule(error, value), value);
  }
}

/**
 * Without `allErrors` Ajv stops at the first broken rule, which stands last, behind those of the branches where it is a
 * union. There the branch that the value was meant for decides.
 */
function decisiveError(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const last = errors[errors.length - 1];
  if (last === undefined || (last.keyword !== 'anyOf' && last.keyword !== 'oneOf')) return last;
  const branch = intendedBranch(branchesOf(last), last.data);
  if (branch < 0) return last;
  return decisiveError(errors.filter((error) => error.schemaPath.startsWith(`${last.schemaPath}/${branch}/`))) ?? last;
}

/** Index of the branch that the value's tag selects, or of the only one that takes values of its type; -1 where nothing is clear. */
function intendedBranch(branches: readonly Record<string, unknown>[], value: unknown): number {
  const tag = tagOf(branches);
  if (tag !== undefined && isRecord(value)) return branches.findIndex((branch) => tagValues(branch, tag).includes(value[tag]));
  const fitting = branches.filter((branch) => literalsOf(branch) === undefined && takesTypeOf(branch, value));
  const [only] = fitting;
  return only !== undefined && fitting.length === 1 ? branches.indexOf(only) : -1;
}

/** A value that fits no branch: its tag is wrong, its type is, or its literal value. */
function noBranch(error: ErrorObject, path: readonly string[], value: unknown): MaggyError {
  const branches = branchesOf(error);
  const tag = tagOf(branches);
  if (tag !== undefined) {
    const allowed = branches.flatMap((branch) => tagValues(branch, tag));
    if (isRecord(value)) return invalid(joinPath([...path, tag]), mustBeOneOf(allowed, value[tag]), value[tag]);
    return invalid(joinPath(path), mustBeTagged(tag, allowed, value), value);
  }
  const literals = branches.flatMap((branch) => literalsOf(branch) ?? []);
  const isTypeAllowed = branches.some((branch) => literalsOf(branch) === undefined && takesTypeOf(branch, value));
  const nouns = [...new Set(branches.flatMap(admitted))];
  const rule =
    isTypeAllowed || nouns.length === 0
      ? 'has none of the forms allowed here'
      : `must be ${alternatives(nouns)}${didYouMean(value, literals.filter(isString))}`;
  return invalid(joinPath(path), rule, value);
}

function missingField(error: ErrorObject, path: readonly string[], value: unknown): MaggyError {
  const missing = String(error.params.missingProperty);
  // A misspelt field shows first as the one it should have been.
  const strangers = isClosed(error) && isRecord(value) ? Object.keys(value).filter((name) => !knownFields(error).includes(name)) : [];
  const misspelt = nearestName(missing, strangers);
  if (misspelt !== undefined) return unknownField(misspelt, error, path, value);
  return invalid(joinPath([...path, missing]), 'is required', undefined);
}

function unknownField(name: string, error: ErrorObject, path: readonly string[], value: unknown): MaggyError {
  const rule = `is not a known field${didYouMean(name, knownFields(error))}`;
  return invalid(joinPath([...path, name]), rule, child(value, name));
}

function knownFields(error: ErrorObject): string[] {
  const properties: unknown = error.parentSchema?.properties;
  return isRecord(properties) ? Object.keys(properties) : [];
}

function isClosed(error: ErrorObject): boolean {
  return error.parentSchema?.additionalProperties === false;
}

function branchesOf(error: ErrorObject): Record<string, unknown>[] {
  return Array.isArray(error.schema) ? error.schema.filter(isRecord) : [];
}

/** The property whose literal value tells the branches of a union apart, where every branch has it. */
function tagOf(branches: readonly Record<string, unknown>[]): string | undefined {
  const properties = branches[0]?.properties;
  if (!isRecord(properties)) return undefined;
  return Object.keys(properties).find((name) => branches.every((branch) => tagValues(branch, name).length > 0));
}

function tagValues(branch: Record<string, unknown>, tag: string): readonly unknown[] {
  const property = child(branch.properties, tag);
  return isRecord(property) ? (literalsOf(property) ?? []) : [];
}

function takesTypeOf(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) return true;
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((branch) => takesTypeOf(branch, value));
  const type = schema.type;
  if (type === undefined) return true;
  if (type === 'integer') return typeof value === 'number';
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  return type === 'null' ? value === null : typeof value === type;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function child(parent: unknown, name: string): unknown {
  if (Array.isArray(parent)) return parent[Number(name)];
  return isRecord(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** `space.lr.min`. A name that a stranger chose may be megabytes long; its start is enough to find it. */
export function joinPath(steps: readonly string[]): string {
  return steps
    .filter((step, index) => index > 0 || step !== '')
    .map((step) => (step.length > 80 ? `${step.slice(0, 79)}…` : step))
    .join('.');
}
