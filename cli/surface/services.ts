/** Commands that start the parts of a deployment one by one, and those that only its operators give. */
import { Option, type Command } from 'commander';
import type { Scope } from '../../queue/api-keys.ts';
import { host, metricsAddress, port } from '../environment.ts';
import { UsageError } from '../failure.ts';
import { backendOption, examples, portNumber, positiveInteger, surroundings, wholeNumber } from './flags.ts';

export function defineServices(program: Command): void {
  program
    .command('worker')
    .description('run trials of the training functions in a folder')
    .option('--functions <folder>', 'folder of training functions')
    .option('--pool <name>', 'pool that it belongs to')
    .option('--slots <integer>', 'trials at once', positiveInteger)
    .option('--lockstep', 'its slots run ranks of lockstep groups, and no whole trials')
    .option('--address <host>', 'where ranks on other machines reach those of this one; found out where nothing is said')
    .option('--drain-seconds <integer>', 'how long trials may go on after the first SIGTERM', wholeNumber)
    .addOption(backendOption())
    .option('--gpus <list>', 'GPUs, one for each slot in turn: 0,1')
    .option('--store <folder>', 'folder of checkpoints and models, shared by all workers')
    .option('--metrics-port <number>', 'serve metrics for Prometheus at this port (MAGGY_METRICS_PORT), 0 for any free one', portNumber)
    .option('--metrics-host <address>', 'address of that port (MAGGY_METRICS_HOST), 127.0.0.1 where nothing is said')
    .addHelpText('after', surroundings + examples('maggy worker --functions my-functions --pool gpu --slots 2'))
    .action(async (flags: Record<string, string | number | boolean>) => {
      const { worker } = await import('../commands/services.ts');
      await worker(flags);
    });
  program
    .command('optimizer')
    .description('look after experiments; several may run, each experiment has one at a time')
    .option('--experiments <count>', 'how many it looks after at once, paused ones included; 256 by default', positiveInteger)
    .option('--metrics-port <number>', 'serve metrics for Prometheus at this port (MAGGY_METRICS_PORT), 0 for any free one', portNumber)
    .option('--metrics-host <address>', 'address of that port (MAGGY_METRICS_HOST), 127.0.0.1 where nothing is said')
    .addHelpText('after', surroundings + examples('maggy optimizer', 'MAGGY_EXTENSIONS=my-samplers maggy optimizer --experiments 20'))
    .action(async ({ experiments, ...metrics }: { experiments?: number; metricsPort?: number; metricsHost?: string }) => {
      const { optimizer } = await import('../commands/services.ts');
      await optimizer(experiments, metricsAddress(metrics.metricsPort, metrics.metricsHost));
    });
  program
    .command('api')
    .description('serve the HTTP API and its documentation')
    .option('--port <number>', 'port (PORT), 0 for any free one', portNumber)
    .option('--host <address>', 'address it listens at (HOST)')
    .addHelpText('after', surroundings + examples('maggy api', 'maggy api --host 0.0.0.0 --port 8080'))
    .action(async (flags: { port?: number; host?: string }) => {
      const { api } = await import('../commands/services.ts');
      await api({ host: flags.host ?? host(), port: flags.port ?? port() });
    });
}

export function defineKeys(program: Command): void {
  const keys = program.command('keys').description('API keys: who may ask the API for what').helpCommand(false);
  keys
    .command('create')
    .description('make a key and print it; it is shown this once and kept nowhere')
    .requiredOption('--name <text>', 'whose it is, for people to read')
    .addOption(
      new Option('--scope <scope>', 'read; submit: also submit and steer; admin: also delete')
        .choices(['read', 'submit', 'admin'])
        .default('submit'),
    )
    .option('--requests <integer>', 'requests a minute to one server', positiveInteger, 6000)
    .option('--experiments <integer>', 'unfinished experiments at once; no limit where nothing is said', positiveInteger)
    .option('--trials <integer>', 'trials that all of these may run at once; no limit where nothing is said', positiveInteger)
    .addHelpText('after', surroundings + examples('export MAGGY_API_KEY=$(maggy keys create --name ann)'))
    .action(async ({ requests, experiments, trials, ...flags }: KeyOptions) => {
      const { createKey } = await import('../commands/keys.ts');
      await createKey({
        ...flags,
        requestsPerMinute: requests,
        ...(experiments === undefined ? {} : { experiments }),
        ...(trials === undefined ? {} : { runningTrials: trials }),
      });
    });
  keys
    .command('list')
    .description('the keys there are')
    .option('--json', 'one line of JSON')
    .addHelpText('after', surroundings + examples('maggy keys list', 'maggy keys list --json'))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { listKeys } = await import('../commands/keys.ts');
      await listKeys({ json });
    });
  keys
    .command('revoke')
    .description('from here on requests with the key are refused; its experiments go on')
    .argument('<id>', 'as `maggy keys list` shows it')
    .addHelpText('after', surroundings + examples('maggy keys revoke k1a2b3c4'))
    .action(async (id: string) => {
      const { revokeKey } = await import('../commands/keys.ts');
      await revokeKey(id);
    });
}

interface KeyOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly requests: number;
  readonly experiments?: number;
  readonly trials?: number;
}

export function defineRedisAcl(program: Command): void {
  program
    .command('redis-acl')
    .description('a Redis user for each kind of process: lines of an ACL file on stdout, the address of each on stderr')
    .option('--redis <address>', 'host and port in the addresses', 'rediss://redis:6379')
    .addHelpText(
      'after',
      '\nMAGGY_PREFIX is that of the deployment.\n' + examples('maggy redis-acl --redis rediss://redis.example:6379 > users.acl'),
    )
    .action(async ({ redis }: { redis: string }) => {
      const { redisAcl } = await import('../commands/redis-acl.ts');
      redisAcl(redis);
    });
}

export function defineReplay(program: Command): void {
  program
    .command('replay')
    .description('recompute every decision of an experiment from its log and compare bit for bit')
    .argument('[experiment]', 'its id')
    .option('--file <path>', 'an archive to read instead of Redis')
    .option('--json', 'what was found as one line of JSON')
    .addHelpText('after', surroundings + examples('maggy replay x1a2b3c', 'maggy replay --file digits.maggy'))
    .action(async (experiment: string | undefined, { file, json = false }: { file?: string; json?: boolean }) => {
      if ((experiment === undefined) === (file === undefined)) throw new UsageError('either an experiment or --file is needed');
      const { replay, replayFile } = await import('../commands/replay.ts');
      if (file !== undefined) await replayFile(file, { json });
      else if (experiment !== undefined) await replay(experiment, { json });
    });
}

export function defineArchive(program: Command): void {
  program
    .command('archive')
    .description('write an ended experiment to a file, verify the file, and only then remove the experiment from Redis')
    .argument('<experiment>', 'its id')
    .requiredOption('--output <path>', 'the file; there must not be one')
    .option('--keep', 'leave the experiment in Redis as well')
    .addHelpText(
      'after',
      surroundings + examples('maggy archive xe3232u47krw57tliu8vmvz6sn --output digits.maggy', 'maggy replay --file digits.maggy'),
    )
    .action(async (experiment: string, { output, keep = false }: { output: string; keep?: boolean }) => {
      const { archive } = await import('../commands/archive.ts');
      await archive(experiment, { output, keep });
    });
  program
    .command('restore')
    .description('put an archived experiment back into Redis, as it was')
    .argument('<file>', 'as maggy archive has written it')
    .addHelpText('after', surroundings + examples('maggy restore digits.maggy'))
    .action(async (file: string) => {
      const { restore } = await import('../commands/archive.ts');
      await restore(file);
    });
}
