/** What a worker is told at its start: flags or environment variables in, checked options out. Pure. */
import { parseArgs } from 'node:util';
import { invalid } from '../core/errors.ts';
import { PoolName } from '../core/experiment.ts';
import type { MetricsAddress } from '../metrics/server.ts';
import { compileSchema } from '../core/validate.ts';

export interface WorkerOptions {
  /** Folder of the training functions. */
  readonly functions: string;
  readonly pool: string;
  /** Whether its slots run ranks of lockstep groups, and no whole trials. */
  readonly lockstep: boolean;
  readonly slots: number;
  /** `redis://…`, or the path of a Unix socket. */
  readonly redisUrl: string;
  /** Folder of checkpoints and artefacts; shared by all workers of a pool. */
  readonly store: string;
  /** How long trials may go on after the worker was asked to end. */
  readonly drainSeconds: number;
  /** The back end to try first; the best one where absent. */
  readonly backend?: string;
  /** GPUs, one for each slot in turn. */
  readonly gpus: readonly string[];
  /** Where ranks on other machines reach those of this one; found out where absent. */
  readonly address?: string;
  /** Where Prometheus finds its metrics; nowhere where absent. */
  readonly metrics?: MetricsAddress;
  /** Prefix of all keys in Redis. */
  readonly prefix: string;
  readonly logLevel: string;
}

export const workerDefaults: WorkerOptions = {
  functions: 'training-functions',
  pool: 'default',
  lockstep: false,
  slots: 1,
  redisUrl: 'redis://127.0.0.1:6379',
  store: '.maggy/store',
  drainSeconds: 30,
  gpus: [],
  prefix: 'maggy',
  logLevel: 'info',
};

const flags = {
  functions: { type: 'string' },
  pool: { type: 'string' },
  lockstep: { type: 'boolean' },
  address: { type: 'string' },
  slots: { type: 'string' },
  redis: { type: 'string' },
  store: { type: 'string' },
  'drain-seconds': { type: 'string' },
  backend: { type: 'string' },
  gpus: { type: 'string' },
  'metrics-port': { type: 'string' },
  'metrics-host': { type: 'string' },
  prefix: { type: 'string' },
  'log-level': { type: 'string' },
} as const;

const variables: { readonly [Name in keyof typeof flags]: string } = {
  functions: 'MAGGY_FUNCTIONS',
  pool: 'MAGGY_POOL',
  lockstep: 'MAGGY_LOCKSTEP',
  address: 'MAGGY_ADDRESS',
  slots: 'MAGGY_SLOTS',
  redis: 'REDIS_URL',
  store: 'MAGGY_STORE',
  'drain-seconds': 'MAGGY_DRAIN_SECONDS',
  backend: 'MAGGY_BACKEND',
  gpus: 'MAGGY_GPUS',
  'metrics-port': 'MAGGY_METRICS_PORT',
  'metrics-host': 'MAGGY_METRICS_HOST',
  prefix: 'MAGGY_PREFIX',
  'log-level': 'LOG_LEVEL',
};

const parsePool = compileSchema(PoolName);

/**
 * A flag counts before its variable, a variable before the default; an empty variable is one that is not set.
 * @throws MaggyError `invalid` with the flag's name
 */
export function readWorkerOptions(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): WorkerOptions {
  const { values } = parseFlags(args);
  const variable = (name: keyof typeof flags): string | undefined => {
    const value = environment[variables[name]];
    return value === '' ? undefined : value;
  };
  const given = (name: Exclude<keyof typeof flags, 'lockstep'>): string | undefined => values[name] ?? variable(name);
  const backend = given('backend');
  const address = given('address');
  const metricsPort = given('metrics-port');
  return {
    functions: given('functions') ?? workerDefaults.functions,
    pool: parsePool(given('pool') ?? workerDefaults.pool, 'pool'),
    lockstep: values.lockstep ?? truth('lockstep', variable('lockstep')),
    slots: wholeNumber('slots', given('slots'), workerDefaults.slots, 1),
    redisUrl: given('redis') ?? workerDefaults.redisUrl,
    store: given('store') ?? workerDefaults.store,
    drainSeconds: wholeNumber('drain-seconds', given('drain-seconds'), workerDefaults.drainSeconds, 0),
    ...(backend === undefined ? {} : { backend }),
    ...(address === undefined ? {} : { address }),
    ...(metricsPort === undefined
      ? {}
      : { metrics: { host: given('metrics-host') ?? '127.0.0.1', port: wholeNumber('metrics-port', metricsPort, 0, 0) } }),
    gpus:
      given('gpus')
        ?.split(',')
        .map((gpu) => gpu.trim())
        .filter((gpu) => gpu !== '') ?? workerDefaults.gpus,
    prefix: given('prefix') ?? workerDefaults.prefix,
    logLevel: given('log-level') ?? workerDefaults.logLevel,
  };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false });
  } catch (error) {
    throw invalid('arguments', error instanceof Error ? error.message : 'cannot be read', args.join(' '));
  }
}

function truth(flag: string, text: string | undefined): boolean {
  if (text !== undefined && text !== 'true' && text !== 'false') throw invalid(flag, 'must be true or false', text);
  return text === 'true';
}

function wholeNumber(flag: string, text: string | undefined, absent: number, least: number): number {
  if (text === undefined) return absent;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > 100_000)
    throw invalid(flag, `must be a whole number of at least ${least}`, text);
  return value;
}
