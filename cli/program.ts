/**
 * The surface of `maggy`: commands, flags and their help. What a command does is in `commands/`, loaded when it is given, so that help is
 * quick and a run on one machine loads nothing of the queue.
 */
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Ablation, AblationMode, Module } from '../core/ablation/schema.ts';
import type { Scope } from '../queue/api-keys.ts';
import packageJson from '../package.json' with { type: 'json' };
import { backendNames, type BackendName } from '../training/backends/backend.ts';
import { defaultSlotsPerWorker, functionsFolder, host, isDebugging, metricsAddress, port, readPort } from './environment.ts';
import { defineExperiments } from './experiments.ts';
import { describeFailure, exitCodeOf, exitCodes, stackOf, UsageError } from './failure.ts';
import { tellOwner } from './stack/ownership.ts';

/** Runs one command line, without the names of Node and the program. Resolves with the exit code; what went wrong is on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await defineProgram().parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has said what it found wrong; help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const command = `maggy ${argv.find((argument) => !argument.startsWith('-')) ?? ''}`.trim();
    process.stderr.write(`${describeFailure(error, command)}\n`);
    const stack = stackOf(error);
    if (isDebugging() && stack !== undefined) process.stderr.write(`${stack}\n`);
    await tellOwner({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    return exitCodeOf(error);
  }
}

function defineProgram(): Command {
  const program = new Command('maggy')
    .description('Write one training function; tune it, train it, scale it.')
    .version(packageJson.version, '-V, --version')
    .exitOverride()
    .showHelpAfterError('(add --help for what it takes)')
    .helpCommand('help [command]', 'what a command takes');
  defineRun(program);
  defineUp(program);
  defineDemo(program);
  defineServices(program);
  defineKeys(program);
  defineRedisAcl(program);
  defineReplay(program);
  defineExperiments(program, wholeNumber);
  defineAblate(program);
  defineWhatIf(program);
  defineNative(program);
  return program;
}

function defineRun(program: Command): void {
  program
    .command('run')
    .description('run a training function on this machine, once, with nothing else running')
    .argument('<file>', 'module whose default export is made by defineTraining')
    .option('--set <name=value>', 'value of a hyperparameter; may be given several times', collect)
    .option('--dataset <name=value>', 'argument of the dataset function, as JSON or plain text; may be given several times', collect)
    .addOption(new Option('--fraction <number>', 'short for --dataset fraction=<number>').argParser(fraction))
    .option('--seed <integer>', 'seed of the run and its data', positiveInteger)
    .addOption(backendOption())
    .option('--threads <integer>', 'threads that it may keep busy', positiveInteger)
    .option('--checkpoints <folder>', 'where checkpoints are kept; a run that was interrupted goes on from there')
    .option('--json', 'the result as one line of JSON on stdout, everything else on stderr')
    .addHelpText(
      'after',
      examples(
        'maggy run examples/mnist-cnn.ts --set dropout=0.3 --fraction 0.1',
        'maggy run examples/penguins.ts --dataset \'exclude=["island"]\' --json',
      ),
    )
    .action(async (file: string, { set = [], dataset = [], fraction: share, json = false, ...flags }: RunOptions) => {
      if (share !== undefined && dataset.some((item) => item.startsWith('fraction=')))
        throw new UsageError('--fraction: stands in --dataset as well');
      const { run } = await import('./commands/run.ts');
      await run(file, { ...flags, json, set, dataset: share === undefined ? dataset : [...dataset, `fraction=${share}`] });
    });
}

interface RunOptions {
  readonly set?: readonly string[];
  readonly dataset?: readonly string[];
  readonly fraction?: number;
  readonly seed?: number;
  readonly backend?: BackendName;
  readonly threads?: number;
  readonly checkpoints?: string;
  readonly json?: boolean;
}

function defineUp(program: Command): void {
  program
    .command('up')
    .description('the whole system on this machine until Ctrl-C: Redis, API, optimizer and workers (npm start)')
    .option('--port <number>', 'port of the API (PORT), 0 for any free one', portNumber)
    .option('--host <address>', 'address it listens at (HOST); 0.0.0.0 for every network')
    .option('--functions <folder>', 'folder of training functions (MAGGY_FUNCTIONS); the examples where nothing is said')
    .option('--workers <integer>', 'worker processes', positiveInteger, 2)
    .option('--slots <integer>', 'trials that each worker runs at once; as many as give one a core where nothing is said', positiveInteger)
    .option('--lockstep-slots <integer>', 'slots for ranks of lockstep groups, of one more worker', wholeNumber, 2)
    .addHelpText('after', examples('maggy up --functions my-functions', 'PORT=9000 maggy up --workers 4 --slots 1'))
    .action(async (flags: { port?: number; host?: string; functions?: string; workers: number; slots?: number; lockstepSlots: number }) => {
      const { up } = await import('./commands/up.ts');
      await up({
        host: flags.host ?? host(),
        port: flags.port ?? port(),
        functions: flags.functions === undefined ? functionsFolder() : resolve(flags.functions),
        workers: flags.workers,
        slots: flags.slots ?? defaultSlotsPerWorker(flags.workers),
        lockstepSlots: flags.lockstepSlots,
      });
    });
}

function defineDemo(program: Command): void {
  program
    .command('demo')
    .description('tune a network on handwritten digits, on a stack that is started for it and ends with it (npm run demo)')
    .option('--json', 'the result document as one line of JSON on stdout, everything else on stderr')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { demo } = await import('./commands/demo.ts');
      await demo({ json });
    });
}

const surroundings = `
The environment says the rest: REDIS_URL (where absent, the Redis of a stack that runs in this folder, else redis://127.0.0.1:6379),
MAGGY_PREFIX of all keys, MAGGY_STORE for the folder of checkpoints and models, LOG_LEVEL.`;

function defineServices(program: Command): void {
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
      const { worker } = await import('./commands/services.ts');
      await worker(flags);
    });
  program
    .command('optimizer')
    .description('look after experiments; several may run, each experiment has one at a time')
    .option('--experiments <count>', 'how many it looks after at once, paused ones included; 256 by default', positiveInteger)
    .option('--metrics-port <number>', 'serve metrics for Prometheus at this port (MAGGY_METRICS_PORT), 0 for any free one', portNumber)
    .option('--metrics-host <address>', 'address of that port (MAGGY_METRICS_HOST), 127.0.0.1 where nothing is said')
    .addHelpText('after', surroundings)
    .action(async ({ experiments, ...metrics }: { experiments?: number; metricsPort?: number; metricsHost?: string }) => {
      const { optimizer } = await import('./commands/services.ts');
      await optimizer(experiments, metricsAddress(metrics.metricsPort, metrics.metricsHost));
    });
  program
    .command('api')
    .description('serve the HTTP API and its documentation')
    .option('--port <number>', 'port (PORT), 0 for any free one', portNumber)
    .option('--host <address>', 'address it listens at (HOST)')
    .addHelpText('after', surroundings)
    .action(async (flags: { port?: number; host?: string }) => {
      const { api } = await import('./commands/services.ts');
      await api({ host: flags.host ?? host(), port: flags.port ?? port() });
    });
}

function defineKeys(program: Command): void {
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
      const { createKey } = await import('./commands/keys.ts');
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
    .addHelpText('after', surroundings)
    .action(async ({ json = false }: { json?: boolean }) => {
      const { listKeys } = await import('./commands/keys.ts');
      await listKeys({ json });
    });
  keys
    .command('revoke')
    .description('from here on requests with the key are refused; its experiments go on')
    .argument('<id>', 'as `maggy keys list` shows it')
    .addHelpText('after', surroundings)
    .action(async (id: string) => {
      const { revokeKey } = await import('./commands/keys.ts');
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

function defineRedisAcl(program: Command): void {
  program
    .command('redis-acl')
    .description('a Redis user for each kind of process: lines of an ACL file on stdout, the address of each on stderr')
    .option('--redis <address>', 'host and port in the addresses', 'rediss://redis:6379')
    .addHelpText(
      'after',
      '\nMAGGY_PREFIX is that of the deployment.\n' + examples('maggy redis-acl --redis rediss://redis.example:6379 > users.acl'),
    )
    .action(async ({ redis }: { redis: string }) => {
      const { redisAcl } = await import('./commands/redis-acl.ts');
      redisAcl(redis);
    });
}

function defineReplay(program: Command): void {
  program
    .command('replay')
    .description('recompute every decision of an experiment from its log and compare bit for bit')
    .argument('<experiment>', 'its id')
    .option('--json', 'what was found as one line of JSON')
    .addHelpText('after', surroundings)
    .action(async (experiment: string, { json = false }: { json?: boolean }) => {
      const { replay } = await import('./commands/replay.ts');
      await replay(experiment, { json });
    });
}

function defineAblate(program: Command): void {
  program
    .command('ablate')
    .description('leave out parts of a training function, one at a time, and measure what each is worth')
    .argument('<file>', 'module whose default export is made by defineTraining')
    .addOption(new Option('--mode <mode>', 'which are left out together').choices(['leave-one-out', 'leave-two-out', 'one-in', 'path']))
    .option('--features <names>', 'features of the data, with commas between them, or all', namesOrAll)
    .option('--layers <names>', 'layers of the model, or all', namesOrAll)
    .option('--group <names>', 'layers to leave out together, a+b, or all that begin alike, block1_*; may be given several times', collect)
    .option('--module <from..to>', 'all layers between two, both included; may be given several times', collect)
    .option('--variants <names>', 'variants that the function declares, or all', namesOrAll)
    .option('--hparams <names>', 'hyperparameters to set back to their defaults, or all', namesOrAll)
    .option(
      '--start <name=value>',
      'value of a hyperparameter where a path starts, which is at the defaults; may be given several times',
      collect,
    )
    .option('--from <experiment>', 'ended experiment whose incumbent is the baseline, or where a path leads')
    .option('--adaptive', 'run more replicates of what the data cannot tell yet')
    .option('--max-replicates <integer>', 'of an adaptive study, at most; 4 × replicates where nothing is said', positiveInteger)
    .option('--bridges', 'allow a dense layer or 1×1 convolution where the rest does not fit')
    .option('--set <name=value>', 'value of a hyperparameter; may be given several times', collect)
    .option('--replicates <integer>', 'trials of each component, with the same seeds; 3 where nothing is said', positiveInteger)
    .option('--seed <integer>', 'seed of the study', positiveInteger)
    .option('--dry-run', 'show the plan and run nothing')
    .addHelpText(
      'after',
      '\nWithout a component, those that the training function declares. A study runs on the API of MAGGY_URL, else that of a stack that ' +
        'runs in this folder, else http://127.0.0.1:8080.\n' +
        examples(
          'maggy ablate examples/mnist-cnn.ts --layers all --dry-run',
          'maggy ablate examples/penguins.ts --features island,sex --mode leave-two-out --replicates 5',
        ),
    )
    .action(async (file: string, { set = [], start = [], dryRun = false, replicates, seed, from, ...named }: AblateOptions) => {
      const { ablate } = await import('./commands/ablate.ts');
      await ablate(file, {
        ablation: ablationOf(named),
        set,
        start,
        dryRun,
        ...(from === undefined ? {} : { from }),
        ...(replicates === undefined ? {} : { replicates }),
        ...(seed === undefined ? {} : { seed }),
      });
    });
}

interface NamedComponents {
  readonly mode?: AblationMode;
  readonly features?: 'all' | string[];
  readonly layers?: 'all' | string[];
  readonly group?: readonly string[];
  readonly module?: readonly string[];
  readonly variants?: 'all' | string[];
  readonly hparams?: 'all' | string[];
  readonly bridges?: boolean;
  readonly adaptive?: boolean;
  readonly maxReplicates?: number;
}

interface AblateOptions extends NamedComponents {
  readonly set?: readonly string[];
  readonly start?: readonly string[];
  readonly from?: string;
  readonly replicates?: number;
  readonly seed?: number;
  readonly dryRun?: boolean;
}

/** Undefined where the command line names nothing. */
function ablationOf({ group, module, ...named }: NamedComponents): Ablation | undefined {
  const ablation: Ablation = {
    ...named,
    ...(group === undefined ? {} : { groups: group.map((text) => (text.endsWith('*') ? text.slice(0, -1) : text.split('+'))) }),
    ...(module === undefined ? {} : { modules: module.map(moduleOf) }),
  };
  return Object.keys(ablation).length === 0 ? undefined : ablation;
}

