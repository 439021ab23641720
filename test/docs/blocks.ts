/** The commands that the documents show, as a reader would paste them. */
import { readdir, readFile } from 'node:fs/promises';

const checkout = new URL('../../', import.meta.url);

export interface Shown {
  readonly file: string;
  readonly command: string;
}

/** Of every page but the reference, which is made of the help, whose examples `test/cli/help.test.ts` tries. */
export async function shownCommands(): Promise<Shown[]> {
  const pages = (await readdir(new URL('docs/', checkout))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const shown: Shown[] = [];
  for (const file of ['README.md', 'CONTRIBUTING.md', ...pages.sort()]) {
    for (const block of await blocksOf(file, 'bash')) shown.push(...commandsOf(block).map((command) => ({ file, command })));
  }
  return shown;
}

export async function blocksOf(file: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(file, checkout), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
}

/** A command goes on behind a backslash and within quotes. */
function commandsOf(block: string): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.split('\n')) {
    open = open === '' ? line : `${open}\n${line}`;
    if (line.endsWith('\\') || (open.match(/'/g) ?? []).length % 2 === 1) continue;
    if (open.trim() !== '' && !open.startsWith('#')) commands.push(open);
    open = '';
  }
  return commands;
}
