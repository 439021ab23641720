/** `maggy keys`: makes, lists and revokes API keys, in Redis itself: whoever may write there may do anything anyway. */
import { ApiKeys, type ApiKey, type NewApiKey } from '../../queue/api-keys.ts';
import { withRedis } from '../redis.ts';

/** The key's text is all of stdout, so that a variable can be set to it. */
export async function createKey(wanted: NewApiKey): Promise<void> {
  const { key, text } = await withRedis(({ redis, keys }) => new ApiKeys(redis, keys).create(wanted));
  process.stderr.write(`key ${key.id} with scope ${key.scope}; it is not shown again\n`);
  process.stdout.write(`${text}\n`);
}

export async function listKeys({ json }: { readonly json: boolean }): Promise<void> {
  const all = await withRedis(({ redis, keys }) => new ApiKeys(redis, keys).list());
  process.stdout.write(json ? `${JSON.stringify(all)}\n` : all.map((key) => `${describeKey(key)}\n`).join(''));
}

export async function revokeKey(id: string): Promise<void> {
  await withRedis(({ redis, keys }) => new ApiKeys(redis, keys).revoke(id));
  process.stdout.write(`key ${id} opens nothing any more\n`);
}

function describeKey({ id, name, scope, createdAt, requestsPerMinute, experiments, runningTrials }: ApiKey): string {
  const limits = [
    `${requestsPerMinute} requests a minute`,
    ...(experiments === undefined ? [] : [`${experiments} experiments`]),
    ...(runningTrials === undefined ? [] : [`${runningTrials} trials at once`]),
  ];
  return `${id}  ${scope.padEnd(6)}  ${new Date(createdAt).toISOString().slice(0, 10)}  ${name} (${limits.join(', ')})`;
}
