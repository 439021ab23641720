/** Commands that find something out: what parts of a function are worth, and what another scheduler would have done. */
import { Option, type Command } from 'commander';
import type { Ablation, AblationMode, Module } from '../../core/ablation/schema.ts';
import { answerFormats, type AblateFields, type AnswerFormat } from '../ablate-flags.ts';
import { UsageError } from '../failure.ts';
import { algorithm, askedApi, collect, examples, lockstep, positiveInteger, positiveNumber, schedulerWords } from './flags.ts';

export function defineAblate(program: Command): void {
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
    .option(
      '--margin <number>',
      'differences up to this do not matter; the deviation of the baseline where nothing is said',
      positiveNumber,
    )
    .option('--bridges', 'allow a dense layer or 1×1 convolution where the rest does not fit')
    .option('--set <name=value>', 'value of a hyperparameter; may be given several times', collect)
    .option('--replicates <integer>', 'trials of each component, with the same seeds; 3 where nothing is said', positiveInteger)
    .option('--dataset <name=value>', 'argument of the dataset function, as JSON or plain text; may be given several times', collect)
    .option('--scheduler <type[,option=value…]>', `${schedulerWords}; none where nothing is said`, algorithm)
    .option('--lockstep <ranks[,option=value…]>', 'train each trial with so many ranks, data-parallel', lockstep)
    .option('--parallelism <integer>', 'trials at once, at most', positiveInteger)
    .option('--pool <name>', 'of workers')
    .option('--name <text>', 'of the study, for people')
    .option('--seed <integer>', 'seed of the study', positiveInteger)
    .addOption(new Option('--format <format>', 'of the answer').choices(answerFormats).default('table'))
    .addOption(new Option('--dry-run', 'show the plan and run nothing').conflicts('format'))
    .addHelpText(
      'after',
      '\nWithout a component, those that the training function declares. A study runs on the API of MAGGY_URL, else that of a stack that ' +
        'runs in this folder, else http://127.0.0.1:8080. Hyperparameters that --set does not name are those of the incumbent of --from, else the defaults.\n' +
        examples(
          'maggy ablate examples/mnist-cnn.ts --layers all --dry-run',
          'maggy ablate examples/penguins.ts --features island,sex --mode leave-two-out --replicates 5',
          'maggy ablate examples/mnist-cnn.ts --mode path --from x1a2b3c --dataset fraction=0.1 --format csv',
        ),
    )
    .action(async (file: string, flags: AblateOptions) => {
      const { ablate } = await import('../commands/ablate.ts');
      const { set = [], start = [], dataset = [], dryRun = false, format, ...given } = flags;
      // What is left says what to study.
      const { from, replicates, seed, scheduler, lockstep: ranks, parallelism, pool, name, ...named } = given;
      const fields: AblateFields = {
        ...(from === undefined ? {} : { from }),
        ...(replicates === undefined ? {} : { replicates }),
        ...(seed === undefined ? {} : { seed }),
        ...(scheduler === undefined ? {} : { scheduler }),
        ...(ranks === undefined ? {} : { lockstep: ranks }),
        ...(parallelism === undefined ? {} : { parallelism }),
        ...(pool === undefined ? {} : { pool }),
        ...(name === undefined ? {} : { name }),
      };
      await ablate(file, { ablation: ablationOf(named), fields, set, start, dataset, format, dryRun });
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
  readonly margin?: number;
}

interface AblateOptions extends NamedComponents, AblateFields {
  readonly set?: readonly string[];
  readonly start?: readonly string[];
  readonly dataset?: readonly string[];
  readonly format: AnswerFormat;
  readonly dryRun?: boolean;
}

/** Undefined where the command line names nothing. */
function ablationOf({ group, module, ...named }: NamedComponents): Ablation | undefined {
  const ablation: Ablation = {
    ...named,
    ...(group === undefined ? {} : { groups: group.map((text) => (text.endsWith('*') ? text.slice(0, -1).trim() : listOf(text, '+'))) }),
    ...(module === undefined ? {} : { modules: module.map(moduleOf) }),
  };
  return Object.keys(ablation).length === 0 ? undefined : ablation;
}

function moduleOf(text: string): Module {
  const [from = '', to = '', ...rest] = listOf(text, '..');
  if (from === '' || to === '' || rest.length > 0) throw new UsageError(`--module ${text}: must have the form from..to`);
  return { from, to };
}

/** People write `a, b` as well. */
function listOf(text: string, separator: string): string[] {
  return text.split(separator).map((name) => name.trim());
}

function namesOrAll(text: string): 'all' | string[] {
  return text.trim() === 'all' ? 'all' : listOf(text, ',');
}

export function defineWhatIf(program: Command): void {
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
      askedApi +
        examples('maggy what-if x1a2b3c --scheduler asha', 'maggy what-if x1a2b3c --scheduler asha --mode promote --workers 16 --json'),
    )
    .action(async (experiment: string, { json = false, ...flags }: WhatIfOptions) => {
      const { whatIf } = await import('../commands/what-if.ts');
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
