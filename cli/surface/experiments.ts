/** Commands and flags of what `../commands/experiments.ts` does. */
import { Option, type Command } from 'commander';
import type { ExperimentQuery, ExportQuery, TrialQuery } from '../../client/client.ts';
import { formatNames, tableNames } from '../../exports/formats.ts';
import { askedApi, wholeNumber } from './flags.ts';

const states = ['queued', 'running', 'paused', 'completed', 'stopped', 'failed'];

interface Json {
  readonly json?: boolean;
}

export function defineExperiments(program: Command): void {
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).addHelpText('after', askedApi);
  const ofExperiment = (name: string, description: string): Command => command(name, description).argument('<experiment>', 'its id');
  const load = () => import('../commands/experiments.ts');

  command('list', 'experiments, newest first')
    .addOption(new Option('--state <state>', 'only those in it').choices(states))
    .option('--tag <tag>', 'only those that have it')
    .option('--json', 'each as one line of JSON')
    .action(async ({ json = false, ...query }: ExperimentQuery & Json) => (await load()).list(query, { json }));
  ofExperiment('show', 'where an experiment stands')
    .option('--json', 'the result document as one line of JSON')
    .action(async (id: string, { json = false }: Json) => (await load()).show(id, { json }));
  ofExperiment('watch', 'follow an experiment to its end').action(async (id: string) => (await load()).watch(id));
  ofExperiment('trials', 'its trials, one a line')
    .addOption(new Option('--state <state>', 'only those in it').choices(states))
    .addOption(new Option('--sort <by>', 'what they are sorted by').choices(['number', 'value', 'duration']))
    .addOption(new Option('--order <order>', 'up or down').choices(['ascending', 'descending']))
    .option('--json', 'each as one line of JSON')
    .action(async (id: string, { json = false, ...query }: TrialQuery & Json) => (await load()).trials(id, query, { json }));
  ofExperiment('best', 'its best trial so far')
    .option('--json', 'as one line of JSON')
    .option('--flags', 'its params as flags of maggy run')
    .action(async (id: string, { json = false, flags = false }: Json & { flags?: boolean }) => (await load()).best(id, { json, flags }));
  ofExperiment('logs', 'the last lines that a trial printed')
    .argument('<trial>', 'its number', wholeNumber)
    .action(async (id: string, trial: number) => (await load()).logs(id, trial));
  ofExperiment('export', 'the experiment as a file that another tool reads')
    .addOption(new Option('--format <format>', 'of the file').choices(formatNames).makeOptionMandatory())
    .addOption(
      new Option('--table <table>', 'of csv, jsonl and parquet: a row for each trial (default), or for each report').choices(tableNames),
    )
    .option('--output <path>', 'file, or folder that an archive is unpacked into; stdout where nothing is said')
    .action(async (id: string, { output, ...query }: ExportQuery & { output?: string }) => {
      const { exportExperiment } = await import('../commands/export.ts');
      await exportExperiment(id, query, output);
    });
  ofExperiment('stop', 'cancel what runs and keep all results').action(async (id: string) => (await load()).steer(id, 'stop'));
  ofExperiment('pause', 'start nothing new').action(async (id: string) => (await load()).steer(id, 'pause'));
  ofExperiment('resume', 'go on with a paused experiment').action(async (id: string) => (await load()).steer(id, 'resume'));
}
