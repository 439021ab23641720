/** The command line as a page: of each command its words, arguments, options and examples, as `--help` has them. */
import type { Command } from 'commander';
import { exitCodes, exitCodeWords } from '../../cli/failure.ts';
import { defineProgram } from '../../cli/program.ts';
import { capitalised, table } from './markdown.ts';

export function commandLineReference(): string {
  const commands = leavesOf(defineProgram());
  return [
    '# Command line',
    'Written by `npm run generate` from what `maggy --help` says.',
    commands.map(({ path }) => `[${path}](#maggy-${path.replaceAll(' ', '-')})`).join(' · '),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.entries(exitCodes).map(([name, code]) => [String(code), wordsOf(name)]),
    ),
    ...commands.map(section),
  ].join('\n\n');
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leavesOf(command: Command, above = ''): Leaf[] {
  return command.commands.flatMap((child) => {
    const path = `${above}${child.name()}`;
    return child.commands.length > 0 ? leavesOf(child, `${path} `) : [{ path, command: child }];
  });
}

function section({ path, command }: Leaf): string {
  const help = command.createHelp();
  const terms = [
    ...help.visibleArguments(command).map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)]),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => [help.optionTerm(option), help.optionDescription(option)]),
  ];
  return [
    `## maggy ${path}`,
    `${capitalised(command.description())}.`,
    `\`\`\`text\nmaggy ${path} ${command.usage()}\n\`\`\``,
    ...(terms.length === 0
      ? []
      : [
          table(
            ['', ''],
            terms.map(([term = '', words = '']) => [`\`${term}\``, words]),
          ),
        ]),
    ...behind(command),
  ].join('\n\n');
}

/** What stands below the options: where a command finds things, and examples. */
function behind(command: Command): string[] {
  let text = '';
  command.configureOutput({ writeOut: (chunk) => (text += chunk) });
  command.outputHelp();
  const [words = '', ...examples] = text.slice(text.indexOf('display help for command')).split('\n').slice(1).join('\n').split('Examples:');
  const lines = examples.flatMap((part) => [...part.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line));
  return [
    ...(words.trim() === '' ? [] : [words.trim().replaceAll('\n', ' ')]),
    ...(lines.length === 0 ? [] : [`\`\`\`bash\n${lines.join('\n')}\n\`\`\``]),
  ];
}

function wordsOf(name: string): string {
  return Object.entries(exitCodeWords).find(([known]) => known === name)?.[1] ?? '';
}
