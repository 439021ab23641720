/** Commands and flags that look at experiments of an API and steer them. */
import { Option, type Command } from 'commander';
import type { ExperimentQuery, ExportQuery, TrialQuery } from '../../client/client.ts';
import { states } from '../../core/states.ts';
import { formatNames, tableNames } from '../../exports/formats.ts';
import { askedApi, examples, positiveInteger, wholeNumber } from './flags.ts';

interface Json {
  readonly json?: boolean;
}

export function defineExperiments(program: Command): void {
  const command = (name: string, description: string, ...lines: string[]): Command =>
    program
      .command(name)
      .description(description)
      .addHelpText('after', askedApi + examples(...lines));
  const ofExperiment = (name: string, description: string, ...lines: string[]): Command =>
    command(name, description, ...lines).argument('<experiment>', 'its id');
  const load = () => import('../commands/experiments.ts');

  command('list', 'experiments, newest first', 'maggy list --state running', "maggy list --tag demo --json | jq -r '.id'")
    .addOption(new Option('--state <state>', 'only those in it').choices(states))
    .option('--tag <tag>', 'only those that have it')
    .option('--limit <n>', 'so many at most', positiveInteger, 50)
    .option('--json', 'each as one line of JSON')
    .action(async ({ json = false, ...query }: ExperimentQuery & { limit: number } & Json) => (await load()).list(query, { json }));
  ofExperiment('show', 'where an experiment stands', 'maggy show x1a2b3c', "maggy show x1a2b3c --json | jq '.counts'")
    .option('--json', 'the result document as one line of JSON')
    .action(async (id: string, { json = false }: Json) => (await load()).show(id, { json }));
  ofExperiment('watch', 'follow an experiment to its end', 'maggy watch x1a2b3c', 'maggy watch x1a2b3c && maggy best x1a2b3c')
    .option('--json', 'at the end the result document as one line of JSON')
    .action(async (id: string, { json = false }: Json) => {
      const { watch } = await import('../commands/watch.ts');
      await watch(id, { json });
    });
  ofExperiment(
    'trials',
    'its trials, one a line',
    'maggy trials x1a2b3c --sort value --order descending | head',
    "maggy trials x1a2b3c --state failed --json | jq -r '.failure.message'",
  )
    .addOption(new Option('--state <state>', 'only those in it').choices(states))
    .addOption(new Option('--sort <by>', 'what they are sorted by').choices(['number', 'value', 'duration']))
    .addOption(new Option('--order <order>', 'up or down').choices(['ascending', 'descending']))
    .option('--json', 'each as one line of JSON')
    .action(async (id: string, { json = false, ...query }: TrialQuery & Json) => (await load()).trials(id, query, { json }));
  ofExperiment(
    'best',
    'its best trial so far',
    'maggy best x1a2b3c --json',
    'maggy run my-functions/parity.ts $(maggy best x1a2b3c --as-flags)',
  )
    .option('--json', 'as one line of JSON')
    .option('--as-flags', 'its params as flags of run, submit and ablate')
    .action(async (id: string, { json = false, asFlags = false }: Json & { asFlags?: boolean }) => {
      await (await load()).best(id, { json, asFlags });
    });
  ofExperiment('logs', 'the last lines that a trial printed', 'maggy logs x1a2b3c 7', 'maggy logs x1a2b3c 7 --follow')
    .argument('<trial>', 'its number', wholeNumber)
    .option('-f, --follow', 'go on with what it prints, until it has ended')
    .action(async (id: string, trial: number, { follow = false }: { follow?: boolean }) => {
      const { logs } = await import('../commands/logs.ts');
      await logs(id, trial, { follow });
    });
  ofExperiment(
    'export',
    'the experiment as a file that another tool reads',
    'maggy export x1a2b3c --format parquet --output trials.parquet',
    'maggy export x1a2b3c --format csv --table curves > curves.csv',
    'maggy export x1a2b3c --format tensorboard --output runs && tensorboard --logdir runs/x1a2b3c',
  )
    .addOption(new Option('--format <format>', 'of the file').choices(formatNames).makeOptionMandatory())
    .addOption(
      new Option('--table <table>', 'of csv, jsonl and parquet: a row for each trial (default), or for each report').choices(tableNames),
    )
    .option('--output <path>', 'file, or folder that an archive is unpacked into; stdout where nothing is said')
    .action(async (id: string, { output, ...query }: ExportQuery & { output?: string }) => {
      const { exportExperiment } = await import('../commands/export.ts');
      await exportExperiment(id, query, output);
    });
  const steers = { stop: 'cancel what runs and keep all results', pause: 'start nothing new', resume: 'go on with a paused experiment' };
  for (const action of ['stop', 'pause', 'resume'] as const) {
    ofExperiment(action, steers[action], `maggy ${action} x1a2b3c`).action(async (id: string) => (await load()).steer(id, action));
  }
}