function moduleOf(text: string): Module {
  const [from = '', to = '', ...rest] = text.split('..');
  if (from === '' || to === '' || rest.length > 0) throw new UsageError(`--module ${text}: must have the form from..to`);
  return { from, to };
}

function namesOrAll(text: string): 'all' | string[] {
  return text === 'all' ? 'all' : text.split(',');
}

function defineWhatIf(program: Command): void {
  program
    .command('what-if')
    .description('replay the curves of a finished experiment under another scheduler, in virtual time')
    .argument('<experiment>', 'its id')
    .addOption(
      new Option('--scheduler <type>', 'what would have decided').choices(['asha', 'hyperband', 'median', 'none']).makeOptionMandatory(),
    )
    .addOption(new Option('--mode <mode>', 'of asha and hyperband').choices(['stop', 'promote']))
    .option('--max-resource <integer>', 'steps of a whole training; the longest curve where nothing is said', positiveInteger)
    .option('--workers <integer>', 'trials at once; as many as there were where nothing is said', positiveInteger)
    .option('--json', 'what was found as one line of JSON')
    .addHelpText(
      'after',
      `\nThe API that is asked: MAGGY_URL, else that of a stack that runs in this folder, else http://127.0.0.1:8080.\n` +
        examples('maggy what-if x1a2b3c --scheduler asha', 'maggy what-if x1a2b3c --scheduler asha --mode promote --workers 16 --json'),
    )
    .action(async (experiment: string, { json = false, ...flags }: WhatIfOptions) => {
      const { whatIf } = await import('./commands/what-if.ts');
      await whatIf(experiment, { ...flags, json });
    });
}

