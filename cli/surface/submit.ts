/** `maggy submit`: its flags, which are the fields of a submission, and what each field's text stands for. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { builtInCatalogue } from '../../core/catalogue.ts';
import type { Submission } from '../../core/experiment.ts';
import { parseDatasetOptions, parseOpenSettings } from '../assignments.ts';
import { algorithm, askedApi, collect, examples, lockstep, positiveInteger, schedulerWords, wholeNumber } from './flags.ts';

const samplers = builtInCatalogue.samplers.map(({ type }) => type).join(', ');

export function defineSubmit(program: Command): void {
  program
    .command('submit')
    .description('submit an experiment to an API, and print its id')
    .argument('[what]', 'name of a training function, or a submission as a JSON or YAML file, - for stdin; flags go before the file')
    .addOption(new Option('--kind <kind>', 'of experiment; tune where nothing is said').choices(['tune', 'train', 'ablate']))
    .option('--trials <integer>', 'distinct trials (maxTrials)', positiveInteger)
    .option('--sampler <type[,option=value…]>', `what proposes: ${samplers}, or one of your own`, algorithm)
    .option('--scheduler <type[,option=value…]>', schedulerWords, algorithm)
    .option('--set <name=value>', 'hyperparameter held at a value; may be given several times', collect)
    .option('--dataset <name=value>', 'argument of the dataset function, as JSON or plain text; may be given several times', collect)
    .option('--from <experiment>', 'ended experiment whose incumbent is trained, or is the baseline')
    .option('--lockstep <ranks[,option=value…]>', 'train each trial with so many ranks, data-parallel', lockstep)
    .option('--parallelism <integer>', 'trials at once, at most', positiveInteger)
    .option('--replicates <integer>', 'trials of each configuration, with different seeds', positiveInteger)
    .option('--max-duration-seconds <number>', 'running time after which it ends', finite)
    .option('--target-value <number>', 'ends once a completed trial is as good', finite)
    .option('--max-failed-trials <integer>', 'one more fails the experiment', wholeNumber)
    .option('--metric <name>', 'what is optimised')
    .addOption(new Option('--direction <direction>', 'where the better values are').choices(['minimize', 'maximize']))
    .option('--seed <integer>', 'of everything drawn', wholeNumber)
    .option('--pool <name>', 'of workers')
    .option('--priority <integer>', 'weight in the shares of the pool', positiveInteger)
    .option('--name <text>', 'for people')
    .option('--tag <tag>', 'for people and lists; may be given several times', collect)
    .option('--note <text>', 'for people')
    .option('--idempotency-key <key>', 'the same submission with the same key is one experiment, however often it is sent')
    .option('--watch', 'follow it to its end, and exit by how it ended')
    .option('--json', 'what was submitted and its id as one line of JSON; with --watch the result document')
    .addHelpText(
      'after',
      askedApi +
        examples(
          'maggy submit mnist-cnn --trials 50 --sampler gp --scheduler asha,maxResource=9 --watch',
          'maggy submit experiment.yaml --seed 2',
          'maggy submit mnist-cnn --kind train --from x1a2b3c --lockstep 4,minWorldSize=2',
          'ID=$(maggy submit mnist-cnn --trials 20 --set optimizer=sgd)',
        ),
    )
    .action(async (what: string | undefined, flags: SubmitFlags) => {
      const { submit } = await import('../commands/submit.ts');
      const { idempotencyKey, watch = false, json = false, ...fields } = flags;
      await submit(what, fieldsOf(fields), { idempotencyKey, watch, json });
    });
}

type Direct = 'kind' | 'name' | 'note' | 'from' | 'pool' | 'metric' | 'direction' | 'sampler' | 'scheduler' | 'lockstep';
type Numbers = 'parallelism' | 'replicates' | 'maxDurationSeconds' | 'targetValue' | 'maxFailedTrials' | 'seed' | 'priority';

/** Named as the fields are, but for those that the command line takes otherwise. */
interface FieldFlags extends Pick<Submission, Direct | Numbers> {
  readonly trials?: number;
  readonly set?: readonly string[];
  readonly dataset?: readonly string[];
  readonly tag?: string[];
}

interface SubmitFlags extends FieldFlags {
  readonly idempotencyKey?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

function fieldsOf({ trials, set, dataset, tag, ...named }: FieldFlags): Partial<Submission> {
  return {
    ...named,
    ...(trials === undefined ? {} : { maxTrials: trials }),
    ...(set === undefined ? {} : { hparams: parseOpenSettings(set) }),
    ...(dataset === undefined ? {} : { dataset: parseDatasetOptions(dataset) }),
    ...(tag === undefined ? {} : { tags: tag }),
  };
}

function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Must be a number.');
  return value;
}
