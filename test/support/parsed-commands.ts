/** Command lines of `maggy`, parsed as the program parses them, and not carried out. */
import type { Command } from 'commander';
import { defineProgram } from '../../cli/program.ts';

/** What is wrong with a command line, by the program's own words; undefined where nothing is. */
export async function complaintAbout(args: readonly string[]): Promise<string | undefined> {
  const program = defineProgram();
  let said = '';
  for (const command of commandsOf(program)) {
    command.exitOverride().configureOutput({ writeErr: (text) => (said += text), writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    const isHelp = error instanceof Error && 'exitCode' in error && error.exitCode === 0;
    return isHelp ? undefined : said || String(error);
  }
}

/** With all that lie below it. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** Words of a line as a shell takes them apart; flags for what it puts in the place of `maggy best`, one word for any other command. */
export function shellWords(line: string): string[] {
  const bare = line.replaceAll(/\$\([^()]*--as-flags\)/g, '--set x=1').replaceAll(/\$\((?:[^()]|\([^()]*\))*\)/g, 'substituted');
  return [...bare.replaceAll(/;(?=\s|$)/g, ' ;').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}

/** The arguments of each `maggy` that a line starts, up to a pipe, a redirection or the next command. */
export function maggyCommandsIn(line: string): string[][] {
  const inner = [...line.matchAll(/\$\((maggy [^()]*|npx maggy [^()]*)\)/g)].flatMap(([, text = '']) => maggyCommandsIn(text));
  const words = shellWords(line);
  const found: string[][] = [];
  for (const [at, word] of words.entries()) {
    if (word !== 'maggy') continue;
    const rest = words.slice(at + 1);
    const end = rest.findIndex((next) => /^(\||&&|\|\||;|#|>|<|2>|&)/.test(next));
    found.push(end === -1 ? rest : rest.slice(0, end));
  }
  return [...found, ...inner];
}