interface WhatIfOptions {
  readonly scheduler: string;
  readonly mode?: string;
  readonly maxResource?: number;
  readonly workers?: number;
  readonly json?: boolean;
}

function defineNative(program: Command): void {
  program
    .command('native')
    .description("put native TensorFlow into this folder's project")
    .option('--wheel', "compile its binding against today's TensorFlow from the Python package index (Linux)", false)
    .option('--gpu', 'for NVIDIA GPUs')
    .addHelpText('after', examples('maggy native --wheel', 'maggy native --gpu'))
    .action(async ({ wheel = false, gpu = false }: { wheel?: boolean; gpu?: boolean }) => {
      const { native } = await import('./commands/native.ts');
      await native({ wheel, gpu });
    });
}

// ── values of flags ───────────────────────────────────────────────────────────────────────────────────────────────────

function collect(item: string, items: readonly string[] = []): string[] {
  return [...items, item];
}

function positiveInteger(text: string): number {
  return integer(text, 1);
}

function wholeNumber(text: string): number {
  return integer(text, 0);
}

function integer(text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`Must be an integer of at least ${least}.`);
  return value;
}

function fraction(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value <= 0 || value > 1) throw new InvalidArgumentError('Must be a number above 0 and at most 1.');
  return value;
}

function portNumber(text: string): number {
  const value = readPort(text);
  if (value === undefined) throw new InvalidArgumentError('Must be a port from 0 to 65535.');
  return value;
}

function backendOption(): Option {
  return new Option('--backend <name>', 'what computes, where it loads').choices(backendNames);
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}
