/**
 * Names derived from requests: the id of an experiment from its Idempotency-Key, the fingerprint by which the same request is
 * known again. Hashes are cut to 128 bits, far from where two requests would meet by chance.
 */
import { createHash, randomUUID } from 'node:crypto';
import Type from 'typebox';
import { isRecord } from '../core/schema-words.ts';

const IdempotencyKey = Type.String({
  pattern: '^[\\x21-\\x7e]{1,255}$',
  'x-form': '1 to 255 printable ASCII characters without blanks',
  description: 'Chosen by the client; the same key with the same body is the same request, however often it is sent',
});

/** Header names arrive in lower case. */
export const IdempotencyHeaders = Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) });

/** The experiment that a key stands for; a new one each time without a key. */
export function experimentId(key: string = randomUUID()): string {
  return `x${BigInt(`0x${digest(`experiment ${key}`)}`).toString(36)}`;
}

/** Equal for bodies that say the same, whatever order their fields stand in. */
export function fingerprint(body: unknown): string {
  return digest(canonicalJson(body));
}

/** What a key stands for among the requests of one action to one experiment; undefined without a key, for a nonce of its own. */
export function requestNonce(key: string | undefined, action: string): string | undefined {
  return key === undefined ? undefined : digest(`${action} ${key}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isRecord(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
