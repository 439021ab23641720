/**
 * API keys. A key is `maggy_<id>_<secret>`: the id finds its record, the secret (256 random bits) proves it. Redis holds the secret's
 * SHA-256 only: against that many random bits a slow hash would add nothing. What a key may do is `api/access.ts`.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Redis } from 'ioredis';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../core/errors.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';

/** Each includes those before it: read; submit, steer, ask and tell; delete. */
export const scopes = ['read', 'submit', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const KeyRecord = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scope: Type.Enum([...scopes]),
    /** SHA-256 of the secret, hexadecimal. */
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** ms since 1970 */
    createdAt: Type.Integer(),
    /** Requests a minute to one server. */
    requestsPerMinute: Type.Integer({ minimum: 1 }),
    /** Experiments at once that have not ended, and trials that these may run at once; no limit where absent. */
    experiments: Type.Optional(Type.Integer({ minimum: 1 })),
    runningTrials: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
);
const parseRecord = recordReader(KeyRecord);

/** A key without its secret. */
export interface ApiKey extends Omit<Static<typeof KeyRecord>, 'hash'> {
  readonly id: string;
}

export type NewApiKey = Omit<ApiKey, 'id' | 'createdAt'>;

const form = /^maggy_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** Compared with where no key has the id, so that both cases cost the same. */
const noHash = Buffer.alloc(32);

export class ApiKeys {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Answers the key and its whole text, which is nowhere kept. */
  async create(wanted: NewApiKey): Promise<{ readonly key: ApiKey; readonly text: string }> {
    const id = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const record = { ...wanted, createdAt: Date.now(), hash: digest(secret).toString('hex') };
    const text = JSON.stringify(record);
    parseRecord(text, `key ${id}`);
    await this.#redis.hset(this.#keys.apiKeys, id, text);
    return { key: { ...wanted, id, createdAt: record.createdAt }, text: `maggy_${id}_${secret}` };
  }

  /** The oldest first. */
  async list(): Promise<ApiKey[]> {
    const records = Object.entries(await this.#redis.hgetall(this.#keys.apiKeys));
    return records.map(([id, text]) => this.#read(id, text).key).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** From here on requests with the key are refused; experiments that were submitted with it go on. @throws {MaggyError} not-found */
  async revoke(id: string): Promise<void> {
    const removed = await this.#redis.hdel(this.#keys.apiKeys, id);
    await this.#redis.del(this.#keys.charges(id));
    if (removed === 0) throw new MaggyError('not-found', `there is no key ${id}`, { field: 'key', value: id, rule: 'the id of a key' });
  }

  /** The key with this text; null for anything else. Asked at every request, so that a key that was revoked opens nothing. */
  async authenticate(text: string): Promise<ApiKey | null> {
    const [, id, secret] = form.exec(text) ?? [];
    if (id === undefined || secret === undefined) return null;
    const stored = await this.#redis.hget(this.#keys.apiKeys, id);
    const known = stored === null ? null : this.#read(id, stored);
    const matches = timingSafeEqual(digest(secret), known === null ? noHash : Buffer.from(known.hash, 'hex'));
    return matches && known !== null ? known.key : null;
  }

  #read(id: string, text: string): { readonly key: ApiKey; readonly hash: string } {
    const { hash, ...rest } = parseRecord(text, `${this.#keys.apiKeys} ${id}`);
    return { key: { id, ...rest }, hash };
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
