/**
 * `maggy`: one command line, from its words to its exit code. Commands, flags and their help are in `surface/`; what a command does is in
 * `commands/`, loaded when it is given, so that help is quick and a run on one machine loads nothing of the queue.
 */
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { isDebugging } from './environment.ts';
import { describeFailure, exitCodeOf, exitCodes, exitCodeWords, stackOf } from './failure.ts';
import { tellOwner } from './stack/ownership.ts';
import { defineExperiments } from './surface/experiments.ts';
import { defineDemo, defineInit, defineNative, defineRun, defineUp } from './surface/machine.ts';
import { defineArchive, defineKeys, defineRedisAcl, defineReplay, defineServices } from './surface/services.ts';
import { defineSubmit } from './surface/submit.ts';
import { defineAblate, defineWhatIf } from './surface/studies.ts';

/** Runs one command line, without the names of Node and the program. Resolves with the exit code; what went wrong is on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  // For good: a failed write is told of later, after the last line of a short command, too.
  if (!process.stdout.listeners('error').includes(endWithReader)) process.stdout.on('error', endWithReader);
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

/** Whoever reads may have had enough, as `head` has; that is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
}

const begin = `
To begin:
  $ maggy demo                                       see it work
  $ maggy init my-functions                          a training function to begin with, and its test
  $ maggy up --functions my-functions                a stack on this machine, until Ctrl-C
  $ maggy submit my-function --trials 30 --watch     tune it, from another terminal
`;

const namesOfCodes = ['ok', 'failed', 'usage', 'notFound', 'unavailable', 'notCompleted', 'interrupted'] as const;

function exitCodeTable(): string {
  const rows = namesOfCodes.map((name) => `  ${String(exitCodes[name]).padStart(3)}  ${exitCodeWords[name]}`);
  return `\nExit codes:\n${rows.join('\n')}\n`;
}

/** The command line, defined and not yet given: what the documentation is made of as well. */
export function defineProgram(): Command {
  const program = new Command('maggy')
    .description('Write one training function; tune it, train it, scale it.')
    .version(packageJson.version, '-V, --version')
    .exitOverride()
    .showHelpAfterError('(add --help for what it takes)')
    .helpCommand('help [command]', 'what a command takes')
    .addHelpText('after', begin + exitCodeTable());
  defineInit(program);
  defineRun(program);
  defineUp(program);
  defineDemo(program);
  defineServices(program);
  defineKeys(program);
  defineRedisAcl(program);
  defineReplay(program);
  defineArchive(program);
  defineSubmit(program);
  defineExperiments(program);
  defineAblate(program);
  defineWhatIf(program);
  defineNative(program);
  return program;
}
