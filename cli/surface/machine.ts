/** Commands that need this machine only: a single run, the whole system, the demonstration, native TensorFlow. */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { BackendName } from '../../training/backends/backend.ts';
import { defaultSlotsPerWorker, functionsFolder, host, port } from '../environment.ts';
import { UsageError } from '../failure.ts';
import { backendOption, collect, examples, fraction, portNumber, positiveInteger, wholeNumber } from './flags.ts';

export function defineRun(program: Command): void {
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
      const { run } = await import('../commands/run.ts');
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

export function defineInit(program: Command): void {
  program
    .command('init')
    .description('write a training function to begin with, and its test')
    .argument('[folder]', 'where to', 'my-functions')
    .option('--name <name>', 'of the function and its files', 'my-function')
    .addHelpText('after', examples('maggy init', 'maggy init my-functions --name classifier'))
    .action(async (folder: string, { name }: { name: string }) => {
      const { init } = await import('../commands/init.ts');
      await init(resolve(folder), name);
    });
}

export function defineUp(program: Command): void {
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
      const { up } = await import('../commands/up.ts');
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

export function defineDemo(program: Command): void {
  program
    .command('demo')
    .description('tune a network on handwritten digits, on a stack that is started for it and ends with it (npm run demo)')
    .option('--json', 'the result document as one line of JSON on stdout, everything else on stderr')
    .addHelpText('after', examples('maggy demo', "maggy demo --json | jq '.incumbent'"))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { demo } = await import('../commands/demo.ts');
      await demo({ json });
    });
}

export function defineNative(program: Command): void {
  program
    .command('native')
    .description("put native TensorFlow into this folder's project")
    .option('--wheel', "compile its binding against today's TensorFlow from the Python package index (Linux)", false)
    .option('--gpu', 'for NVIDIA GPUs')
    .addHelpText('after', examples('maggy native --wheel', 'maggy native --gpu'))
    .action(async ({ wheel = false, gpu = false }: { wheel?: boolean; gpu?: boolean }) => {
      const { native } = await import('../commands/native.ts');
      await native({ wheel, gpu });
    });
}
