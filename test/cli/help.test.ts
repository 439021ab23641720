/** What the command line says of itself is so: every command has examples, and each of them is one that it takes. */
import { describe, expect, it } from 'vitest';
import { defineProgram } from '../../cli/program.ts';
import { commandsOf, complaintAbout, maggyCommandsIn } from '../support/parsed-commands.ts';

/** Of a command, with what stands behind its options. */
function helpOf(command: ReturnType<typeof defineProgram>): string {
  let text = '';
  command.configureOutput({ writeOut: (chunk) => (text += chunk) });
  command.outputHelp();
  return text;
}

const leaves = commandsOf(defineProgram())
  .filter(({ commands }) => commands.length === 0)
  .map((command) => ({ name: leafPath(command), command }));

describe('the help of', () => {
  it.each(leaves)('$name has examples that it takes', async ({ command }) => {
    const examples = [...helpOf(command).matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line);
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.some((line) => line.includes(`maggy ${leafPath(command)}`))).toBe(true);
    for (const line of examples) {
      for (const args of maggyCommandsIn(line))
        expect({ line, complaint: await complaintAbout(args) }).toEqual({ line, complaint: undefined });
    }
  });

  it('maggy lists the exit codes', () => {
    expect(helpOf(defineProgram())).toMatch(/Exit codes:\n +0 {2}done\n +1 {2}/);
  });
});

describe('a command line that is wrong', () => {
  it('is told so here as well', async () => {
    expect(await complaintAbout(['optimizer', '--concurrency', '3'])).toMatch(/unknown option '--concurrency'/);
    expect(await complaintAbout(['export', 'x1'])).toMatch(/required option '--format/);
    expect(maggyCommandsIn('maggy run a.ts $(maggy best x --as-flags) | head')).toEqual([
      ['run', 'a.ts', '--set', 'x=1'],
      ['best', 'x', '--as-flags'],
    ]);
  });
});

function leafPath(command: ReturnType<typeof defineProgram>): string {
  const { parent } = command;
  return parent === null || parent.name() === 'maggy' ? command.name() : `${parent.name()} ${command.name()}`;
}
