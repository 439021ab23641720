/** Plain JSON: told apart from what JSON would change without a word, and written so that equal values have equal texts. */
import { describe, invalid } from '../core/errors.ts';

/** Refuses NaN, undefined, functions and class instances (a tensor, a Date), at any depth, with the path of the culprit. */
export function assertPlainJson(value: unknown, field: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return;
  if (Array.isArray(value)) return value.forEach((item, at) => assertPlainJson(item, `${field}.${at}`));
  if (typeof value !== 'object' || !isPlain(value)) {
    throw invalid(field, 'must be plain JSON', typeof value === 'object' ? value.constructor.name : describe(value));
  }
  for (const [name, item] of Object.entries(value)) assertPlainJson(item, `${field}.${name}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The text of plain JSON with the names of each object in order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}
