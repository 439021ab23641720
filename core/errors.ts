/**
 * Every refusal this system utters: one table of codes, each with its HTTP status and what the caller should do next.
 * A message names the thing, the value it had and the rule it broke; it never carries a stack trace outside.
 */

/** What a caller should do after an error: change the request, try the same again later, or nothing at all. */
export type RetryAdvice = 'change-request' | 'retry-later' | 'give-up';

interface ErrorKind {
  readonly status: number;
  readonly retry: RetryAdvice;
}

export const errorKinds = {
  /** A value breaks a rule; `field` is its path, `rule` the rule. */
  invalid: { status: 400, retry: 'change-request' },
  /** The request has no valid shape at all (broken JSON, wrong content type). */
  'malformed-request': { status: 400, retry: 'change-request' },
  /** No valid API key came with the request. */
  unauthorized: { status: 401, retry: 'change-request' },
  /** The key does not allow it, or the request came from elsewhere than it may. */
  forbidden: { status: 403, retry: 'give-up' },
  /** More than the key's limits allow; the message says which. */
  'too-many': { status: 429, retry: 'retry-later' },
  'unknown-training-function': { status: 400, retry: 'change-request' },
  'not-found': { status: 404, retry: 'give-up' },
  /** The resource existed and was deleted. */
  gone: { status: 410, retry: 'give-up' },
  /** The state of the resource does not allow the request (resume of a completed experiment, say). */
  conflict: { status: 409, retry: 'change-request' },
  /** The attempt is another's by now, or its lease has lapsed; there are other trials to ask for. */
  'lease-lost': { status: 409, retry: 'give-up' },
  'too-large': { status: 413, retry: 'change-request' },
  'unsupported-media-type': { status: 415, retry: 'change-request' },
  /** A stored record (event, job, snapshot) cannot be read; the message names its key. */
  corrupt: { status: 500, retry: 'give-up' },
  /** A service this one needs does not answer. */
  unavailable: { status: 503, retry: 'retry-later' },
  internal: { status: 500, retry: 'retry-later' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface ErrorDetails {
  /** Path of the wrong field, dots between names: `space.lr.min`. */
  readonly field?: string;
  readonly value?: unknown;
  readonly rule?: string;
  readonly cause?: unknown;
}

/** The one base of all errors that this system raises on purpose. */
export class MaggyError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly value: unknown;
  readonly rule: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MaggyError';
    this.code = code;
    this.field = details.field;
    this.value = details.value;
    this.rule = details.rule;
  }

  get status(): number {
    return errorKinds[this.code].status;
  }

  get retry(): RetryAdvice {
    return errorKinds[this.code].retry;
  }
}

/** Refuses one value: the message is `<field>: <rule>, got <value>`. */
export function invalid(field: string, rule: string, value: unknown): MaggyError {
  return new MaggyError('invalid', `${field || 'value'}: ${rule}, got ${describe(value)}`, { field, rule, value });
}

/** A short printable form of any value, for messages; it never throws, whatever a caller got wrong. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'object' || typeof value === 'string' ? asJson(value) : printable(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function asJson(value: object | string | null): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function printable(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return value.toString();
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : typeof value;
}
