/**
 * What each kind of process may do in Redis: a user for each, with its commands, keys and channels. Scripts run with the rights of
 * whoever calls them, so the keys below are also those that each role's scripts reach.
 *
 * A worker's user reads and writes what running trials need, of any experiment, and nothing that others decide or publish. `operator` is for
 * people: `maggy keys`, `replay`, `archive` and what they look at.
 */
import { createHash, randomBytes } from 'node:crypto';

export const roles = ['api', 'optimizer', 'worker', 'operator'] as const;
export type Role = (typeof roles)[number];

interface Rights {
  /** Patterns of names below the deployment's prefix. */
  readonly write: readonly string[];
  readonly read: readonly string[];
  readonly channels: readonly string[];
}

/** Of connections, and of every script of ours and of BullMQ's; what they do is bounded by the keys. */
const commands = [
  ...['auth', 'client|id', 'client|setname', 'hello', 'info', 'ping', 'quit', 'time'],
  ...['discard', 'eval', 'evalsha', 'exec', 'multi', 'publish', 'subscribe', 'unsubscribe'],
  ...['del', 'exists', 'expire', 'get', 'incr', 'incrby', 'mget', 'pexpire', 'pexpireat', 'pttl', 'rename', 'set', 'type', 'unlink'],
  ...['hdel', 'hexists', 'hget', 'hgetall', 'hincrby', 'hlen', 'hmget', 'hmset', 'hset', 'hsetnx'],
  ...['lindex', 'llen', 'lpop', 'lpos', 'lpush', 'lrange', 'lrem', 'lset', 'ltrim', 'rpop', 'rpoplpush', 'rpush'],
  ...['sadd', 'scard', 'sismember', 'smembers', 'spop', 'srandmember', 'srem'],
  ...['xadd', 'xdel', 'xlen', 'xrange', 'xread', 'xtrim'],
  ...['bzpopmin', 'zadd', 'zcard', 'zcount', 'zlexcount', 'zmscore', 'zpopmin', 'zrange', 'zrangebylex', 'zrangebyscore', 'zrem'],
  ...['zremrangebyrank', 'zremrangebyscore', 'zrevrange', 'zrevrangebyscore', 'zscore'],
];

/** `maggy archive` finds an experiment's keys by going through all names. */
const operatorCommands = ['scan'];

/** What trials touch while they run, by whoever runs them: workers, and askers through the API. */
const running = [
  ...['guard', 'log', 'ready', 'tickets', 'askers', 'leases', 'bindings'],
  ...['trial:*', 'group:*', 'decisions:*', 'curve:*', 'output:*', 'artefacts:*', 'index:running:value'],
].map(ofExperiment);

const rights: Readonly<Record<Role, Rights>> = {
  api: {
    write: [
      ...running,
      ...['specification', 'requests', 'requested'].map(ofExperiment),
      ...['experiments', 'experiments:*', 'api-keys:charges:*', 'workers', 'bull:experiments:*'],
      ...['bull:trials.*:', 'bull:trials.*:meta', 'bull:lockstep.*:', 'bull:lockstep.*:meta', 'bull:surveys.*'],
    ],
    read: ['{*}:*', 'api-keys', 'worker:*', 'functions', 'functions:declared', 'bull:trials.*', 'bull:lockstep.*'],
    channels: ['news', 'published', 'offers'].map(ofExperiment).concat('replies:*'),
  },
  optimizer: {
    write: [
      ...running,
      ...['specification', 'tombstone', 'requests', 'requested', 'snapshot', 'rows', 'states', 'result', 'position', 'index:*'].map(
        ofExperiment,
      ),
      ...['experiments', 'experiments:*', 'demands:*', 'workers', 'bull:experiments:*', 'bull:trials.*', 'bull:lockstep.*'],
    ],
    read: ['worker:*'],
    channels: ['news', 'published', 'offers'].map(ofExperiment).concat('replies:*'),
  },
  worker: {
    write: [
      ...[...running, 'workers', 'worker:*', 'functions', 'functions:declared', '{lockstep.*}:*'],
      ...['bull:trials.*', 'bull:lockstep.*', 'bull:lockstep-ranks.*', 'bull:surveys.*'],
    ],
    read: [ofExperiment('specification')],
    channels: [ofExperiment('news'), 'replies:*'],
  },
  operator: { write: ['*'], read: [], channels: ['*'] },
};

function ofExperiment(name: string): string {
  return `{*}:${name}`;
}

/** The user's name: one for each deployment and role. */
export function userName(prefix: string, role: Role): string {
  return `${prefix.replaceAll(':', '-')}-${role}`;
}

/** A password of 256 random bits, fit for URLs. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** The rules of a role, as ACL SETUSER takes them behind a user's name; with the password's hash only. */
export function aclRules(prefix: string, role: Role, password: string): string[] {
  const { write, read, channels } = rights[role];
  return [
    ...['reset', 'on', `#${createHash('sha256').update(password).digest('hex')}`],
    ...write.map((name) => `~${prefix}:${name}`),
    ...read.map((name) => `%R~${prefix}:${name}`),
    ...channels.map((name) => `&${prefix}:${name}`),
    ...[...commands, ...(role === 'operator' ? operatorCommands : [])].map((name) => `+${name}`),
  ];
}

/** A line of an ACL file. */
export function aclLine(prefix: string, role: Role, password: string): string {
  // An ACL file knows no "reset": each of its users begins with nothing.
  return ['user', userName(prefix, role), ...aclRules(prefix, role, password).slice(1)].join(' ');
}
